/* What a client asks of a listing, and the operator's settings for its look. */
#pragma once

#include "base/slice.h"
#include "content/order.h"

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
