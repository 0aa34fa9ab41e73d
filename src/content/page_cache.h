/* Which bytes of a file are in the page cache, so that a loop does not ask for others. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cached {
    CACHED_NO,
    CACHED_ALL,
    CACHED_UNKNOWN, /* the kernel does not say */
};

/* What is known of the pages of one open file. Initialize it with zeros; end it with page_cache_end(). */
struct page_cache {
    uint64_t from, to, at; /* all of these bytes were there at time `at` (clock_ms()) */
    unsigned char *map; /* the whole file, never to be read through, only for mincore(). NULL: not mapped */
    size_t map_len;     /* in bytes */
    enum {
        MAP_LATER,  /* at the second question */
        MAP_WANTED, /* at the next question */
        MAP_TRIED,  /* it is made, or was of no use */
    } map_state;
    bool is_uncounted; /* cachestat() does not work for this file */
};

/* For a file whose pages belong to another file (overlayfs): only a map leads to them, and it is made at
 * once. */
static inline struct page_cache page_cache_of_another(void)
{
    return (struct page_cache){.is_uncounted = true, .map_state = MAP_WANTED};
}

/* Whether sendfile() of these bytes of fd, which has `length` bytes, would not block on the disk. */
enum cached page_cache_has(struct page_cache *p, int fd, uint64_t length, uint64_t off, uint64_t len);

/* Whether a read with RWF_NOWAIT of these bytes would order some of them from the disk first. */
bool page_cache_lacks(struct page_cache *p, int fd, uint64_t off, uint64_t len);

void page_cache_end(struct page_cache *p);
