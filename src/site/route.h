/* From a name to its content, or to a status that says why not. */
#pragma once

#include "content/archive.h"
#include "content/listing.h"
#include "http/coding.h"
#include "site/look.h"

struct wanted {
    struct listing_query listing; /* for a folder */
    enum archive_format archive;  /* for a folder: that instead of a listing */
    bool described;               /* more than a file's bytes is told of it: HTTP */
    bool negotiated;              /* a neighbour may stand for a file, in this order: */
    struct coding_order codings;
    struct turn **turn; /* for an archive: one's place in the line */
    bool is_address;    /* of a folder: the name is an address, and links in its listing are relative to it */
    bool render;        /* a Markdown file as a page */
    size_t name_len;
    char name[PATH_MAX];
};

/* Without the slashes in front, which say nothing: a name is always one of the served folder. */
struct slice wanted_name(const struct wanted *w);

struct found {
    int status;                  /* 200, 301 (to a folder's one address), 400, 403, 404, 500, 503 or 507 */
    const char *why;             /* for a person, instead of the status's own words; static; NULL: none */
    struct source *source;       /* with 200; the caller closes it */
    enum archive_format archive; /* what it is of a folder */
    bool utf8;                   /* a text that is so encoded */
    enum coding coding;          /* of what stands for a file */
    bool under_way;              /* with 503: another client's request makes it, and it will be there */
    bool gone;                   /* with 503: the served folder is not there at the moment */
    bool varies;                 /* who prefers another coding gets something else */
};

/* False when it does not go far enough: call again with the next `reach`, on a worker. */
bool route_find(const struct look *l, const struct wanted *w, struct found *ret);
