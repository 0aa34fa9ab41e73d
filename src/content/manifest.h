/* Compares a walk of a folder with the walk that the archive's tag and length were made from: only matching
 * members are returned. */
#pragma once

#include "content/source.h"
#include "content/stock.h"

struct manifest;

enum manifest_result {
    MANIFEST_MEMBER,
    MANIFEST_END,  /* and the folder is still what the first walk saw */
    MANIFEST_FAIL, /* see manifest_break() */
};

/* Takes the reference, also on failure. NULL if memory ran out. */
struct manifest *manifest_new(struct stock *stock);
void manifest_free(struct manifest *m);

const struct stock *manifest_stock(const struct manifest *m);

/* The next member, checked against the first walk; blocks. Valid until the next call. */
enum manifest_result manifest_next(struct manifest *m, struct tar_member *ret);

/* Begins again with the first member. */
void manifest_rewind(struct manifest *m);

/* Reads bytes of the member returned last, a regular file; blocks. The first call opens the file, so that a
 * skipped member costs nothing. False if the file is not the announced version. */
bool manifest_read(struct manifest *m, uint64_t offset, void *to, size_t n);

/* After a failed call: stores the reason in the source. */
void manifest_break(const struct manifest *m, struct source *s);
