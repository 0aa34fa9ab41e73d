/* What the ways of `ferry hash` share: a pool of threads, a bar, output, and the exit status. */
#include "cmd/hash_run.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "cmd/bar.h"
#include "sys/limits.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* What takes less has no bar. */
#define SHOWN_AFTER_MS 1000
#define FLUSH_MS 100

void hash_run_note(struct hash_run *r, enum status status)
{
    if (r->status == STATUS_DONE || status == STATUS_MISMATCH)
        r->status = status;
}

enum status hash_run_status_of(int error)
{
    switch (-error) {
    case ENOENT:
    case ENOTDIR:
        return STATUS_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EXDEV:
    case ELOOP:
        return STATUS_NOT_ALLOWED;
    case EIO:
        return STATUS_LOCAL_DISK;
    default:
        return STATUS_FAILED;
    }
}

void hash_run_complain(struct hash_run *r, enum status status, const char *name, const char *why)
{
    progress_clear(&r->progress);
    log_line("%s: %s", escape(slice_of(name)).text, why);
    hash_run_note(r, status);
}

bool hash_run_is_good(struct hash_run *r, const struct hash_job *j, const char *why)
{
    const char *name = j->name[0] ? j->name : ".";
    if (j->error < 0)
        hash_run_complain(r, hash_run_status_of(j->error), name, strerror(-j->error));
    else if (why)
        hash_run_complain(r, STATUS_FAILED, name, why);
    else if (j->broken)
        hash_run_complain(r, STATUS_LOCAL_DISK, name, j->broken);
    else
        return true;
    return false;
}

enum status hash_run_cannot_open(const char *name, int error)
{
    log_line("%s: %s", escape(slice_of(name)).text,
             error == -ENOTSUP ? "openat2() is missing or forbidden here (it needs Linux 5.6)"
                               : strerror(-error));
    return hash_run_status_of(error);
}

static void check_output(struct hash_run *r, bool good)
{
    if (good || r->has_failed)
        return;
    r->has_failed = true;
    if (errno == EPIPE) /* its reader wants no more */
        hash_run_note(r, STATUS_FAILED);
    else
        hash_run_complain(r, STATUS_LOCAL_DISK, "cannot write to the standard output", strerror(errno));
}

void hash_run_print(struct hash_run *r, struct slice text)
{
    if (r->to_terminal)
        progress_clear(&r->progress);
    if (!r->has_failed)
        check_output(r, fwrite(text.p, 1, text.n, stdout) == text.n);
}

void hash_run_flush(struct hash_run *r)
{
    r->flush_due = clock_ms() + FLUSH_MS;
    check_output(r, fflush(stdout) == 0);
}

/* ---- the bar ---- */

bool hash_run_shows(const struct hash_run *r)
{
    return r->progress.fd >= 0 && !r->quiet;
}

bool hash_run_is_late(const struct hash_run *r)
{
    return clock_ms() >= r->begun_at + SHOWN_AFTER_MS || stop_asked(r->stop);
}

void hash_run_total(struct hash_run *r, uint64_t bytes)
{
    progress_set(&r->progress, 0, bytes, true);
}

static bool tick(void *context, uint64_t bytes)
{
    struct hash_run *r = context;
    uint64_t now = clock_ms();
    if (now >= r->flush_due)
        hash_run_flush(r);
    if (hash_run_shows(r) && now >= r->begun_at + SHOWN_AFTER_MS)
        progress_update(&r->progress, bytes);
    return !r->has_failed && !stop_asked(r->stop);
}

/* ---- beginning and end ---- */

bool hash_run_begin(struct hash_run *r, const char *name, struct hash_pool_options *o)
{
    r->status = STATUS_DONE;
    r->has_failed = false;
    r->to_terminal = isatty(STDOUT_FILENO);
    r->begun_at = clock_ms();
    r->flush_due = r->begun_at + FLUSH_MS;
    r->progress = bar_on_stderr(r->quiet);
    progress_begin(&r->progress, escape(slice_of(name)).text);
    o->threads = limits_processors();
    o->tick = tick;
    o->context = r;
    r->pool = hash_pool_new(o);
    if (!r->pool)
        log_line("out of memory");
    return r->pool;
}

enum status hash_run_end(struct hash_run *r)
{
    hash_pool_drain(r->pool);
    progress_clear(&r->progress);
    hash_run_flush(r);
    /* A signal ends the process; it need not wait for a disk. */
    if (!stop_asked(r->stop))
        hash_pool_free(r->pool);
    return r->status;
}
