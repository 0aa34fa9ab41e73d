/* An error as a page in the style of the listings. */
#pragma once

#include "content/listing_query.h"
#include "content/source.h"

struct error_page {
    struct slice status; /* "404 Not Found" */
    struct slice why;    /* further explanation, or empty */
    /* The requested path as the client wrote it, for ways back; empty if it is not known. */
    struct slice path;
    const struct listing_look *look;
};

/* NULL if memory ran out. */
struct source *source_open_error_page(const struct error_page *p);
