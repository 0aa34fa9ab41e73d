/* The fields that stand in every answer, as the operator wants them. */
#pragma once

#include "base/buf.h"
#include "base/err.h"

/* All together. */
#define FIELDS_MAX 8192

/* Adds "Name: value" of --header. STATUS_USAGE with *e filled when it is none, or one that only the server
 * can know. */
enum status fields_add_header(struct buf *fields, const char *header, struct err *e);

/* Lets pages of another site read what is served (the Fetch standard's CORS protocol): `origin` is "*" or a
 * site. */
enum status fields_add_cors(struct buf *fields, const char *origin, struct err *e);
/* And what the answer to their OPTIONS says besides. */
void fields_add_preflight(struct buf *out);
