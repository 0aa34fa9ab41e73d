/* Which bytes of a file are in the page cache. */
#include "content/page_cache.h"

#include "base/clock.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* When a file is read on, the kernel is asked about this much at once, and the answer is trusted for this
 * long: well below the time after which the kernel drops pages that were just used. */
#define AHEAD_BYTES (1024 * 1024)
#define BELIEVED_MS 10

/* Up to this length every page is checked. mincore() takes 0.7 us for 64 KiB and 5 us for 1 MiB,
 * cachestat() 0.2 and 0.3 us, checking both ends 0.7 us. */
#define EACH_BYTES (64 * 1024)

/* Of the 65,530 maps that a process may have (vm.max_map_count). With more open files than this, none of
 * them is checked often. */
#define MAPS_MAX 16384
static atomic_uint maps;

static uint64_t page_bytes(void)
{
    return (uint64_t)getpagesize();
}

/* Asks mincore() whether every page of these bytes has been read. */
static enum cached are_resident(const struct page_cache *p, uint64_t off, uint64_t len)
{
    unsigned char pages[256];
    uint64_t at = off - off % page_bytes(), end = off + len;
    while (at < end) {
        uint64_t most = sizeof pages * page_bytes(), n = end - at < most ? end - at : most;
        if (mincore(p->map + at, n, pages) < 0)
            return CACHED_UNKNOWN;
        for (uint64_t i = 0; i * page_bytes() < n; i++)
            if (!(pages[i] & 1))
                return CACHED_NO;
        at += n;
    }
    return CACHED_ALL;
}

/* Maps the file at the second question, because making a map takes as long as three questions. The map has
 * no rights (PROT_NONE), so nothing can be read through it, and it takes no page tables. It is one page
 * longer than the file: that page is never in the cache. If mincore() says that it is, it says so of every
 * page, which it does for files that neither belong to the user nor are writable (Linux 5.2). If a sandbox
 * forbids the call, the map is not used either. */
static void map_when_asked_again(struct page_cache *p, int fd, uint64_t length)
{
    uint64_t whole = length + page_bytes() - 1, end = whole - whole % page_bytes();
    bool wanted = p->map_state == MAP_WANTED;
    p->map_state = p->map_state == MAP_LATER ? MAP_WANTED : MAP_TRIED;
    if (!wanted)
        return;
    p->map_len = (size_t)(end + page_bytes());
    if (p->map_len != end + page_bytes() || atomic_load_explicit(&maps, memory_order_relaxed) >= MAPS_MAX)
        return;
    void *map = mmap(NULL, p->map_len, PROT_NONE, MAP_SHARED | MAP_NORESERVE, fd, 0);
    if (map == MAP_FAILED)
        return;
    atomic_fetch_add_explicit(&maps, 1, memory_order_relaxed);
    p->map = map;
    if (are_resident(p, end, page_bytes()) != CACHED_NO)
        page_cache_end(p);
}

/* Asks cachestat(2) (Linux 6.5; not in the C library's headers yet). It counts a page as soon as its read
 * was ordered. */
static enum cached are_ordered(struct page_cache *p, int fd, uint64_t off, uint64_t len)
{
    struct {
        uint64_t off, len;
    } range = {off, len};
    struct {
        uint64_t cached, dirty, writeback, evicted, recently_evicted;
    } pages;
    enum { SYS_CACHESTAT = 451 };
    if (!p->is_uncounted && syscall(SYS_CACHESTAT, fd, &range, &pages, 0) < 0)
        p->is_uncounted = true; /* ENOSYS, or EPERM for a file of another user */
    if (p->is_uncounted)
        return CACHED_UNKNOWN;
    return pages.cached > (off + len - 1) / page_bytes() - off / page_bytes() ? CACHED_ALL : CACHED_NO;
}

/* Without a map, only reading a byte shows whether its page is there. That takes twice as long, because the
 * byte is in no cache of the processor's. */
static enum cached is_read(const struct page_cache *p, int fd, uint64_t at)
{
    char byte;
    struct iovec v = {&byte, 1};
    if (p->map)
        return are_resident(p, at, 1);
    if (preadv2(fd, &v, 1, (off_t)at, RWF_NOWAIT) >= 0)
        return CACHED_ALL;
    /* Unknown also if the disk fails; a worker will see that error. */
    return errno == EAGAIN ? CACHED_NO : CACHED_UNKNOWN;
}

/* In a long part, the pages between both ends are assumed to be like the ends: the kernel orders, reads and
 * drops pages in long runs. */
static bool asks_for_each(const struct page_cache *p, uint64_t len)
{
    return p->map && (len <= EACH_BYTES || p->is_uncounted);
}

/* cachestat() first, then mincore(): sendfile() waits for a page whose read was only ordered, and other
 * clients waited 6 ms beside cold files of 8 MiB. A file whose pages were not even ordered is not mapped,
 * since mmap() sets its access time, which a loop must not wait for. */
static enum cached ask(struct page_cache *p, int fd, uint64_t length, uint64_t off, uint64_t len)
{
    if (!asks_for_each(p, len)) {
        if (are_ordered(p, fd, off, len) == CACHED_NO)
            return CACHED_NO;
        map_when_asked_again(p, fd, length);
    }
    if (asks_for_each(p, len))
        return are_resident(p, off, len);
    enum cached first = is_read(p, fd, off);
    return first == CACHED_ALL ? is_read(p, fd, off + len - 1) : first;
}

enum cached page_cache_has(struct page_cache *p, int fd, uint64_t length, uint64_t off, uint64_t len)
{
    uint64_t left = length - off, ahead = len, now = clock_ms();
    if (len == 0)
        return CACHED_ALL;
    if (now - p->at < BELIEVED_MS) {
        if (off >= p->from && off + len <= p->to)
            return CACHED_ALL;
        /* Ask further ahead, except where only reading a byte tells: two ends say little about a MiB, and
         * reading at the far one might order it. */
        if (off == p->to && (p->map || !p->is_uncounted))
            ahead = left < AHEAD_BYTES ? left : len < AHEAD_BYTES ? AHEAD_BYTES : len;
    }
    enum cached cached = ask(p, fd, length, off, ahead);
    if (cached == CACHED_NO && ahead > len)
        cached = ask(p, fd, length, off, ahead = len);
    if (cached == CACHED_ALL) {
        p->from = off;
        p->to = off + ahead;
        p->at = now;
    }
    return cached;
}

/* A read with RWF_NOWAIT orders missing pages, and blocks until the disk has accepted the order: beside
 * cold files of 4 KiB the loop spent a fifth of its time there. */
bool page_cache_lacks(struct page_cache *p, int fd, uint64_t off, uint64_t len)
{
    return len > 0 && are_ordered(p, fd, off, len) == CACHED_NO;
}

void page_cache_end(struct page_cache *p)
{
    if (!p->map)
        return;
    munmap(p->map, p->map_len);
    atomic_fetch_sub_explicit(&maps, 1, memory_order_relaxed);
    p->map = NULL;
}
