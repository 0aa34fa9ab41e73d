/* Which bytes of a file are in memory, so that whoever must not wait for a disk asks for no others. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cached {
    CACHED_NO,
    CACHED_ALL,
    CACHED_UNKNOWN, /* the kernel does not say */
};

/* What is known of one open file's pages. All zeros in the beginning; ends with page_cache_end(). */
struct page_cache {
    uint64_t from, to, at; /* what was all there at clock_ms() */
    unsigned char *map;    /* the whole file, never to be touched: only to ask about. NULL: not mapped */
    size_t map_len;        /* in bytes */
    enum {
        MAP_LATER,  /* at the second question */
        MAP_WANTED, /* at the next one */
        MAP_TRIED,  /* made, or of no use */
    } map_state;
    bool is_uncounted; /* cachestat() is of no use with it */
};

/* For a file whose pages are another one's (overlayfs): only a map leads to them, and is made at once. */
static inline struct page_cache page_cache_of_another(void)
{
    return (struct page_cache){.is_uncounted = true, .map_state = MAP_WANTED};
}

/* Whether sendfile() of these bytes of fd, which has `length`, would not wait for the disk. */
enum cached page_cache_has(struct page_cache *p, int fd, uint64_t length, uint64_t off, uint64_t len);

/* Whether a read of these bytes that must not wait (RWF_NOWAIT) would order some from the disk first. */
bool page_cache_lacks(struct page_cache *p, int fd, uint64_t off, uint64_t len);

void page_cache_end(struct page_cache *p);
