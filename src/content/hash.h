/* SHA-256 of one version of a file: of each piece, and of the whole. However many ask for it, it is computed
 * once, by those that wait for it, in short steps on their threads; while nobody waits, it rests. */
#pragma once

#include "base/budget.h"
#include "base/list.h"
#include "content/hash_record.h"
#include "content/version.h"

#include <pthread.h>

/* Small enough that a wrong piece costs little, and large enough for clients that send a request for each
 * (wget2). A large file has larger ones, and the largest have so many at most: with 32 bytes each, 32 MiB. */
#define HASH_PIECE_BYTES (UINT64_C(1024) * 1024)
#define HASH_LARGE_FILE (UINT64_C(16) << 30)
#define HASH_PIECES_MAX (UINT64_C(1) << 20)

uint64_t hash_piece_bytes(uint64_t length);

struct hash_store;

#define HASH_BUCKETS 256
/* All hashes of a site. Initialize it with hashes_init(). */
struct hashes {
    pthread_mutex_t lock;
    struct budget *budget;    /* counts the memory of those in use; NULL: not counted */
    struct hash_store *store; /* on a disk; NULL: none */
    struct hash *buckets[HASH_BUCKETS];
    struct list idle; /* in use by nobody, the oldest first */
    size_t idle_bytes;
};

/* What a caller needs. */
enum {
    HASH_PIECES = 1,
    HASH_WHOLE = 2,
};

struct hash;

/* `store` and `budget` may be NULL, and must outlive it. */
void hashes_init(struct hashes *all, struct hash_store *store, struct budget *budget);
/* No hash may be in use. */
void hashes_free(struct hashes *all);

/* The hashes of an open version; blocks. Returns 0 with a reference in *ret; -EAGAIN if the file has changed
 * so lately that its times do not vouch for its bytes, or is no longer this version: look it up again later;
 * or -ENOMEM. */
int hash_open(struct hashes *all, struct version *v, struct hash **ret);
/* The same for one user: shared with nobody, and forgotten with the reference. The file may have changed
 * lately; then its hash is that of one look at the bytes, and is not kept on the disk. If it is no longer
 * this version, the hash is broken. */
int hash_open_single(struct hashes *all, struct version *v, struct hash **ret);
/* The digest of the whole of a file that was not opened, by its stat: true if it was computed once, and is
 * remembered, or the file is empty. May wait for the disk of the hashes, but never for the file. */
bool hashes_know(struct hashes *all, const struct stat *st, struct sha256_digest *ret);
void hash_unref(struct hash *h);
/* Whether hash_unref() may take time (version_unref_waits). */
bool hash_unref_waits(const struct hash *h);

/* Computes some of what is `wanted` (HASH_PIECES, HASH_WHOLE or both), for a few milliseconds or as long as a
 * disk takes. Several threads may call it for the same hash. Returns whether it needs no further call:
 * all is known, or it has failed. */
bool hash_step(struct hash *h, unsigned wanted);
/* The reason why it failed, static; NULL if it has not. */
const char *hash_broken(const struct hash *h);

/* These never block, and may be called on any thread. */
const struct hash_record *hash_record(const struct hash *h);
/* How many bytes of the whole are hashed. */
uint64_t hash_progress(const struct hash *h);
/* NULL while it is not known. */
const struct sha256_digest *hash_whole(const struct hash *h);
/* Whether these are the bytes of one piece whose digest is known. */
bool hash_knows_range(const struct hash *h, uint64_t off, uint64_t len, struct sha256_digest *ret);

/* Computes the digest of some bytes; blocks as long as that takes. False if it failed. */
bool hash_range(struct hash *h, uint64_t off, uint64_t len, struct sha256_digest *ret);
