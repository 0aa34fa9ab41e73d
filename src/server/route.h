/* From a name to its content, or to a status that says why not. */
#pragma once

#include "server/server.h"
#include "source/archive.h"
#include "source/listing.h"

struct wanted {
    struct listing_query listing; /* for a folder */
    enum archive_format archive;  /* for a folder: that instead of a listing */
    bool needs_slash; /* a folder's name must end in '/', as links inside its listing are relative */
    size_t name_len;
    char name[PATH_MAX];
};

/* Without the slashes in front, which say nothing: a name is always one of the served folder. */
struct slice wanted_name(const struct wanted *w);

struct found {
    int status;                  /* 200, 301 (to the name with '/'), 400, 403, 404, 500, 503 or 507 */
    struct source *source;       /* with 200; the caller closes it */
    enum archive_format archive; /* what it is of a folder */
};

/* A look for a name: how far it goes, and which looks of before it may use. */
struct look {
    const struct server *server;
    enum reach reach;
    struct shares *shares; /* of the calling loop; NULL on a worker */
    uint64_t arrived;      /* shares->arrivals when the request had come */
    time_t now;
};

/* False when it does not go far enough: call again with the next `reach`, on a worker. */
bool route_find(const struct look *l, const struct wanted *w, struct found *ret);
