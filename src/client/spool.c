/* The destination of the bytes: a part file, or a stream that takes each byte once. */
#include "client/spool.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "client/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>

/* curl passes on 16 KiB at a time. Writes of this size cost least for each byte, and the block stays in the
 * L2 cache. */
#define BLOCK_BYTES (256u << 10)
/* A kill -9 costs the bytes in the block: at most those of so many milliseconds. */
#define LATE_MS 100

enum status spool_open_part(struct spool *s, int dir, const char *name, const char *url, struct err *e)
{
    *s = (struct spool){.kind = SPOOL_PART, .part.fd = -1, .fd = -1, .block = malloc(BLOCK_BYTES)};
    if (!s->block)
        return err_set(e, STATUS_FAILED, "out of memory");
    return part_open(&s->part, dir, name, url, e);
}

enum status spool_open_stream(struct spool *s, int fd, const char *shown, struct stop *stop, struct err *e)
{
    struct stat st;
    *s = (struct spool){.kind = SPOOL_STREAM, .part.fd = -1, .fd = fd, .shown = shown, .stop = stop};
    s->regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    s->block = malloc(BLOCK_BYTES);
    s->tail = malloc(SPOOL_TAIL);
    return s->block && s->tail ? STATUS_DONE : err_set(e, STATUS_FAILED, "out of memory");
}

void spool_close(struct spool *s)
{
    if (s->kind == SPOOL_PART)
        part_close(&s->part);
    else if (s->fd >= 0)
        close(TAKE_FD(s->fd));
    free(TAKE_PTR(s->block));
    free(TAKE_PTR(s->tail));
}

uint64_t spool_have(const struct spool *s)
{
    return (s->kind == SPOOL_PART ? s->part.len : s->streamed) + s->held;
}

struct info *spool_info(struct spool *s)
{
    if (s->kind == SPOOL_PART)
        return s->part.resumable ? &s->part.info : NULL;
    return s->resumable ? &s->info : NULL;
}

enum status spool_restart(struct spool *s, const struct info *info, struct err *e)
{
    if (s->kind == SPOOL_PART) {
        s->held = 0;
        return part_restart(&s->part, info, e);
    }
    if (spool_have(s) > 0)
        return err_set(
            e, STATUS_MISMATCH,
            "%s has taken %s, and the server cannot resume there: those bytes are not the file (save it to a "
            "file instead)",
            s->shown, size_text(spool_have(s)).text);
    s->resumable = info != NULL;
    if (info)
        s->info = *info;
    return STATUS_DONE;
}

static enum status stream_error(const struct spool *s, int why, struct err *e)
{
    if (why == EPIPE)
        return err_set(e, STATUS_FAILED, "nobody reads %s any more", s->shown);
    return disk_error(e, s->fd, s->shown, "write to", why, 0);
}

/* A write to a pipe may block for ever, and a signal must still end us, so at most as much is written as
 * poll() promises. */
static enum status stream_write(struct spool *s, struct slice bytes, struct err *e)
{
    while (bytes.n > 0) {
        struct pollfd p[2] = {{.fd = s->fd, .events = POLLOUT}, {.fd = s->stop->fd, .events = POLLIN}};
        if (!s->regular)
            poll(p, 2, -1);
        if (stop_asked(s->stop))
            return err_set(e, STATUS_FAILED, "stopped");
        if (!s->regular && !p[0].revents)
            continue;
        size_t n = s->regular || bytes.n < PIPE_BUF ? bytes.n : PIPE_BUF;
        ssize_t done = write(s->fd, bytes.p, n);
        if (done < 0 && errno != EINTR && errno != EAGAIN)
            return stream_error(s, errno, e);
        if (done > 0) {
            s->streamed += (uint64_t)done;
            bytes = slice_from(bytes, (size_t)done);
        }
    }
    return STATUS_DONE;
}

static enum status put(struct spool *s, struct slice bytes, struct err *e)
{
    return s->kind == SPOOL_PART ? part_write(&s->part, bytes, e) : stream_write(s, bytes, e);
}

enum status spool_flush(struct spool *s, bool late_only, struct err *e)
{
    if (s->held == 0 || (late_only && clock_ms() < s->held_since + LATE_MS))
        return STATUS_DONE;
    struct slice bytes = {s->block, s->held};
    s->held = 0;
    return put(s, bytes, e);
}

bool spool_holds(const struct spool *s, uint64_t off, struct slice bytes)
{
    if (s->kind == SPOOL_PART)
        return part_holds(&s->part, off, bytes);
    uint64_t begins = spool_have(s) - s->tail_len;
    return off >= begins && off - begins + bytes.n <= s->tail_len &&
           memcmp(s->tail + (off - begins), bytes.p, bytes.n) == 0;
}

/* Keeps the last bytes, because a pipe cannot be read back. */
static void remember(struct spool *s, struct slice piece)
{
    if (piece.n > SPOOL_TAIL)
        piece = slice_from(piece, piece.n - SPOOL_TAIL);
    size_t keep = s->tail_len + piece.n > SPOOL_TAIL ? SPOOL_TAIL - piece.n : s->tail_len;
    memmove(s->tail, s->tail + s->tail_len - keep, keep);
    memcpy(s->tail + keep, piece.p, piece.n);
    s->tail_len = keep + piece.n;
}

enum status spool_add(struct spool *s, struct slice piece, struct err *e)
{
    enum status status = STATUS_DONE;
    if (s->kind == SPOOL_STREAM)
        remember(s, piece);
    /* Large pieces, as in the plain dialect, are written without a copy. */
    if (s->held + piece.n > BLOCK_BYTES || piece.n >= BLOCK_BYTES)
        status = spool_flush(s, false, e);
    if (status != STATUS_DONE || piece.n >= BLOCK_BYTES)
        return status == STATUS_DONE ? put(s, piece, e) : status;
    if (s->held == 0)
        s->held_since = clock_ms();
    memcpy(s->block + s->held, piece.p, piece.n);
    s->held += piece.n;
    return spool_flush(s, true, e);
}
