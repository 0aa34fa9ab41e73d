/* One SOURCE, from its name to the finished file: attempts, retries and the result. */
#include "client/transfer.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "base/text.h"
#include "client/dest.h"
#include "client/fetch.h"
#include "client/no_file.h"
#include "client/plain.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>

/* How often a file may change until it is given up. */
#define OVER_MOST 5

struct transfer {
    const struct remote *remote;
    const struct transfer_options *o;
    struct http *http;
    struct stop *stop;
    struct progress *progress;
    struct transfer_result *result;
    struct dest dest;
    char shown[sizeof((struct escaped *)0)->text]; /* the target's name, escaped */
    struct receiver comparer;
    struct answer answer; /* the last head */
    struct fetch fetch;
    struct verify verify;
    bool open;             /* fetch.spool is open */
    bool here;             /* the target has the right digest already */
    uint64_t best;         /* the most bytes that an attempt has reached */
    unsigned started_over; /* since the file changed */
    unsigned failed;       /* attempts since `best` grew */
};

/* A receiver that only compares the server's file with the one that is here. */
static bool compare_begin(struct receiver *r, const struct answer *a)
{
    struct transfer *t = container_of(r, struct transfer, comparer);
    uint64_t total;
    bool sized = answer_total(a, &total);
    if (no_file_listing(t->remote, a, &r->err)) {
        r->outcome = OUTCOME_FAILED;
        return false;
    }
    if (sized && total == t->dest.size && a->modified != 0 && a->modified == t->dest.modified &&
        !t->dest.dangling) {
        r->outcome = OUTCOME_DONE;
        return false;
    }
    r->outcome = OUTCOME_FAILED;
    if (sized && total != t->dest.size)
        err_set(&r->err, STATUS_WOULD_REPLACE,
                "%s exists and differs: %s here, %s on the server (--force replaces it)", t->shown,
                size_text(t->dest.size).text, size_text(total).text);
    else
        err_set(&r->err, STATUS_WOULD_REPLACE,
                "%s exists, and its time does not show that it is the same file (--force replaces it)",
                t->shown);
    return false;
}

static bool compare_take(struct receiver *r, struct slice piece)
{
    (void)r, (void)piece; /* not reached: compare_begin() always ends the attempt */
    return false;
}

static bool compare_idle(struct receiver *r)
{
    (void)r;
    return true;
}

static bool only_compares(const struct transfer *t)
{
    return t->dest.kind == DEST_FILE && !t->o->force;
}

static enum outcome attempt(struct transfer *t, struct err *e)
{
    if (t->remote->scheme == SCHEME_PLAIN)
        return plain_attempt(&t->o->net, t->stop, t->remote, &t->fetch.receiver, e);
    if (only_compares(t)) {
        struct http_request q = {.remote = t->remote, .decode = true, .digest = t->o->verify.required};
        return http_attempt(t->http, &q, &t->comparer, &t->answer, e);
    }
    bool patches = t->verify.patching;
    struct http_request q = patches ? patch_request(&t->verify.patch) : fetch_request(&t->fetch);
    return http_attempt(t->http, &q, patches ? &t->verify.patch.receiver : &t->fetch.receiver, &t->answer, e);
}

/* How many bytes of the file are here. */
static uint64_t have_now(const struct transfer *t)
{
    if (t->verify.filling || t->verify.patching)
        return verify_right(&t->verify);
    return t->open ? spool_have(&t->fetch.spool) : 0;
}

/* After an attempt that may be repeated: waits before the next one. */
static enum outcome again(struct transfer *t, const struct err *e)
{
    uint64_t have = have_now(t);
    if (have > t->best) {
        t->best = have;
        t->failed = 0;
    }
    if (t->failed >= t->o->retries)
        return OUTCOME_FAILED;
    unsigned wait = answer_wait_seconds(&t->answer, t->failed);
    t->failed++;
    progress_clear(t->progress);
    if (!t->o->quiet)
        log_line("%s; trying again in %u s (%u of %u)", e->text, wait, t->failed, t->o->retries);
    return stop_wait(t->stop, wait * 1000) ? OUTCOME_STOPPED : OUTCOME_AGAIN;
}

