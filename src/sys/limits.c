/* What the system allows this process. */
#include "sys/limits.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

/* 256 KiB of the kernel's memory; beyond, it grows as it fills. */
#define TABLE_DESCRIPTORS 32768

/* The kernel doubles the table of descriptors each time that it is full, and while there are several threads,
 * who opens something then waits until each processor has passed a certain point: 5 to 9 ms were measured, at
 * 64, 128, 256 ... descriptors. While there is one thread nobody waits. */
static void grow_table(unsigned descriptors)
{
    int one = open("/", O_PATH | O_CLOEXEC), last = fcntl(one, F_DUPFD_CLOEXEC, descriptors - 1);
    if (last >= 0)
        close(last);
    if (one >= 0)
        close(one);
}

void limits_raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    unsigned most = limits_descriptors();
    grow_table(most < TABLE_DESCRIPTORS ? most : TABLE_DESCRIPTORS);
}

unsigned limits_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return 1024;
    return limit.rlim_cur < UINT_MAX ? (unsigned)limit.rlim_cur : UINT_MAX;
}

unsigned limits_processors(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return n > 0 ? (unsigned)n : 1;
}

int limits_processor(unsigned i)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) < 0)
        return -1;
    for (int processor = 0; processor < CPU_SETSIZE; processor++)
        if (CPU_ISSET(processor, &set) && i-- == 0)
            return processor;
    return -1;
}
