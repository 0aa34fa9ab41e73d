/* Loaded into ferry by LD_PRELOAD: makes an allocation or a system call fail, as memory and disks do.
 *
 * FERRY_FAULTS names a file of sizeof(struct control) bytes, which the test writes while ferry runs
 * (faults.py). */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void __libc_free(void *p);

/* Of the calls named `call` ("alloc" is every allocation), number `first` (from 1) and the count - 1 after
 * it fail with `error`; if it is 0, they block until something else is written here. */
static struct control {
    char call[16];
    int64_t error, first, count;
    _Atomic int64_t calls;
    _Atomic int64_t live; /* allocations that were not freed */
} * control;

__attribute__((constructor)) static void find_control(void)
{
    const char *path = getenv("FERRY_FAULTS");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *at = fd >= 0 ? mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
    if (fd >= 0)
        close(fd);
    unsetenv("LD_PRELOAD"); /* For processes that ferry might start. */
    if (at != MAP_FAILED)
        control = at;
}

/* Whether this call is to fail; sets errno. */
static bool fails(const char *call)
{
    if (!control || strcmp(control->call, call) != 0)
        return false;
    int64_t n = atomic_fetch_add(&control->calls, 1) + 1;
    if (n < control->first || n >= control->first + control->count)
        return false;
    while (control->error == 0 && strcmp(control->call, call) == 0)
        usleep(1000);
    errno = (int)control->error;
    return errno != 0;
}

/* ---- memory ---- */

static void *counted(void *p)
{
    if (p && control)
        atomic_fetch_add(&control->live, 1);
    return p;
}

void *malloc(size_t n)
{
    return fails("alloc") ? NULL : counted(__libc_malloc(n));
}

void *calloc(size_t n, size_t size)
{
    return fails("alloc") ? NULL : counted(__libc_calloc(n, size));
}

void *realloc(void *p, size_t n)
{
    if (fails("alloc"))
        return NULL;
    return p ? __libc_realloc(p, n) : counted(__libc_realloc(p, n));
}

void free(void *p)
{
    if (p && control)
        atomic_fetch_sub(&control->live, 1);
    __libc_free(p);
}

/* ---- system calls ---- */

#define NEXT(name)                                                                                           \
    static __typeof__(&name) next;                                                                           \
    if (!next)                                                                                               \
    next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

/* The names that a program with 64-bit offsets calls. */
int fstatat64(int dir, const char *path, struct stat64 *st, int flags)
{
    NEXT(fstatat64);
    return fails("fstatat") ? -1 : next(dir, path, st, flags);
}

struct dirent64 *readdir64(DIR *dir)
{
    NEXT(readdir64);
    return fails("readdir") ? NULL : next(dir);
}

ssize_t pread64(int fd, void *to, size_t n, off64_t off)
{
    NEXT(pread64);
    return fails("pread") ? -1 : next(fd, to, n, off);
}

ssize_t read(int fd, void *to, size_t n)
{
    NEXT(read);
    return fails("read") ? -1 : next(fd, to, n);
}

/* ferry uses it for calls that the C library lacks, such as openat2(). */
long syscall(long number, ...)
{
    NEXT(syscall);
    long arg[6];
    va_list args;
    va_start(args, number);
    for (size_t i = 0; i < sizeof arg / sizeof *arg; i++)
        arg[i] = va_arg(args, long);
    va_end(args);
    return number == SYS_openat2 && fails("openat2")
               ? -1
               : next(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
}
