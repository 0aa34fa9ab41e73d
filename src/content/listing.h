/* A folder's listing as a source: from one walk, in bounded memory, as text, HTML or JSON. */
#pragma once

#include "content/order.h"
#include "content/root.h"
#include "content/source.h"

enum listing_format {
    LISTING_TEXT, /* a name a line, folders with '/' behind; without the names that hold a newline */
    LISTING_HTML,
    LISTING_JSON,
};

/* What a client asks of a listing. */
struct listing_query {
    enum listing_format format;
    bool format_named; /* in the address: links to further pages name it too */
    bool broken;       /* `after` is no place in a listing */
    struct order order;
    unsigned limit;             /* entries in one answer; 0: all */
    char after[PLACE_TEXT_MAX]; /* begins behind this place; empty: at the front */
};

/* What the operator wants of our page. */
struct listing_look {
    const char *title; /* NULL: none */
    bool readme;       /* shows the folder's README below the list */
    /* What a click on a file of that name does (site/preview.h), as the class of its row. */
    const char *(*kind_of)(const void *types, struct slice name);
    const void *types;
};

/* The page of a million names would be of use to nobody: this many come at once unless ?limit= says less or
 * more. */
#define LISTING_PAGE 5000
#define LISTING_LIMIT_MAX 10000
/* Without a limit, names are sorted in runs of so many. */
#define LISTING_BATCH 16384

struct surveys;

/* Lists the folder open at fd, which is `name` (no NUL; slashes at its ends do not matter) of root. Takes fd,
 * also on failure; root, look and the surveys, by which one walk serves many, must outlive the source. With a
 * limit the entries are the first ones of the whole folder behind the place; without one they come in sorted
 * runs of LISTING_BATCH. NULL when memory ran out. */
struct source *source_open_listing(int fd, enum fs_kind kind, const struct root *root, struct slice name,
                                   const struct listing_query *query, const struct listing_look *look,
                                   struct surveys *surveys);
