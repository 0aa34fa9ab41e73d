/* A walk of a folder that is held against the one that was promised: nothing is given out that does not
 * belong to it. */
#pragma once

#include "content/source.h"
#include "content/stock.h"

struct manifest;

enum manifest_result {
    MANIFEST_MEMBER,
    MANIFEST_END,  /* and the folder still is what the first walk saw */
    MANIFEST_FAIL, /* manifest_broken() says why */
};

/* Takes the reference, also on failure: NULL when memory ran out. */
struct manifest *manifest_new(struct stock *stock);
void manifest_free(struct manifest *m);

const struct stock *manifest_stock(const struct manifest *m);

/* The next member; blocks. It is checked against the first walk before it is given out. Valid until the next
 * call. */
enum manifest_result manifest_next(struct manifest *m, struct tar_member *ret);

/* Begins again with the first member. */
void manifest_rewind(struct manifest *m);

/* Bytes of the member that came last, a regular file; blocks. It is opened with the first call, so that
 * whoever skips a member pays nothing for its content. False when it is not or no longer the version that was
 * promised. */
bool manifest_read(struct manifest *m, uint64_t offset, void *to, size_t n);

/* After a call that failed: says in the source why. */
void manifest_break(const struct manifest *m, struct source *s);
