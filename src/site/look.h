/* A look for a name: how far it goes, and which looks of before it may use. */
#pragma once

#include "site/site_cache.h"

struct look {
    struct site *site;
    enum reach reach;
    struct shares *shares; /* of the calling loop; NULL on a worker */
    uint64_t arrived;      /* shares->arrivals when the request had come */
    time_t now;
};

/* What a name stands for. */
struct opened {
    struct stat st;
    enum fs_kind kind;
    bool straight; /* no link on the way, as far as that was asked */
};

/* A descriptor of a file or folder, or a negative errno; -EAGAIN when that is beyond this look's reach. */
int look_open(const struct look *l, struct slice name, struct opened *ret);

/* What another look has found that this one may use, or NULL. */
struct version *look_shared(const struct look *l, struct slice name);

/* Of a regular file that was found just now. Takes fd, also on failure: NULL when memory ran out. */
struct version *look_version(const struct look *l, struct slice name, int fd, const struct opened *o);
