/* The destination of the bytes: a part file, or a stream that takes each byte once. Collects small pieces
 * into large writes. */
#pragma once

#include "client/part.h"
#include "client/stop.h"

/* How many of the last bytes can be compared later. */
#define SPOOL_TAIL ((size_t)16 << 10)

enum spool_kind {
    SPOOL_PART,
    SPOOL_STREAM,
};

struct spool {
    enum spool_kind kind;
    struct part part;
    int fd; /* SPOOL_STREAM: the descriptor, owned */
    bool regular;
    const char *shown; /* SPOOL_STREAM: its name in messages */
    uint64_t streamed; /* SPOOL_STREAM: bytes written so far */
    struct info info;  /* SPOOL_STREAM: the file that these bytes belong to */
    bool resumable;    /* SPOOL_STREAM */
    char *tail;        /* SPOOL_STREAM: the last bytes written, at most SPOOL_TAIL */
    size_t tail_len;
    struct stop *stop;
    char *block;
    size_t held;         /* bytes in the block, not written yet */
    uint64_t held_since; /* clock_ms() */
};

enum status spool_open_part(struct spool *s, int dir, const char *name, const char *url, struct err *e);
/* Takes fd, also on failure. `shown` went through escape(). */
enum status spool_open_stream(struct spool *s, int fd, const char *shown, struct stop *stop, struct err *e);
void spool_close(struct spool *s);

/* How many bytes of the file, from its front, it has taken. */
uint64_t spool_have(const struct spool *s);

/* The file that these bytes belong to; NULL if that is not known for certain. */
struct info *spool_info(struct spool *s);

/* Begins again with the first byte. STATUS_MISMATCH for a stream that has already taken some. */
enum status spool_restart(struct spool *s, const struct info *info, struct err *e);

/* Whether `bytes`, which must be among the last SPOOL_TAIL, are at offset `off`. A part file is read from
 * the disk, so flush the block first. */
bool spool_holds(const struct spool *s, uint64_t off, struct slice bytes);

enum status spool_add(struct spool *s, struct slice piece, struct err *e);

/* Writes the block; with `late_only`, only if it has waited long enough. */
enum status spool_flush(struct spool *s, bool late_only, struct err *e);
