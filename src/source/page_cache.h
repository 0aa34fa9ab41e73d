/* Which bytes of a file are in memory, so that whoever must not wait for a disk asks for no others. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum cached {
    CACHED_NO,
    CACHED_ALL,
    CACHED_UNKNOWN, /* the kernel does not say */
};

/* Of one open file: what was there a moment ago. All zeros in the beginning. */
struct cached_part {
    uint64_t from, to, at; /* at: clock_ms() */
    bool unknown;
};

/* Whether these bytes of fd, which has `length`, are all in the page cache. */
enum cached page_cache_has(int fd, struct cached_part *part, uint64_t length, uint64_t off, uint64_t len);
