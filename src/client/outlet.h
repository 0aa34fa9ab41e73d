/* Where the bytes go: a part file, or a stream that takes each byte once. Collects small pieces into large
 * writes. */
#pragma once

#include "client/part.h"
#include "client/stop.h"

enum outlet_kind {
    OUTLET_PART,
    OUTLET_STREAM,
};

struct outlet {
    enum outlet_kind kind;
    struct part part;
    int fd; /* OUTLET_STREAM; ours */
    bool regular;
    const char *shown; /* OUTLET_STREAM: what to call it */
    uint64_t streamed; /* OUTLET_STREAM: bytes that went out */
    struct info info;  /* OUTLET_STREAM: what they are of */
    bool resumable;    /* OUTLET_STREAM */
    struct stop *stop;
    char *block;
    size_t held;         /* bytes in the block that are not written yet */
    uint64_t held_since; /* clock_ms() */
};

enum status outlet_open_part(struct outlet *s, int dir, const char *name, const char *url, struct err *e);
/* Takes fd, also on failure. `shown` went through escape(). */
enum status outlet_open_stream(struct outlet *s, int fd, const char *shown, struct stop *stop, struct err *e);
void outlet_close(struct outlet *s);

/* How many bytes of the file, from its front, it has taken. */
uint64_t outlet_have(const struct outlet *s);

/* What those bytes are of; NULL when nothing safe is known. */
struct info *outlet_info(struct outlet *s);

/* From the first byte again. A stream that has taken any cannot: STATUS_MISMATCH. */
enum status outlet_restart(struct outlet *s, const struct info *info, struct err *e);

enum status outlet_add(struct outlet *s, struct slice piece, struct err *e);

/* Writes what waits in the block; with `late_only`, only when it has waited for a while. */
enum status outlet_flush(struct outlet *s, bool late_only, struct err *e);
