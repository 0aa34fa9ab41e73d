/* Where the bytes go: a part file, or a stream that takes each byte once. Collects small pieces into large
 * writes. */
#pragma once

#include "client/part.h"
#include "client/stop.h"

/* So many of the last bytes that went into it can be looked at again. */
#define SPOOL_TAIL ((size_t)16 << 10)

enum spool_kind {
    SPOOL_PART,
    SPOOL_STREAM,
};

struct spool {
    enum spool_kind kind;
    struct part part;
    int fd; /* SPOOL_STREAM; ours */
    bool regular;
    const char *shown; /* SPOOL_STREAM: what to call it */
    uint64_t streamed; /* SPOOL_STREAM: bytes that went out */
    struct info info;  /* SPOOL_STREAM: what they are of */
    bool resumable;    /* SPOOL_STREAM */
    char *tail;        /* SPOOL_STREAM: the last bytes of those that it has taken, at most SPOOL_TAIL */
    size_t tail_len;
    struct stop *stop;
    char *block;
    size_t held;         /* bytes in the block that are not written yet */
    uint64_t held_since; /* clock_ms() */
};

enum status spool_open_part(struct spool *s, int dir, const char *name, const char *url, struct err *e);
/* Takes fd, also on failure. `shown` went through escape(). */
enum status spool_open_stream(struct spool *s, int fd, const char *shown, struct stop *stop, struct err *e);
void spool_close(struct spool *s);

/* How many bytes of the file, from its front, it has taken. */
uint64_t spool_have(const struct spool *s);

/* What those bytes are of; NULL when nothing safe is known. */
struct info *spool_info(struct spool *s);

/* From the first byte again. A stream that has taken any cannot: STATUS_MISMATCH. */
enum status spool_restart(struct spool *s, const struct info *info, struct err *e);

/* Whether `bytes` stand at `off`; all of them are among the last SPOOL_TAIL that are here. A part is read
 * from the disk: nothing of it may wait in the block. */
bool spool_holds(const struct spool *s, uint64_t off, struct slice bytes);

enum status spool_add(struct spool *s, struct slice piece, struct err *e);

/* Writes what waits in the block; with `late_only`, only when it has waited for a while. */
enum status spool_flush(struct spool *s, bool late_only, struct err *e);
