/* A request from outside to end what is running in good order. */
#pragma once

#include <stdbool.h>

struct stop {
    int fd; /* becomes readable with the request, and stays so: it is never read here */
    bool asked;
};

/* Whether the request has come, now or earlier. */
bool stop_asked(struct stop *s);

/* Waits for `ms`; returns true as soon as the request comes. */
bool stop_wait(struct stop *s, unsigned ms);
