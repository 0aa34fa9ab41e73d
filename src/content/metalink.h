/* A Metalink 4 document (RFC 5854) of one file: its size, and the SHA-256 of each piece and of the whole. */
#pragma once

#include "content/hash.h"
#include "content/source.h"

/* The document as a source of a known length, with a tag; pieces are sent as soon as they are computed.
 * `name` is the file's, `url` where it can be fetched: an absolute address, since most clients resolve no
 * other. Takes the reference to h, also on failure; NULL if memory ran out. */
struct source *source_open_metalink(struct hash *h, const struct version *v, struct slice name,
                                    struct slice url);
