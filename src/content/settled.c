/* Whether each later write would give a file another time, so that its times vouch for its bytes.
 *
 * write() sets a file's times once, before it copies the first byte, from a clock that ticks every few
 * milliseconds. So a file that has just changed may still be changing under the time that it already has: a
 * tag made from that time could belong to a mixture of two versions, and the finished file would have the
 * same tag. */
#include "content/settled.h"

#include <errno.h>
#include <fcntl.h>

#define NS_PER_SECOND INT64_C(1000000000)
/* Two ticks of the slowest clock (HZ=100). */
#define TICK_NS (20 * (NS_PER_SECOND / 1000))
/* A file system without fractions has whole seconds, or (FAT) every other one. */
#define COARSE_NS (2 * NS_PER_SECOND)
/* An open writer does not count after this time: hardly any write() takes longer, and some programs hold a
 * file open for days. */
#define WRITER_NS (60 * NS_PER_SECOND)

bool settled_by_time(struct timespec changed, time_t now)
{
    return changed.tv_sec < now - SETTLED_SECONDS;
}

enum writer {
    WRITER_NONE,
    WRITER_SOME,
    WRITER_UNKNOWN,
};

/* A read lease is granted only if nobody has the file open for writing (fcntl(2), F_SETLEASE). It is given
 * back at once, so that no writer waits. NFS refuses every lease with the same error, and may be slow to
 * answer. */
static enum writer find_writer(int fd, enum fs_kind kind)
{
    if (kind == FS_SLOW)
        return WRITER_UNKNOWN;
    if (fcntl(fd, F_SETLEASE, F_RDLCK) < 0)
        return errno == EAGAIN ? WRITER_SOME : WRITER_UNKNOWN;
    fcntl(fd, F_SETLEASE, F_UNLCK);
    return WRITER_NONE;
}

/* A time from the future (the clock was set back) counts as the youngest: nothing is known of it. */
static int64_t age_ns(struct timespec changed)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (now.tv_sec - changed.tv_sec > WRITER_NS / NS_PER_SECOND)
        return WRITER_NS;
    if (now.tv_sec < changed.tv_sec)
        return -1;
    return (now.tv_sec - changed.tv_sec) * NS_PER_SECOND + now.tv_nsec - changed.tv_nsec;
}

bool settled_long_ago(struct timespec changed)
{
    return age_ns(changed) >= WRITER_NS;
}

bool settled(int fd, enum fs_kind kind, struct timespec changed)
{
    int64_t age = age_ns(changed);
    if (age >= WRITER_NS)
        return true;
    switch (find_writer(fd, kind)) {
    case WRITER_NONE:
        return age >= (changed.tv_nsec == 0 ? COARSE_NS : TICK_NS);
    case WRITER_SOME:
        return false;
    case WRITER_UNKNOWN:
        return age >= SETTLED_SECONDS * NS_PER_SECOND;
    }
    __builtin_unreachable();
}
