/* Fetches the list of a file's pieces (a Metalink) beside the download, on a thread and a connection of its
 * own. It is only taken from the origin that the file comes from. */
#pragma once

#include "client/attempt.h"
#include "client/metalink.h"
#include "client/stop.h"

struct piece_list;

enum listed {
    LISTED_COMING,
    LISTED_GOOD,
    LISTED_BAD, /* piece_list_why() says why */
};

/* Begins to fetch what `a` refers to. NULL if that is impossible, with the reason in *e. `net` must stay. */
struct piece_list *piece_list_start(const struct net_options *net, const struct answer *a, struct err *e);
/* Also while it is coming. */
void piece_list_free(struct piece_list *l);

/* After at most `ms`, or when `stop` is asked. */
enum listed piece_list_wait(struct piece_list *l, unsigned ms, struct stop *stop);

/* clock_ms() of its last bytes so far; 0: none came. */
uint64_t piece_list_heard_at(const struct piece_list *l);

/* These stay until piece_list_free(). */
const struct metalink *piece_list_get(const struct piece_list *l);
const char *piece_list_why(const struct piece_list *l);
