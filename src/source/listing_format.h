/* How a listing looks: one entry, and what stands around them all, in each format. */
#pragma once

#include "base/buf.h"
#include "source/listing.h"

struct listing_entry {
    struct slice name;
    bool folder;
    uint64_t size;
    time_t modified;
};

/* `path` is the folder's, without slashes at its ends; empty for the served folder itself. */
void listing_add_head(struct buf *out, enum listing_format format, struct slice path);
void listing_add_entry(struct buf *out, enum listing_format format, const struct listing_entry *e,
                       bool first);
void listing_add_tail(struct buf *out, enum listing_format format, uint64_t entries);

/* At most this many bytes for an entry: a 255-byte name as %XX, and again with each byte as four and each of
 * these perhaps as an HTML entity. */
#define LISTING_ENTRY_MAX 8192

const char *listing_type(enum listing_format format);
