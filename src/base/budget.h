/* How much memory many may hold together: each says what it holds, and whoever begins something looks first.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct budget {
    atomic_size_t used;
    size_t most; /* 0: nobody is refused for it */
};

/* Who held *held holds `now`. */
static inline void budget_change(struct budget *b, size_t *held, size_t now)
{
    if (*held == now)
        return;
    atomic_fetch_add_explicit(&b->used, now - *held, memory_order_relaxed); /* Wraps round when it is less. */
    *held = now;
}

static inline bool budget_is_over(const struct budget *b)
{
    return b->most != 0 && atomic_load_explicit(&b->used, memory_order_relaxed) > b->most;
}
