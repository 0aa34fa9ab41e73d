/* What the ways of `ferry hash` share: a pool of threads, a bar, output, and the exit status. */
#pragma once

#include "base/err.h"
#include "client/progress.h"
#include "client/stop.h"
#include "content/hash_pool.h"

struct hash_run {
    struct stop *stop; /* set by the caller */
    bool quiet;        /* likewise: no bar */
    struct progress progress;
    bool to_terminal; /* stdout is one */
    bool has_failed;  /* stdout has */
    /* clock_ms(): */
    uint64_t begun_at, flush_due;
    enum status status;
    struct hash_pool *pool;
};

/* Files at a time, so that a large one does not hold up those after it. */
#define HASH_RUN_JOBS 1024

/* `name` is for the bar. Of *o, the processors and `tick` are filled in; open() and done() get `r` as their
 * context, which is the first member of what the caller needs. False if memory ran out, with a message. */
bool hash_run_begin(struct hash_run *r, const char *name, struct hash_pool_options *o);
/* Hands back the jobs that are left, and releases all. Returns the exit status. */
enum status hash_run_end(struct hash_run *r);

/* Whether there is a bar, which should know where it ends; and whether to find that out takes too long. */
bool hash_run_shows(const struct hash_run *r);
bool hash_run_is_late(const struct hash_run *r);
void hash_run_total(struct hash_run *r, uint64_t bytes);

/* The first failure counts; but STATUS_MISMATCH counts more than all others. */
void hash_run_note(struct hash_run *r, enum status status);
enum status hash_run_status_of(int error);

/* To stdout; not at once, since there may be a million lines. */
void hash_run_print(struct hash_run *r, struct slice text);
void hash_run_flush(struct hash_run *r);
/* A message on stderr. */
void hash_run_complain(struct hash_run *r, enum status status, const char *name, const char *why);
/* Whether all that was asked of a file is known; otherwise says why not. `why`: another reason, or NULL. */
bool hash_run_is_good(struct hash_run *r, const struct hash_job *j, const char *why);
/* A message about a folder or a list; before hash_run_begin(). Returns the status. */
enum status hash_run_cannot_open(const char *name, int error);
