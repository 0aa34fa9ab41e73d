/* Fills a spool from answers: judges the head of an answer, then takes its bytes. */
#include "client/fetch.h"

#include "base/list.h"
#include "base/log.h"
#include "base/text.h"
#include "client/no_file.h"

#include <stdio.h>

static struct fetch *fetch_of(struct receiver *r)
{
    return container_of(r, struct fetch, receiver);
}

/* Ends the attempt with receiver.err, or as stopped if there was a signal. */
static bool fail(struct fetch *f)
{
    f->receiver.outcome = stop_asked(f->stop) ? OUTCOME_STOPPED : OUTCOME_FAILED;
    return false;
}

static void say(struct fetch *f, const char *what)
{
    progress_clear(f->progress);
    if (!f->progress->quiet)
        log_line("%s: %s", escape(slice_of(f->remote->shown)).text, what);
}

struct http_request fetch_request(struct fetch *f)
{
    struct http_request q = {.remote = f->remote, .decode = f->decode, .digest = true};
    struct info *known = spool_info(&f->spool);
    uint64_t have = spool_have(&f->spool);
    f->asked = (struct asked){.from = 0};
    /* With a single byte there is nothing to compare, so everything is requested. */
    if (!known || have < 2 || f->decode || f->remote->scheme == SCHEME_PLAIN)
        return q;
    /* Also if all bytes are here, and only a kill kept the file from its name. */
    q.from = have > FETCH_OVERLAP ? have - FETCH_OVERLAP : 1;
    q.if_range = f->bare ? NULL : known->validator;
    f->asked = (struct asked){q.from, have, known->validator, known->place, known->totalled, known->total};
    return q;
}

/* Collects what is needed to resume later; false if resuming would not be safe. */
static bool describe(const struct fetch *f, const struct answer *a, struct info *ret)
{
    *ret = (struct info){.totalled = f->totalled, .total = f->total};
    if (f->remote->scheme == SCHEME_PLAIN || a->decoded || strlen(f->remote->shown) >= sizeof ret->url ||
        strlen(a->place) >= sizeof ret->place)
        return false;
    snprintf(ret->url, sizeof ret->url, "%s", f->remote->shown);
    snprintf(ret->place, sizeof ret->place, "%s", a->place);
    return answer_validator(a, ret->validator);
}

static bool begin_whole(struct fetch *f, const struct answer *a)
{
    struct err *e = &f->receiver.err;
    struct info info;
    if (a->code != 200 && a->code != 203) {
        err_set(e, STATUS_NETWORK, "%s: the server answers with HTTP %d, which carries no file",
                escape(slice_of(f->remote->shown)).text, a->code);
        return fail(f);
    }
    if (spool_have(&f->spool) > 0) {
        if (f->asked.from > 0 && f->spool.kind == SPOOL_PART)
            say(f, "the file has changed, or the server cannot go on: starting over");
        f->started_over = true;
    }
    f->totalled = answer_total(a, &f->total);
    if (!f->totalled && f->asked.totalled && f->asked.validator[0] == '"' &&
        answer_same_version(a, &f->asked)) {
        /* The answer has no length; but its tag is that of a file of this length. */
        f->totalled = true;
        f->total = f->asked.total;
    }
    f->bounded = f->totalled;
    f->left = f->total;
    f->overlap = 0;
    f->modified = a->modified;
    bool known = describe(f, a, &info);
    if (spool_restart(&f->spool, known ? &info : NULL, e) != STATUS_DONE ||
        verify_head(f->verify, a, true, f->totalled ? &f->total : NULL, e) != STATUS_DONE)
        return fail(f);
    return true;
}

static bool begin_rest(struct fetch *f, const struct answer *a)
{
    if (f->spool.kind == SPOOL_PART && part_trust(&f->spool.part, &f->receiver.err) != STATUS_DONE)
        return fail(f);
    f->overlap = spool_have(&f->spool) - a->first;
    f->left = a->last - a->first + 1;
    f->bounded = true;
    f->totalled = answer_total(a, &f->total);
    if (a->modified != 0)
        f->modified = a->modified;
    struct info *known = spool_info(&f->spool);
    if (f->totalled && !known->totalled) {
        known->totalled = true;
        known->total = f->total;
    }
    return verify_head(f->verify, a, false, f->totalled ? &f->total : NULL, &f->receiver.err) ==
               STATUS_DONE ||
           fail(f);
}

/* The answer neither continues the bytes that are here nor is the whole file: nothing of it is used. */
static bool begin_over(struct fetch *f)
{
    f->receiver.outcome = OUTCOME_OVER;
    f->started_over = true;
    if (f->asked.from == 0) {
        err_set(&f->receiver.err, STATUS_NETWORK,
                "%s: the server sends a part although the whole file was requested",
                escape(slice_of(f->remote->shown)).text);
        return fail(f);
    }
    if (f->verify->listed) {
        /* Its pieces tell what of it can stay. */
        part_forget(&f->spool.part);
        f->verify->asked = false;
        return false;
    }
    say(f, "the server has a different file now: starting over");
    if (spool_restart(&f->spool, NULL, &f->receiver.err) != STATUS_DONE)
        return fail(f);
    return false;
}

