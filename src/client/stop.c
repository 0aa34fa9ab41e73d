/* A request from outside to end what is running in good order. */
#include "client/stop.h"

#include "base/clock.h"

#include <poll.h>

static bool poll_for(struct stop *s, int ms)
{
    struct pollfd p = {.fd = s->fd, .events = POLLIN};
    s->asked = s->asked || poll(&p, 1, ms) > 0;
    return s->asked;
}

bool stop_asked(struct stop *s)
{
    return poll_for(s, 0);
}

bool stop_wait(struct stop *s, unsigned ms)
{
    uint64_t until = clock_ms() + ms;
    for (uint64_t now; (now = clock_ms()) < until;)
        if (poll_for(s, (int)(until - now)))
            return true;
    return stop_asked(s);
}
