/* A limit on the memory that many users hold together. Each user reports what it holds, and checks the
 * total before it begins something. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct budget {
    atomic_size_t used;
    size_t most; /* 0: no limit */
};

/* The user that held *held bytes holds `now` bytes from here on. */
static inline void budget_change(struct budget *b, size_t *held, size_t now)
{
    if (*held == now)
        return;
    /* A negative difference wraps round, and so does the sum: the result is right. */
    atomic_fetch_add_explicit(&b->used, now - *held, memory_order_relaxed);
    *held = now;
}

static inline bool budget_is_over(const struct budget *b)
{
    return b->most != 0 && atomic_load_explicit(&b->used, memory_order_relaxed) > b->most;
}
