/* One walk of a folder: the entries that a listing shows, in its order, in bounded memory. It serves all
 * clients that ask for the same part of the same folder before it begins. Later ones wait for the next
 * walk, so that nobody is shown an older state than at the time of the request. */
#pragma once

#include "base/budget.h"
#include "content/listing_query.h"
#include "content/readme.h"
#include "content/root.h"
#include "content/selection.h"

#include <dirent.h>
#include <pthread.h>

/* The surveys that have not begun, to be shared. Initialize it with zeros; it must outlive them. */
#define SURVEY_BUCKETS 256
struct surveys {
    pthread_mutex_t lock;
    struct budget *budget; /* counts the memory that they hold; NULL: not counted */
    struct survey *waiting[SURVEY_BUCKETS];
};

struct survey {
    struct surveys *all;
    struct survey *next; /* the next one in the bucket that has not begun */
    unsigned refs;       /* protected by the lock of `all` */
    pthread_mutex_t lock;
    /* The folder and the query. */
    dev_t device;
    ino_t inode;
    const struct root *root;
    struct order order;
    unsigned limit; /* 0: none; then the entries come in runs and are not shared, because each reader has its
                       own pace */
    char after_text[PLACE_TEXT_MAX];
    struct entry after; /* its name is in after_text; NULL: from the beginning */
    bool with_readme;
    /* Progress. */
    enum { SURVEY_NEW, SURVEY_WALKING, SURVEY_DESCRIBING, SURVEY_READY } at;
    DIR *dir;
    size_t described_n; /* entries that were described or have gone */
    /* The result, valid after SURVEY_READY. */
    bool walked;        /* the folder has no more entries */
    const char *broken; /* why it failed; static */
    bool for_now;       /* because memory or descriptors were short */
    struct selection selection;
    bool further;      /* more entries follow: */
    struct entry last; /* the last entry that is shown; its name is malloc'ed */
    struct readme readme;
    size_t held; /* memory that was counted last */
    size_t path_len;
    char path[]; /* of the folder, without slashes at its ends */
};

/* Takes fd, also on failure. `path` is the folder's, without slashes at its ends. NULL if memory ran out. */
struct survey *survey_open(struct surveys *all, int fd, const struct root *root, struct slice path,
                           const struct listing_query *query, bool with_readme);

/* Continues for a few milliseconds, or as long as a disk takes. Several threads may call it for the same
 * survey. True when it is ready or has failed. */
bool survey_step(struct survey *s);

/* Drops the run that is ready, to read the next one. */
void survey_next_run(struct survey *s);

void survey_unref(struct survey *s);
