/* Which names in a Host field belong to this server. */
#pragma once

#include "base/slice.h"

/* More would be a mistake in a script. */
#define HOSTS_MAX 64

struct hosts {
    const char *const *allowed; /* --allow-host: `count` further names */
    unsigned count;
    bool local_only; /* all listening addresses are loopback addresses */
};

/* The host accepted last, because the next request usually has the same. Initialize it with zeros. */
struct host_memo {
    unsigned n;
    char text[60];
};

/* Whether a word of --allow-host can be the name in a Host field: a name or an address without a port, or
 * "*". */
bool hosts_word_ok(struct slice word);

/* Whether any Host is accepted, so that nothing needs to be compared. */
static inline bool hosts_take_all(const struct hosts *h)
{
    return h->count == 0 && !h->local_only;
}

/* Whether to answer a request with this Host: host [":" port] (url_host_ok), or empty. */
bool hosts_take(const struct hosts *h, struct host_memo *memo, struct slice host);
