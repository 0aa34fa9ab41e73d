/* Hashes on a disk, so that a file is hashed once however often the server is started.
 *
 * One small file for each key, written beside its place and renamed, with a digest of itself: after a crash,
 * on a broken disk, or beside another server that uses the same folder, it is either right or not there. */
#pragma once

#include "base/err.h"
#include "content/hash_record.h"

struct hash_store;

/* The folder has about so many bytes at most; then the files that were used least recently are removed. */
#define HASH_STORE_BYTES (UINT64_C(256) * 1024 * 1024)

/* Opens the folder, and makes it with what it is in, if needed. Nobody else may be able to write to it, since
 * its files are believed. Returns STATUS_DONE, or fills *e. */
enum status hash_store_open(struct hash_store **ret, const char *path, uint64_t most_bytes, struct err *e);
/* NULL is allowed. */
void hash_store_close(struct hash_store *s);

/* These block, and may be called on any thread. What is not there or not right is not loaded, and what cannot
 * be saved is not saved: it is computed again. */
void hash_store_load(struct hash_store *s, struct hash_record *r);
/* Only the digest of the whole; false if it is not there. That does not count as a use. */
bool hash_store_load_whole(struct hash_store *s, const struct hash_key *key, struct sha256_digest *ret);
void hash_store_save(struct hash_store *s, const struct hash_record *r);
