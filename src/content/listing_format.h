/* The formats of a listing: its beginning, one entry, and its end. */
#pragma once

#include "base/text.h"
#include "content/listing_query.h"
#include "content/page.h"
#include "content/readme.h"

/* What a listing says about itself. */
struct listing_frame {
    struct slice path; /* of the folder, without slashes at its ends; empty for the served folder */
    const struct listing_query *query;
    const struct listing_look *look;
    bool empty;              /* the folder has no entries */
    bool archives;           /* the folder can be fetched as one file, and is not empty */
    uint64_t folders, files; /* entries shown so far */
    byte_sum bytes;
    const struct entry *last; /* the next page begins after this entry; NULL: there is no next page */
    const struct readme *readme;
};

/* The name as clients see it, which may differ from the one on the disk. */
struct listing_entry {
    struct slice name;
    bool folder;
    uint64_t size;
    time_t modified;
    uint32_t modified_ns;
};

void listing_add_head(struct buf *out, const struct listing_frame *f);
void listing_add_entry(struct buf *out, const struct listing_frame *f, const struct listing_entry *e);
/* After the last entry. A README comes between the tail and the end. */
void listing_add_tail(struct buf *out, const struct listing_frame *f);
void listing_add_end(struct buf *out, const struct listing_frame *f);

/* The most bytes for an entry: a 255-byte name as %XX, and once more with each byte as four, each of which
 * may be an HTML entity. */
#define LISTING_ENTRY_MAX 8192
/* The most bytes for a head or a tail: a path of 4,096 bytes with a link for each of its folders. */
#define LISTING_FRAME_MAX PAGE_FRAME_MAX

const char *listing_type(enum listing_format format);
/* The Content-Security-Policy of that format; NULL if it has none. */
const char *listing_policy(enum listing_format format);

/* Adds "?sort=size&order=desc", without parameters that have their default; nothing if all have. `and_then`
 * is added between parameters. */
void listing_add_query(struct buf *out, const struct listing_query *q, const struct order *order,
                       const struct entry *after, const char *and_then);

/* In listing_page.c: the page. */

void listing_page_add_head(struct buf *out, const struct listing_frame *f);
void listing_page_add_entry(struct buf *out, const struct listing_frame *f, const struct listing_entry *e);
void listing_page_add_tail(struct buf *out, const struct listing_frame *f);
void listing_page_add_end(struct buf *out, const struct listing_frame *f);
