/* Inputs next to memory that must not be touched. */
#include "guard.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* n bytes rounded up to whole pages. 0 bytes take none: the copy is between the two protected pages. */
static size_t whole_pages(size_t n)
{
    size_t page = page_size();
    return (n + page - 1) / page * page;
}

/* [protected page][room][protected page]; returns the beginning of the room. */
static char *room_new(size_t room)
{
    size_t page = page_size();
    char *map = mmap(NULL, room + 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED || mprotect(map, page, PROT_NONE) != 0 ||
        mprotect(map + page + room, page, PROT_NONE) != 0) {
        perror("guard pages");
        abort();
    }
    return map + page;
}

static const char *copy_to(char *at, const void *bytes, size_t n)
{
    if (n > 0)
        memcpy(at, bytes, n);
    return at;
}

const char *guard_end(const void *bytes, size_t n)
{
    size_t room = whole_pages(n);
    return copy_to(room_new(room) + room - n, bytes, n);
}

const char *guard_begin(const void *bytes, size_t n)
{
    return copy_to(room_new(whole_pages(n)), bytes, n);
}

void guard_free(const char *copy, size_t n)
{
    size_t page = page_size();
    uintptr_t room =
        (uintptr_t)copy / page * page; /* flush with the end, the copy begins in the first page */
    munmap((void *)(room - page), whole_pages(n) + 2 * page);
}
