/* Limits of the system: descriptors, memory, processors. */
#include "sys/limits.h"

#include "base/cleanup.h"
#include "base/slice.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* A table of 256 KiB in the kernel. Beyond that size it grows when it is full. */
#define TABLE_DESCRIPTORS 32768

/* The kernel doubles the table of descriptors when it is full. In a process with several threads, the
 * thread that opens something then waits until every processor has passed an RCU grace period: 5 to 9 ms
 * were measured, at 64, 128, 256 ... descriptors. With one thread, as at the start, there is no such wait. */
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

/* The number on a file's only line, or `none` if there is no number ("max"). */
static uint64_t number_in(const char *path, uint64_t none)
{
    char text[32];
    AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text) : -1;
    uint64_t number;
    while (n > 0 && text[n - 1] == '\n')
        n--;
    return n > 0 && slice_to_u64((struct slice){text, (size_t)n}, &number) ? number : none;
}

/* The least limit of a control group and all its ancestors. `group` is its path, and is cut down to
 * nothing. */
static uint64_t least_of_groups(const char *mount, char *group, const char *file)
{
    uint64_t least = UINT64_MAX;
    for (;;) {
        char path[PATH_MAX];
        if ((size_t)snprintf(path, sizeof path, "%s%s/%s", mount, group, file) < sizeof path) {
            uint64_t number = number_in(path, UINT64_MAX);
            least = number < least ? number : least;
        }
        char *slash = strrchr(group, '/');
        if (!slash)
            return least;
        *slash = '\0';
    }
}

/* Reads both versions of control groups: a line of the first is "9:memory:/a", of the second "0::/a". */
static uint64_t memory_of_groups(void)
{
    static const struct {
        const char *before, *mount, *file;
    } versions[] = {
        {":memory:", "/sys/fs/cgroup/memory", "memory.limit_in_bytes"},
        {"0::", "/sys/fs/cgroup", "memory.max"},
    };
    uint64_t least = UINT64_MAX;
    char line[PATH_MAX];
    FILE *f = fopen("/proc/self/cgroup", "re");
    while (f && fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = '\0';
        for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
            char *at = strstr(line, versions[i].before);
            if (!at)
                continue;
            uint64_t number =
                least_of_groups(versions[i].mount, at + strlen(versions[i].before), versions[i].file);
            least = number < least ? number : least;
        }
    }
    if (f)
        fclose(f);
    return least;
}

uint64_t limits_memory(void)
{
    static const int limits[] = {RLIMIT_AS, RLIMIT_DATA};
    uint64_t least = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t group = memory_of_groups();
    least = group < least ? group : least;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        struct rlimit limit;
        if (getrlimit(limits[i], &limit) == 0 && limit.rlim_cur < least)
            least = limit.rlim_cur;
    }
    return least;
}

/* A new descriptor gets the lowest free number. */
unsigned limits_descriptors_left(void)
{
    unsigned all = limits_descriptors();
    int lowest = open("/", O_PATH | O_CLOEXEC);
    if (lowest < 0)
        return 0;
    close(lowest);
    return all > (unsigned)lowest ? all - (unsigned)lowest : 0;
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
