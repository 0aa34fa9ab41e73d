/* The listing of a folder as a source: made by one walk, in bounded memory, as text, HTML or JSON. */
#pragma once

#include "content/order.h"
#include "content/root.h"
#include "content/source.h"

enum listing_format {
    LISTING_TEXT, /* one name a line, folders with '/' at the end; without names that contain a newline */
    LISTING_HTML,
    LISTING_JSON,
};

/* What a client asked for. */
struct listing_query {
    enum listing_format format;
    bool format_named; /* the format is in the URL, so links to further pages name it, too */
    bool broken;       /* `after` is not a valid place in a listing */
    struct order order;
    unsigned limit;             /* the number of entries; 0: all */
    char after[PLACE_TEXT_MAX]; /* begin after this place; empty: at the beginning */
};

/* Settings of the operator for the page. */
struct listing_look {
    const char *title; /* NULL: none */
    bool readme;       /* show the folder's README below the list */
    /* What a click on a file of that name does (site/preview.h): the class of its row. */
    const char *(*kind_of)(const void *types, struct slice name);
    const void *types;
};

/* Entries on a page, unless ?limit= asks for fewer or more: a page of a million names would be useless. */
#define LISTING_PAGE 5000
#define LISTING_LIMIT_MAX 10000
/* Without a limit, names are sorted in runs of this many. */
#define LISTING_BATCH 16384

struct surveys;

/* Lists the folder open at fd, which is `name` of root (without NUL; slashes at its ends are ignored).
 * Takes fd, also on failure. root, look and the surveys, which let one walk serve many clients, must
 * outlive the source. With a limit, the entries are the first ones of the whole folder after the place;
 * without a limit, they come in sorted runs of LISTING_BATCH. NULL if memory ran out. */
struct source *source_open_listing(int fd, enum fs_kind kind, const struct root *root, struct slice name,
                                   const struct listing_query *query, const struct listing_look *look,
                                   struct surveys *surveys);
