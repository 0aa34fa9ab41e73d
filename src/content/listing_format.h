/* How a listing looks: what stands in front, one entry, and what stands behind, in each format. */
#pragma once

#include "base/text.h"
#include "content/listing.h"
#include "content/page.h"
#include "content/readme.h"

/* What a listing says of itself. */
struct listing_frame {
    struct slice path; /* of the folder, without slashes at its ends; empty for the served folder itself */
    const struct listing_query *query;
    const struct listing_look *look;
    bool empty;              /* nothing is in the folder */
    bool archives;           /* the folder may be had as one file, and there is something in it */
    uint64_t folders, files; /* shown so far */
    byte_sum bytes;
    const struct entry *last; /* more come behind this one, on the next page; NULL: that was all */
    const struct readme *readme;
};

/* As a client sees the entry's name, which is not always the one on the disk. */
struct listing_entry {
    struct slice name;
    bool folder;
    uint64_t size;
    time_t modified;
    uint32_t modified_ns;
};

void listing_add_head(struct buf *out, const struct listing_frame *f);
void listing_add_entry(struct buf *out, const struct listing_frame *f, const struct listing_entry *e);
/* Behind the last entry; a readme stands between this and the end. */
void listing_add_tail(struct buf *out, const struct listing_frame *f);
void listing_add_end(struct buf *out, const struct listing_frame *f);

/* At most this many bytes for an entry: a 255-byte name as %XX, and again with each byte as four and each of
 * these perhaps as an HTML entity. */
#define LISTING_ENTRY_MAX 8192
/* And at most so many for a head or a tail: a path of 4,096 bytes with a link for each of its folders. */
#define LISTING_FRAME_MAX PAGE_FRAME_MAX

const char *listing_type(enum listing_format format);
/* The Content-Security-Policy of that format; NULL when it has none. */
const char *listing_policy(enum listing_format format);

/* "?sort=size&order=desc", what is the default left out; empty when all of it is. `and_then` is added between
 * parameters. */
void listing_add_query(struct buf *out, const struct listing_query *q, const struct order *order,
                       const struct entry *after, const char *and_then);

/* listing_page.c: our own page. */

void listing_page_add_head(struct buf *out, const struct listing_frame *f);
void listing_page_add_entry(struct buf *out, const struct listing_frame *f, const struct listing_entry *e);
void listing_page_add_tail(struct buf *out, const struct listing_frame *f);
void listing_page_add_end(struct buf *out, const struct listing_frame *f);
