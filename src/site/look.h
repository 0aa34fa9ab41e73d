/* A look-up of a name: how far it goes, and which earlier looks it may use. */
#pragma once

#include "site/site_cache.h"

struct look {
    struct site *site;
    enum reach reach;
    struct shares *shares; /* of the calling loop; NULL on a worker */
    uint64_t arrived;      /* shares->arrivals when the request came */
    time_t now;
};

/* What a name means. */
struct opened {
    struct stat st;
    enum fs_kind kind;
    bool straight; /* no symbolic link is on its path, as far as that was checked */
};

/* Returns a descriptor of a file or folder, or a negative errno; -EAGAIN if that is beyond this look's
 * reach. */
int look_open(const struct look *l, struct slice name, struct opened *ret);

/* The result of an earlier look that may be used for this one, or NULL. */
struct version *look_shared(const struct look *l, struct slice name);

/* For a regular file that was just opened. Takes fd, also on failure: NULL if memory ran out. */
struct version *look_version(const struct look *l, struct slice name, int fd, const struct opened *o);