/* `keeps`: what is here is compared with the list of the other file. */
static enum outcome start_over(struct transfer *t, const char *why, bool keeps, struct err *e)
{
    if (t->started_over++ == OVER_MOST) {
        err_set(e, STATUS_MISMATCH, "%s: the file changes again and again",
                escape(slice_of(t->remote->shown)).text);
        return OUTCOME_FAILED;
    }
    progress_clear(t->progress);
    if (!t->o->quiet)
        log_line("%s: %s: starting over", escape(slice_of(t->remote->shown)).text, why);
    t->fetch.started_over = true;
    t->verify.filling = t->verify.patching = t->verify.asked = false;
    t->best = 0;
    if (keeps) {
        part_forget(&t->fetch.spool.part);
        return OUTCOME_OVER;
    }
    return spool_restart(&t->fetch.spool, NULL, e) == STATUS_DONE ? OUTCOME_OVER : OUTCOME_FAILED;
}

/* All bytes came: are they right? */
static enum outcome settle(struct transfer *t, struct err *e)
{
    bool resumed = t->result->resumed_from > 0 && !t->fetch.started_over;
    switch (verify_settle(&t->verify, resumed, e)) {
    case VERIFY_DONE:
        return OUTCOME_DONE;
    case VERIFY_PATCH:
        return OUTCOME_OVER;
    case VERIFY_OVER:
        return start_over(t, "the bytes of the last run are not those of the file", false, e);
    case VERIFY_FAILED:
        break;
    case VERIFY_STOPPED:
        return OUTCOME_STOPPED;
    }
    return OUTCOME_FAILED;
}

/* After a request for pieces. What came of them counts, however it ended. */
static enum outcome weigh_patch(struct transfer *t, enum outcome outcome, struct err *e)
{
    struct patch *p = &t->verify.patch;
    struct err network = *e;
    if (p->changed)
        return start_over(t, "the file has changed", true, e);
    if (outcome != OUTCOME_DONE && outcome != OUTCOME_AGAIN)
        return outcome;
    if (outcome == OUTCOME_DONE && p->at < p->to)
        err_set(&network, STATUS_NETWORK, "%s: the connection ended before the requested bytes",
                escape(slice_of(t->remote->shown)).text);
    bool cut = outcome == OUTCOME_AGAIN || p->at < p->to;
    outcome = settle(t, e);
    if (outcome != OUTCOME_OVER || !cut)
        return outcome;
    *e = network;
    return OUTCOME_AGAIN;
}

