/* Reads a list of files with their hashes, as it comes and in bounded memory: a Metalink, mtree(5), or
 * SHA256SUMS. Which of them it is, its text tells. */
#pragma once

#include "base/err.h"
#include "client/stop.h"
#include "content/hash_pool.h"

struct hash_list {
    int fd;           /* stays the caller's */
    const char *name; /* for messages */
    struct stop *stop;
    void *context;
    /* What the list says of a file, as a job; its name may lead anywhere. What it holds is taken. False: read
     * no more. */
    bool (*take)(void *context, struct hash_job *j);
    /* Nothing more has come for now. False: read no more. */
    bool (*idle)(void *context);
    /* The result. */
    uint64_t wrong;  /* lines that were not understood */
    uint64_t others; /* entries that are neither files nor folders */
};

/* Returns STATUS_DONE, also if it was told to read no more, or fills *e. */
enum status hash_list_read(struct hash_list *l, struct err *e);
