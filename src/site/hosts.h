/* Whom a request may take this server for: the names that are right in Host. */
#pragma once

#include "base/slice.h"

/* More would be a mistake in a script. */
#define HOSTS_MAX 64

struct hosts {
    const char *const *allowed; /* --allow-host, `count` of them: only these, and this machine's own */
    unsigned count;
    bool local_only; /* every listener is a loopback one */
};

/* The last host that was taken: the next request mostly has the same. All zeros in the beginning. */
struct host_memo {
    unsigned n;
    char text[60];
};

/* Whether a word of --allow-host can be the name in a Host: a name or an address, without a port; or "*". */
bool hosts_word_ok(struct slice word);

/* Whether any Host is right: then nothing needs to be compared. */
static inline bool hosts_take_all(const struct hosts *h)
{
    return h->count == 0 && !h->local_only;
}

/* Whether a request may go on that has this Host: host [":" port] (url_host_ok), or nothing. */
bool hosts_take(const struct hosts *h, struct host_memo *memo, struct slice host);
