/* The operator's fields, which are added to every answer. */
#pragma once

#include "base/buf.h"
#include "base/err.h"

/* All fields together. */
#define FIELDS_MAX 8192

/* Adds "Name: value" of --header. STATUS_USAGE with *e filled if it is not a field, or one that only the
 * server can know. */
enum status fields_add_header(struct buf *fields, const char *header, struct err *e);

/* Whether one of these lines has this name, in any case. */
bool fields_have(struct slice fields, struct slice name);

/* Adds a field of ours, unless the operator's fields (`given`) have one of that name, which replaces it. */
void fields_add_unless_given(struct buf *out, struct slice given, struct slice name, struct slice value);

/* Lets pages of another site read what is served (CORS in the Fetch standard): `origin` is "*" or a site.
 * Call it after all of --header. */
enum status fields_add_cors(struct buf *fields, const char *origin, struct err *e);
/* Adds the further fields of the answer to a preflight OPTIONS. */
void fields_add_preflight(struct buf *out, struct slice given);
