/* The fields that stand in every answer, as the operator wants them. */
#pragma once

#include "base/buf.h"
#include "base/err.h"

/* All together. */
#define FIELDS_MAX 8192

/* Adds "Name: value" of --header. STATUS_USAGE with *e filled when it is none, or one that only the server
 * can know. */
enum status fields_add_header(struct buf *fields, const char *header, struct err *e);

/* Whether one of those lines is of this name, in any case. */
bool fields_have(struct slice fields, struct slice name);

/* Adds a field of ours, unless the operator's (`given`) have one of that name: that one stands in its place.
 */
void fields_add_unless_given(struct buf *out, struct slice given, struct slice name, struct slice value);

/* Lets pages of another site read what is served (the Fetch standard's CORS protocol): `origin` is "*" or a
 * site. After all of --header. */
enum status fields_add_cors(struct buf *fields, const char *origin, struct err *e);
/* And what the answer to their OPTIONS says besides. */
void fields_add_preflight(struct buf *out, struct slice given);
