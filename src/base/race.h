/* Tells ThreadSanitizer of an order between threads that it cannot see, because it does not know the call
 * that makes it (pthread_clockjoin_np). Empty in other builds. */
#pragma once

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>

/* Everything that this thread has done so far happens before ... */
static inline void race_before(void *what)
{
    __tsan_release(what);
}

/* ... everything that a thread does after this call. */
static inline void race_after(void *what)
{
    __tsan_acquire(what);
}
#else
static inline void race_before(void *what)
{
    (void)what;
}

static inline void race_after(void *what)
{
    (void)what;
}
#endif
