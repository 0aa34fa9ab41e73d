/* What is known of the bytes of one version of a file. */
#pragma once

#include "base/sha256.h"

#include <stdatomic.h>

/* What the hashes belong to. A file that is written to later gets another ctime, which nobody can set back.
 * Without padding, because its bytes are compared and digested. */
struct hash_key {
    uint64_t device, inode, length, piece;
    int64_t modified, modified_ns, changed, changed_ns;
};

/* How many pieces that file has: 0 for an empty one. */
static inline uint64_t hash_key_pieces(const struct hash_key *k)
{
    return (k->length + k->piece - 1) / k->piece;
}

/* What is known of one key. */
struct hash_record {
    struct hash_key key;
    uint32_t count;       /* of pieces; the last one may be shorter. 0 for an empty file */
    atomic_uint ready;    /* pieces whose digests are known: the first ones */
    atomic_bool is_whole; /* the digest of the whole is known */
    struct sha256_digest whole;
    struct sha256_digest *pieces; /* memory of untouched ones is not used */
};
