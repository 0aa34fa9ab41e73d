/* Fetches the list of a folder and everything below it: a text in the format of mtree(5), of any length, in
 * bounded memory. Only one that has its end is believed. */
#pragma once

#include "client/attempt.h"
#include "client/http.h"
#include "client/progress.h"
#include "client/tree_line.h"

struct tree_list {
    const struct remote *base; /* the folder */
    unsigned retries;
    bool quiet;
    struct http *http;
    struct stop *stop;
    struct progress *progress;
    /* A list begins, perhaps once more: whatever came before counts no more. */
    bool (*begin)(void *arg, struct err *e);
    /* An entry, or one that is refused; in the order of a walk, each path once. */
    bool (*take)(void *arg, enum tree_line_kind kind, struct tree_line *line, struct err *e);
    void *arg;
};

/* Returns STATUS_DONE if all of it was taken. *ret_stopped: by a signal. */
enum status tree_list_fetch(const struct tree_list *r, bool *ret_stopped, struct err *e);

/* The address of `path` below the folder `base`; `query` is added ("" or "?..."). The caller frees *ret. */
enum status tree_list_remote(const struct remote *base, const char *path, const char *query,
                             struct remote *ret, struct err *e);
