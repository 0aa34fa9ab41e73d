/* What an archive of a folder holds: taken in one walk, and held against the folder in every later one. */
#pragma once

#include "source/root.h"
#include "source/tar.h"

struct manifest;

/* What the first walk found out. */
struct manifest_facts {
    uint64_t members;
    uint64_t path_bytes; /* of all of them */
    uint64_t tar_length;
    char digest[33]; /* hexadecimal: of everything that decides what is in the archive */
};

enum manifest_result {
    MANIFEST_MEMBER,
    MANIFEST_END,  /* and the folder still is what the first walk saw */
    MANIFEST_FAIL, /* manifest_broken() says why */
};

/* Walks the folder `name` of root once; blocks. Members stand below `top`. root must outlive the manifest. 0
 * or a negative errno; -E2BIG when there is too much in it. */
int manifest_new(const struct root *root, struct slice name, struct slice top, struct manifest **ret);
void manifest_free(struct manifest *m);

const struct manifest_facts *manifest_facts(const struct manifest *m);

/* The next member; blocks. It is checked against the first walk before it is given out. Valid until the next
 * call. */
enum manifest_result manifest_next(struct manifest *m, struct tar_member *ret);

/* Begins again with the first member. */
void manifest_rewind(struct manifest *m);

/* Bytes of the member that came last, a regular file; blocks. It is opened with the first call, so that
 * whoever skips a member pays nothing for its content. False when it is not or no longer the version that was
 * promised. */
bool manifest_read(struct manifest *m, uint64_t offset, void *to, size_t n);

/* Why a call failed, for the operator; static. */
const char *manifest_broken(const struct manifest *m);
