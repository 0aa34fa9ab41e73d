/* What ThreadSanitizer has to be told: an order between threads that it does not see, since it does not know
 * the call that makes it (pthread_clockjoin_np). Nothing at all in other builds. */
#pragma once

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>

/* What this thread has done so far comes before ... */
static inline void race_before(void *what)
{
    __tsan_release(what);
}

/* ... all that another one does after this. */
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
