/* Hashes a file that is growing, on all cores: its pieces, for a list to be compared with, and all of it.
 *
 * What is hashed is read from the file and not taken from the network's buffers: it is still in the page
 * cache, what is proved is what is there, and bytes of an earlier run are proved in the same way. */
#pragma once

#include "base/sha256.h"

/* How a piece stands. */
enum piece_state {
    PIECE_GONE,   /* not all of it is here */
    PIECE_HERE,   /* to be hashed */
    PIECE_TAKEN,  /* somebody hashes it */
    PIECE_HASHED, /* its digest is known, and there is no list yet */
    PIECE_RIGHT,  /* as the list has it */
    PIECE_WRONG,
};

struct proof;

/* NULL if memory ran out. The descriptor stays the caller's, and must stay open. */
struct proof *proof_new(int fd);
void proof_free(struct proof *p);

/* Everything that was hashed is forgotten; a file of `total` bytes has pieces of `piece_len` (0: none that
 * are of interest). False if memory ran out. */
bool proof_restart(struct proof *p, uint64_t total, uint64_t piece_len);

/* The bytes before `front` are in the file. */
void proof_front(struct proof *p, uint64_t front);

/* The list of the pieces of `piece_len` bytes is here: the pieces become right or wrong. It must stay while
 * the proof does. False if memory ran out. */
bool proof_compare(struct proof *p, uint64_t piece_len, const struct sha256_digest *list);

/* All of the file, from its first byte on, is to be hashed as well. */
void proof_whole(struct proof *p);

/* Piece i is in the file, after it was gone or wrong. */
void proof_here(struct proof *p, size_t i);

/* How many bytes that are here wait to be hashed. */
uint64_t proof_lag(struct proof *p);
/* Hashes something in this thread. False if there was nothing that nobody else does. */
bool proof_turn(struct proof *p);
/* Whether nothing is left to be hashed, at the latest after `ms`. */
bool proof_wait(struct proof *p, unsigned ms);

size_t proof_pieces(const struct proof *p);
uint64_t proof_piece_len(const struct proof *p);
enum piece_state proof_piece(struct proof *p, size_t i);
/* The bytes of all pieces that are not right. */
uint64_t proof_missing(struct proof *p);
/* The digest of all bytes before the front, once nothing is left to be hashed. */
struct sha256_digest proof_digest(struct proof *p);
/* The errno of the first read that failed; 0: none. */
int proof_errno(struct proof *p);
