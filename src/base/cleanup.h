/* Scope-bound release, so that an early return cannot leak. */
#pragma once

#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free(void *pp)
{
    free(*(void **)pp);
}

static inline void cleanup_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

#define AUTO_FREE __attribute__((cleanup(cleanup_free)))
#define AUTO_CLOSE __attribute__((cleanup(cleanup_close)))

/* Moves a scope-bound descriptor or pointer to another owner: the variable is emptied, so that the end of
 * the scope releases nothing. */
#define TAKE_FD(fd)                                                                                          \
    ({                                                                                                       \
        int taken_ = (fd);                                                                                   \
        (fd) = -1;                                                                                           \
        taken_;                                                                                              \
    })
#define TAKE_PTR(p)                                                                                          \
    ({                                                                                                       \
        __auto_type taken_ = (p);                                                                            \
        (p) = NULL;                                                                                          \
        taken_;                                                                                              \
    })