/* The list is fetched before anything else: keeps and takes over what is right already. */
static enum outcome fill(struct transfer *t, struct err *e)
{
    AUTO_CLOSE int old = -1;
    if (t->verify.replaces)
        old = openat(t->dest.dir, t->dest.file, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    enum verified verdict = verify_fill(&t->verify, old, e);
    if (t->verify.filling) {
        t->best = t->result->resumed_from = verify_right(&t->verify);
        t->fetch.started_over = false;
        progress_set(t->progress, t->best, t->fetch.total, true);
    }
    switch (verdict) {
    case VERIFY_DONE:
        return OUTCOME_DONE;
    case VERIFY_PATCH:
    case VERIFY_OVER:
        return OUTCOME_OVER;
    case VERIFY_FAILED:
        break;
    case VERIFY_STOPPED:
        return OUTCOME_STOPPED;
    }
    return OUTCOME_FAILED;
}

/* Success of curl does not mean that the file is complete, and its failure does not mean the opposite. */
static enum outcome weigh(struct transfer *t, enum outcome outcome, struct err *e)
{
    struct fetch *f = &t->fetch;
    if (t->verify.patching)
        return weigh_patch(t, outcome, e);
    if (!t->open || (outcome != OUTCOME_DONE && outcome != OUTCOME_AGAIN))
        return outcome;
    if (spool_flush(&f->spool, false, e) != STATUS_DONE)
        return stop_asked(t->stop) ? OUTCOME_STOPPED : OUTCOME_FAILED;
    if (fetch_complete(f))
        return settle(t, e);
    if (outcome == OUTCOME_DONE && !f->totalled && f->overlap == 0)
        return settle(t, e); /* the orderly end is the only sign of the end of the file */
    if (outcome == OUTCOME_DONE)
        err_set(e, STATUS_NETWORK, "%s: the connection ended after %s of %s",
                escape(slice_of(t->remote->shown)).text, size_text(spool_have(&f->spool)).text,
                size_text(f->total).text);
    if (f->spool.kind == SPOOL_STREAM && spool_have(&f->spool) > 0 && !spool_info(&f->spool)) {
        /* Bytes that were written to a stream cannot be taken back, and nothing shows that the rest would
         * belong to the same file. */
        char why[sizeof e->text];
        snprintf(why, sizeof why, "%s", e->text);
        err_set(e, STATUS_MISMATCH,
                "%.700s; %s has taken %s and the download cannot be resumed (save it to a file instead)", why,
                f->spool.shown, size_text(spool_have(&f->spool)).text);
        return OUTCOME_FAILED;
    }
    return OUTCOME_AGAIN;
}

/* An unknown host name is hopeless at first, but a passing trouble once the server has answered. */
static bool worth_it(const struct transfer *t, enum outcome outcome, const struct err *e)
{
    return outcome == OUTCOME_FAILED && e->status == STATUS_NETWORK && t->fetch.reached &&
           t->answer.code == 0;
}

static enum outcome keep_trying(struct transfer *t, struct err *e)
{
    for (;;) {
        t->answer = (struct answer){.place = ""};
        enum outcome outcome = t->verify.first ? fill(t, e) : weigh(t, attempt(t, e), e);
        if (worth_it(t, outcome, e))
            outcome = OUTCOME_AGAIN;
        if (outcome == OUTCOME_AGAIN)
            outcome = again(t, e);
        switch (outcome) {
        case OUTCOME_OVER:
        case OUTCOME_AGAIN:
            continue;
        case OUTCOME_DONE:
        case OUTCOME_FAILED:
        case OUTCOME_STOPPED:
            return outcome;
        }
    }
}

static enum status open_spool(struct transfer *t, struct err *e)
{
    int fd;
    enum status status;
    if (t->dest.kind == DEST_STREAM) {
        status = dest_open_stream(&t->dest, t->o->out_fd, t->stop, &fd, e);
        if (status != STATUS_DONE)
            return status;
        const char *shown = t->dest.dir < 0 ? "the standard output" : t->shown;
        t->open = true;
        return spool_open_stream(&t->fetch.spool, fd, shown, t->stop, e);
    }
    status = spool_open_part(&t->fetch.spool, t->dest.dir, t->dest.file, t->remote->shown, e);
    t->open = true;
    if (status != STATUS_DONE)
        return status;
    t->verify.part = &t->fetch.spool.part;
    t->verify.replaces = t->dest.kind == DEST_FILE && !t->dest.dangling;
    t->best = t->result->resumed_from = spool_have(&t->fetch.spool);
    /* Another ferry may have finished the file while we waited for the lock. */
    status = dest_look(&t->dest, e);
    if (status == STATUS_DONE && only_compares(t)) {
        spool_close(&t->fetch.spool);
        t->open = false;
    }
    return status;
}

/* The file that is here is all that there will be. */
static enum status prove_here(struct transfer *t, const struct sha256_digest *wanted, struct err *e)
{
    switch (verify_here(&t->verify, t->dest.dir, t->dest.file, wanted, e)) {
    case VERIFY_DONE:
        t->here = true;
        return STATUS_DONE;
    case VERIFY_PATCH:
    case VERIFY_OVER:
    case VERIFY_FAILED:
        break;
    case VERIFY_STOPPED:
        return STATUS_DONE; /* the caller asks for a stop first */
    }
    return e->status;
}

static enum status prepare(struct transfer *t, struct err *e)
{
    /* With a URL and -o, saving a page may be intended. */
    if (t->remote->named != NAMED_FILE && (t->remote->literal || !t->o->out))
        return no_file_folder(t->remote, t->remote->shown, e);
    enum status status = dest_open(&t->dest, t->o->out, t->o->dir, t->remote->last, t->remote->shown, e);
    if (status != STATUS_DONE)
        return status;
    snprintf(t->result->name, sizeof t->result->name, "%s", t->dest.name);
    snprintf(t->shown, sizeof t->shown, "%s", escape(slice_of(t->dest.name)).text);
    status = taken_add(t->o->taken, &t->dest, t->remote->shown, e);
    if (status != STATUS_DONE)
        return status;
    if (!only_compares(t))
        status = open_spool(t, e);
    if (status != STATUS_DONE || !only_compares(t))
        return status;
    part_sweep(t->dest.dir, t->dest.file);
    if (t->o->verify.given)
        return prove_here(t, &t->o->verify.sha256, e);
    if (t->remote->scheme == SCHEME_PLAIN) /* its answers have neither length nor time */
        return err_set(e, STATUS_WOULD_REPLACE, "%s exists (--force replaces it)", t->shown);
    return STATUS_DONE;
}

/* "1.2 GiB of 3.4 GiB" */
static void write_amount(struct transfer *t, char *out, size_t cap)
{
    struct info *known = spool_info(&t->fetch.spool);
    bool totalled = t->fetch.totalled || (known && known->totalled);
    uint64_t total = t->fetch.totalled ? t->fetch.total : totalled ? known->total : 0;
    snprintf(out, cap, "%s%s%s", size_text(have_now(t)).text, totalled ? " of " : "",
             totalled ? size_text(total).text : "");
}

/* The transfer ends early: puts the bytes on the disk and says so. */
static void leave(struct transfer *t, bool stopped)
{
    struct spool *s = &t->fetch.spool;
    struct err ignored;
    char amount[64];
    progress_clear(t->progress);
    if (!t->open || have_now(t) == 0) {
        if (stopped)
            log_line("stopped before the first byte");
        return;
    }
    bool part = s->kind == SPOOL_PART;
    if (part || !stopped) /* a stream that nobody reads must not delay the end */
        spool_flush(s, false, &ignored);
    bool kept = part && (s->part.resumable || s->part.patched);
    if (kept)
        part_sync(&s->part, &ignored);
    write_amount(t, amount, sizeof amount);
    if (stopped && kept)
        log_line("stopped at %s; run the same command again to go on", amount);
    else if (stopped)
        log_line("stopped at %s; this download cannot be resumed%s", amount,
                 part ? ", so nothing is kept" : "");
    else if (kept)
        log_line("%s: %s are kept in %s; run the same command again to go on", t->shown, amount,
                 escape(slice_of(s->part.claim.part)).text);
}

/* "verified sha-256, 4,096 pieces (1 was wrong and fetched again)" */
static void write_proof(const struct transfer *t, char *out, size_t cap)
{
    const struct transfer_result *r = t->result;
    int n = snprintf(out, cap, "%s", r->proved == PROVED_NOTHING ? "unverified" : "verified sha-256");
    if (r->proved == PROVED_PIECES)
        n += snprintf(out + n, cap - (size_t)n, ", %s piece%s", count_text(r->pieces).text,
                      r->pieces == 1 ? "" : "s");
    if (r->again > 0)
        snprintf(out + n, cap - (size_t)n, " (%s %s wrong and fetched again)", count_text(r->again).text,
                 r->again == 1 ? "was" : "were");
}

static void say_done(struct transfer *t)
{
    const struct transfer_result *r = t->result;
    uint64_t fresh = r->bytes - r->resumed_from;
    char resumed[64] = "", proof[128];
    progress_clear(t->progress);
    /* The reader of a stream sees for itself that it came. */
    if (t->o->quiet || (t->open && t->fetch.spool.kind == SPOOL_STREAM))
        return;
    if (r->bytes == 0) { /* some plain servers fail this way, so it is worth a message */
        log_line("%s: 0 bytes", t->shown);
        return;
    }
    write_proof(t, proof, sizeof proof);
    if (r->resumed_from > 0)
        snprintf(resumed, sizeof resumed, ", %s of them were here already", size_text(r->resumed_from).text);
    log_line("%s: %s in %" PRIu64 ".%" PRIu64 " s, %s/s%s, %s", t->shown, size_text(r->bytes).text,
             r->ms / 1000, r->ms % 1000 / 100, size_text(fresh * 1000 / (r->ms ? r->ms : 1)).text, resumed,
             proof);
}

static enum status finish(struct transfer *t, uint64_t began, struct err *e)
{
    struct transfer_result *r = t->result;
    if (!t->open) { /* the file here was the same */
        r->bytes = t->dest.size;
        if (t->o->verify.required && !t->here) {
            if (!t->answer.digested)
                return err_set(
                    e, STATUS_MISMATCH,
                    "%s is already here, same size and time, but nothing proves it (--force fetches it "
                    "again, --sha256 HEX names its SHA-256)",
                    t->shown);
            if (prove_here(t, &t->answer.digest, e) != STATUS_DONE)
                return e->status;
        }
        r->proved = t->verify.proved;
        if (!t->o->quiet)
            log_line("%s: already here, %s", t->shown, t->here ? "verified sha-256" : "same size and time");
        return STATUS_DONE;
    }
    r->bytes = spool_have(&t->fetch.spool);
    r->proved = t->verify.proved;
    if (r->proved == PROVED_PIECES) {
        r->pieces = proof_pieces(t->verify.proof);
        r->again = t->verify.patch.again;
    }
    if (t->fetch.started_over)
        r->resumed_from = 0;
    if (t->o->size && *t->o->size != r->bytes)
        return err_set(e, STATUS_MISMATCH, "%s: it has changed on the server: it has %s now, not %s",
                       t->shown, size_text(r->bytes).text, size_text(*t->o->size).text);
    if (t->fetch.spool.kind == SPOOL_PART) {
        struct part_marks marks = {.timed = t->fetch.modified != 0, .modified.tv_sec = t->fetch.modified};
        enum status status =
            part_finish(&t->fetch.spool.part, t->o->marks ? t->o->marks : &marks, t->o->force, e);
        if (status != STATUS_DONE)
            return status;
    }
    r->ms = clock_ms() - began;
    say_done(t);
    return STATUS_DONE;
}

static void start(struct transfer *t)
{
    t->dest.dir = -1;
    t->comparer = (struct receiver){.begin = compare_begin, .take = compare_take, .idle = compare_idle};
    t->fetch.receiver = (struct receiver){.begin = fetch_begin, .take = fetch_take, .idle = fetch_idle};
    t->fetch.progress = t->progress;
    t->fetch.stop = t->stop;
    t->fetch.remote = t->remote;
    t->fetch.verify = &t->verify;
    t->verify = (struct verify){
        .o = &t->o->verify, .net = &t->o->net, .stop = t->stop, .progress = t->progress, .remote = t->remote};
}

static void conclude(struct transfer *t, enum outcome outcome, uint64_t began, struct err *e)
{
    struct transfer_result *r = t->result;
    if (outcome == OUTCOME_DONE) {
        r->status = finish(t, began, e);
        if (r->status == STATUS_LOCAL_DISK)
            leave(t, false);
    } else {
        r->stopped = outcome == OUTCOME_STOPPED;
        r->status = r->stopped ? STATUS_FAILED : e->status;
        if (r->stopped)
            err_set(e, STATUS_FAILED, "stopped by a signal");
        leave(t, r->stopped);
        r->bytes = have_now(t);
    }
}

void transfer_run(const struct remote *remote, const struct transfer_options *o, struct http *http,
                  struct stop *stop, struct progress *progress, struct transfer_result *ret)
{
    uint64_t began = clock_ms();
    *ret = (struct transfer_result){.status = STATUS_DONE};
    /* Holds URLs and heads, and is too large for the stack. */
    AUTO_FREE struct transfer *t = calloc(1, sizeof *t);
    if (!t) {
        ret->status = err_set(&ret->err, STATUS_FAILED, "out of memory");
        return;
    }
    *t = (struct transfer){
        .remote = remote, .o = o, .http = http, .stop = stop, .progress = progress, .result = ret};
    start(t);
    ret->status = prepare(t, &ret->err);
    if (stop_asked(stop)) {
        conclude(t, OUTCOME_STOPPED, began, &ret->err);
    } else if (ret->status == STATUS_DONE) {
        /* "-" would say nothing. */
        progress_begin(progress,
                       t->dest.dir < 0 && remote->last[0] ? escape(slice_of(remote->last)).text : t->shown);
        conclude(t, t->here ? OUTCOME_DONE : keep_trying(t, &ret->err), began, &ret->err);
    }
    progress_clear(progress);
    ret->ms = clock_ms() - began;
    ret->code = t->answer.code;
    verify_end(&t->verify);
    if (t->open)
        spool_close(&t->fetch.spool);
    dest_close(&t->dest);
}
