/* Where the bytes go: a part file, or a stream that takes each byte once. Collects small pieces into large
 * writes. */
#pragma once

#include "client/part.h"
#include "client/stop.h"

enum sink_kind {
    SINK_PART,
    SINK_STREAM,
};

struct sink {
    enum sink_kind kind;
    struct part part;
    int fd; /* SINK_STREAM; ours */
    bool regular;
    const char *shown; /* SINK_STREAM: what to call it */
    uint64_t streamed; /* SINK_STREAM: bytes that went out */
    struct info info;  /* SINK_STREAM: what they are of */
    bool resumable;    /* SINK_STREAM */
    struct stop *stop;
    char *block;
    size_t held;         /* bytes in the block that are not written yet */
    uint64_t held_since; /* clock_ms() */
};

enum status sink_open_part(struct sink *s, int dir, const char *name, const char *url, struct err *e);
/* Takes fd, also on failure. `shown` went through escape(). */
enum status sink_open_stream(struct sink *s, int fd, const char *shown, struct stop *stop, struct err *e);
void sink_close(struct sink *s);

/* How many bytes of the file, from its front, it has taken. */
uint64_t sink_have(const struct sink *s);

/* What those bytes are of; NULL when nothing safe is known. */
struct info *sink_info(struct sink *s);

/* From the first byte again. A stream that has taken any cannot: STATUS_MISMATCH. */
enum status sink_restart(struct sink *s, const struct info *info, struct err *e);

enum status sink_add(struct sink *s, struct slice piece, struct err *e);

/* Writes what waits in the block; with `late_only`, only when it has waited for a while. */
enum status sink_flush(struct sink *s, bool late_only, struct err *e);
