/* Which bytes of a file are in memory. */
#include "source/page_cache.h"

#include "base/clock.h"

#include <errno.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* The kernel is asked about so much of a file at once when somebody reads on, and its answer is believed for
 * so long: well below the time in which it drops what was just in use. Each question is a system call: 1.7 us
 * for 256 KiB and 3.2 for a MiB. */
#define AHEAD_BYTES (1024 * 1024)
#define BELIEVED_MS 10

/* A page counts as cached from the moment on that its read was ordered, and sendfile() then waits for the
 * disk: others waited 6 ms beside cold files of 8 MiB. So both ends are asked for, and what
 * lies between is taken to be like them, since the kernel orders, reads and drops pages in long runs. */
static bool is_read(int fd, uint64_t at)
{
    char byte;
    struct iovec v = {&byte, 1};
    return preadv2(fd, &v, 1, (off_t)at, RWF_NOWAIT) >= 0 || errno != EAGAIN;
}

/* cachestat(2), Linux 6.5: not in the C library's headers yet. Not by a read that must not wait (RWF_NOWAIT):
 * that begins to read what is not there, and so waits for the disk to take the order. Beside cold files of
 * 4 KiB the loop spent a fifth of its time on that. */
static enum cached ask(int fd, struct cached_part *part, uint64_t off, uint64_t len)
{
    struct {
        uint64_t off, len;
    } range = {off, len};
    struct {
        uint64_t cached, dirty, writeback, evicted, recently_evicted;
    } pages;
    enum { SYS_CACHESTAT = 451, PAGE = 4096 };
    if (syscall(SYS_CACHESTAT, fd, &range, &pages, 0) < 0) {
        part->unknown = true; /* ENOSYS, or EPERM for a file that is not ours */
        return CACHED_UNKNOWN;
    }
    if (pages.cached < (off + len - 1) / PAGE - off / PAGE + 1)
        return CACHED_NO;
    return is_read(fd, off) && is_read(fd, off + len - 1) ? CACHED_ALL : CACHED_NO;
}

enum cached page_cache_has(int fd, struct cached_part *part, uint64_t length, uint64_t off, uint64_t len)
{
    uint64_t left = length - off, ahead = len, now = clock_ms();
    if (len == 0)
        return CACHED_ALL;
    if (part->unknown)
        return CACHED_UNKNOWN;
    if (now - part->at < BELIEVED_MS) {
        if (off >= part->from && off + len <= part->to)
            return CACHED_ALL;
        if (off == part->to)
            ahead = left < AHEAD_BYTES ? left : len < AHEAD_BYTES ? AHEAD_BYTES : len;
    }
    enum cached cached = ask(fd, part, off, ahead);
    if (cached == CACHED_NO && ahead > len)
        cached = ask(fd, part, off, ahead = len);
    if (cached == CACHED_ALL) {
        part->from = off;
        part->to = off + ahead;
        part->at = now;
    }
    return cached;
}
