/* Finds the content of a name, or the status that says why there is none. */
#pragma once

#include "content/archive.h"
#include "content/hash.h"
#include "content/listing.h"
#include "content/tree.h"
#include "http/coding.h"
#include "site/look.h"

#define WANTED_HOST_MAX 320

struct wanted {
    struct listing_query listing; /* for a folder */
    enum archive_format archive;  /* for a folder: an archive instead of a listing, */
    enum tree_format tree;        /* or a text of all that is below it, */
    struct buf *names;            /* or a tar of these names below it; NULL: none were sent */
    bool described;               /* more than the bytes is wanted: HTTP */
    bool negotiated;              /* a neighbour may be sent in place of a file, in this order: */
    struct coding_order codings;
    struct turn **turn; /* for an archive: the place in its queue */
    bool is_address; /* for a folder: the name is an address, and links in its listing are relative to it */
    bool render;     /* a Markdown file as a page */
    bool metalink;   /* for a file: a document with its hashes instead of it, */
    size_t of_len;   /* of the version with this tag, without quotes; 0: of any */
    bool digest;     /* and a digest of it, */
    bool waits;      /* for which the client waits */
    size_t name_len;
    size_t host_len; /* for a Metalink: the host that was asked; 0: unknown */
    char name[PATH_MAX];
    char host[WANTED_HOST_MAX];
    char of[VERSION_TAG_MAX];
};

/* Without slashes at its beginning, which mean nothing: a name is always relative to the served folder. */
struct slice wanted_name(const struct wanted *w);

struct found {
    int status;            /* 200, 301 (to a folder's only address), 400, 403, 404, 422, 500, 503 or 507 */
    const char *why;       /* for a person, instead of the status's own text; static; NULL: none */
    struct source *source; /* with 200; the caller closes it */
    enum archive_format archive; /* the kind of archive of a folder */
    bool utf8;                   /* a text in UTF-8 */
    enum coding coding;          /* of the neighbour that is sent */
    bool under_way;              /* with 503: another client's request is making it, and it will exist soon */
    bool gone;                   /* with 503: the served folder does not exist at the moment */
    struct hash *hash;           /* of the source, if a digest is wanted; the caller drops the reference */
    bool varies;                 /* a client that prefers another coding gets something else */
};

/* False if the look's reach is not enough: call it again with the next `reach`, on a worker. */
bool route_find(const struct look *l, const struct wanted *w, struct found *ret);
