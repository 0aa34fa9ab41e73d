/* An error as a page, in the style of our listings. */
#pragma once

#include "content/listing.h"
#include "content/source.h"

struct error_page {
    struct slice status; /* "404 Not Found" */
    struct slice why;    /* what more there is to say, or nothing */
    /* The path that was asked for, as the client wrote it, for ways back; empty: it is not known. */
    struct slice path;
    const struct listing_look *look;
};

/* NULL when memory ran out. */
struct source *source_open_error_page(const struct error_page *p);
