/* One walk of a folder: the entries that a listing shows, in its order, in bounded memory. It serves all who
 * ask for the same part of the same folder before it begins; who comes later waits for the next walk, and so
 * nobody is shown what was before it asked. */
#pragma once

#include "base/budget.h"
#include "content/listing.h"
#include "content/readme.h"
#include "content/selection.h"

#include <dirent.h>
#include <pthread.h>

/* Those that have not begun, for whoever asks for the same; zeroed, there are none. It outlives them. */
#define SURVEY_BUCKETS 256
struct surveys {
    pthread_mutex_t lock;
    struct budget *budget; /* where they count what they hold; NULL: nowhere */
    struct survey *waiting[SURVEY_BUCKETS];
};

struct survey {
    struct surveys *all;
    struct survey *next; /* that has not begun either */
    unsigned refs;       /* under the lock of `all` */
    pthread_mutex_t lock;
    /* What it is of. */
    dev_t device;
    ino_t inode;
    const struct root *root;
    struct order order;
    unsigned limit; /* 0: none; it comes in runs then, and is not shared: each reader has its own pace */
    char after_text[PLACE_TEXT_MAX];
    struct entry after; /* its name is in after_text; NULL: from the front */
    bool with_readme;
    /* How far it is. */
    enum { SURVEY_NEW, SURVEY_WALKING, SURVEY_DESCRIBING, SURVEY_READY } at;
    DIR *dir;
    size_t looked_at; /* entries that were described, or are known to have gone */
    /* What came of it, for whoever has seen SURVEY_READY. */
    bool walked;        /* the folder has no more */
    const char *broken; /* why it cannot be made; static */
    bool for_now;       /* for want of memory or descriptors */
    struct selection selection;
    bool further;      /* more come behind: */
    struct entry last; /* of what is shown; its name is malloc'ed */
    struct readme readme;
    size_t held; /* of memory, as was counted last */
    size_t path_len;
    char path[]; /* of the folder, without slashes at its ends */
};

/* Takes fd, also on failure. `path` is the folder's, without slashes at its ends. NULL when memory ran out.
 */
struct survey *survey_open(struct surveys *all, int fd, const struct root *root, struct slice path,
                           const struct listing_query *query, bool with_readme);

/* Goes on for a few milliseconds, or as long as a disk takes. Several threads may call it for the same one.
 * True when it is ready, or broken. */
bool survey_step(struct survey *s);

/* Gives back the run that is ready: the next one comes. */
void survey_next_run(struct survey *s);

void survey_unref(struct survey *s);