/* The bytes that are here stay: they may be right, and the server may answer better another time. */
static bool begin_none(struct fetch *f, const struct answer *a)
{
    err_set(
        &f->receiver.err, STATUS_MISMATCH,
        "%s: the answer contradicts itself: HTTP %d means the whole file, its fields say that it is a part%s",
        escape(slice_of(f->remote->shown)).text, a->code,
        f->asked.from > 0 && f->spool.kind == SPOOL_PART ? " (remove the .part file to start over)" : "");
    return fail(f);
}

/* Nothing of this answer is used, and the bytes that are here stay; the next request is a different one. */
static bool ask_again(struct fetch *f, bool *how)
{
    *how = true;
    f->receiver.outcome = OUTCOME_OVER;
    return false;
}

/* The whole file, with the very tag of If-Range: some servers accept only dates there. Without If-Range
 * they send the range, and its tag shows the version just as well. */
static bool misread_if_range(const struct fetch *f, const struct answer *a)
{
    return !f->bare && f->asked.from > 0 && f->asked.validator[0] == '"' && answer_same_version(a, &f->asked);
}

/* The same; but what is here is compared with the list first. */
static bool ask_for_list(struct fetch *f, const struct answer *a)
{
    f->totalled = answer_total(a, &f->total);
    f->modified = a->modified;
    f->receiver.outcome = OUTCOME_OVER;
    return false;
}

bool fetch_begin(struct receiver *r, const struct answer *a)
{
    struct fetch *f = fetch_of(r);
    f->reached = true;
    if (no_file_listing(f->remote, a, &r->err))
        return fail(f);
    if (!f->decode && answer_is_coded(a, slice_of(f->remote->last)))
        return ask_again(f, &f->decode);
    if (a->decoded && !answer_ends(a)) {
        /* libcurl takes any end of the connection for the end of the compressed data. */
        err_set(
            &r->err, STATUS_MISMATCH,
            "%s: the server compresses the file although it was asked not to, and does not say where it ends",
            escape(slice_of(f->remote->shown)).text);
        return fail(f);
    }
    if (verify_first(f->verify, a))
        return ask_for_list(f, a);
    switch (answer_fit(a, &f->asked)) {
    case FIT_GO_ON:
        if (!begin_rest(f, a))
            return false;
        break;
    case FIT_WHOLE:
        if (misread_if_range(f, a))
            return ask_again(f, &f->bare);
        if (!begin_whole(f, a))
            return false;
        break;
    case FIT_NOT_AT_ALL:
        return begin_over(f);
    case FIT_NONSENSE:
        return begin_none(f, a);
    }
    progress_set(f->progress, spool_have(&f->spool), f->total, f->totalled);
    if (f->totalled && f->spool.kind == SPOOL_PART &&
        part_reserve(&f->spool.part, f->total, &r->err) != STATUS_DONE)
        return fail(f);
    return true;
}

bool fetch_take(struct receiver *r, struct slice piece)
{
    struct fetch *f = fetch_of(r);
    if (f->bounded && piece.n > f->left) {
        err_set(&r->err, STATUS_MISMATCH, "%s: the server sends more bytes than it announced",
                escape(slice_of(f->remote->shown)).text);
        if (f->spool.kind == SPOOL_PART)
            spool_restart(&f->spool, NULL, &(struct err){.status = STATUS_DONE});
        return fail(f);
    }
    f->left -= f->bounded ? piece.n : 0;
    if (f->overlap > 0) {
        struct slice again = {piece.p, piece.n < f->overlap ? piece.n : (size_t)f->overlap};
        if (!spool_holds(&f->spool, spool_have(&f->spool) - f->overlap, again))
            return begin_over(f);
        f->overlap -= again.n;
        piece = slice_from(piece, again.n);
    }
    if (piece.n > 0 && spool_add(&f->spool, piece, &r->err) != STATUS_DONE)
        return fail(f);
    if (f->spool.kind == SPOOL_PART)
        verify_part(f->verify);
    else
        verify_stream(f->verify, piece);
    progress_update(f->progress, spool_have(&f->spool));
    return true;
}

bool fetch_idle(struct receiver *r)
{
    struct fetch *f = fetch_of(r);
    if (spool_flush(&f->spool, true, &r->err) != STATUS_DONE)
        return fail(f);
    if (f->spool.kind == SPOOL_PART)
        verify_part(f->verify);
    progress_update(f->progress, spool_have(&f->spool));
    return true;
}

bool fetch_complete(const struct fetch *f)
{
    return f->totalled && f->overlap == 0 && spool_have(&f->spool) == f->total;
}
