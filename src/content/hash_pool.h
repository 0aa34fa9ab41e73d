/* Hashes many files on several threads, and hands each back in the order in which they were given. Of however
 * many files, only a bounded number is held at a time. */
#pragma once

#include "content/hash.h"

/* What is to be found out about a file. */
enum hash_task {
    HASH_LOOK,  /* what it is, and its length */
    HASH_FILE,  /* the digest of the whole */
    HASH_LISTS, /* also of each piece, as struct hash has them */
    HASH_CHECK, /* which pieces are not those of a list */
};

struct hash_job {
    /* Set by the caller. */
    enum hash_task task;
    char *name;    /* freed with the job */
    bool is_sized; /* a file of another length than `size` need not be hashed */
    uint64_t size;
    uint64_t piece_len; /* HASH_CHECK: the list, which covers the size; freed with the job */
    size_t pieces;
    struct sha256_digest *list;
    /* For the caller. */
    bool is_hashed; /* `expected` is known */
    struct sha256_digest expected;
    bool is_folder, is_optional;
    /* The result. */
    int error;          /* a negative errno: it cannot be opened or read */
    const char *broken; /* why it has no hash, static; NULL: it has */
    struct stat stat;
    bool is_whole; /* `whole` is known */
    struct sha256_digest whole;
    unsigned char *wrong; /* HASH_CHECK: for each piece, whether it is wrong */
    struct hash *hash;    /* HASH_LISTS: with its version */
    struct version *version;
    /* Used by the pool. */
    int state;
    unsigned users; /* threads that work on it */
    size_t next;    /* the first piece that nobody has taken */
    size_t held;
};

struct hash_pool_options {
    struct hash_store *store; /* NULL: none */
    unsigned threads;
    size_t most; /* jobs at a time */
    void *context;
    /* Opens the file of a job, on any thread: a descriptor with its stat and kind, or a negative errno. */
    int (*open)(void *context, const char *name, struct stat *ret_stat, enum fs_kind *ret_kind);
    /* The following are called on the thread of the caller. A job is done; what it holds is released
     * afterwards. */
    void (*done)(void *context, struct hash_job *j);
    /* Some twenty times a second, and when all jobs are handed back, with the bytes that were hashed of all
     * files. False: give up. */
    bool (*tick)(void *context, uint64_t bytes);
};

struct hash_pool;

/* NULL if memory ran out. */
struct hash_pool *hash_pool_new(const struct hash_pool_options *o);
/* Also while jobs are left: it waits for what the threads do, a few milliseconds or as long as a disk takes.
 */
void hash_pool_free(struct hash_pool *p);

/* Takes what *j holds, also on failure. While there is no room for it, hands back the oldest jobs. False once
 * tick() said so. */
bool hash_pool_add(struct hash_pool *p, struct hash_job *j);
/* Hands back all jobs. False as hash_pool_add(). */
bool hash_pool_drain(struct hash_pool *p);
