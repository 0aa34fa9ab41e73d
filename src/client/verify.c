/* How a download is proved: by the list of its pieces, by the digest of the whole, or not at all. */
#include "client/verify.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

/* Pieces as ferry's own lists have them, so that hashing can begin before the list is here. */
#define PIECE_BYTES ((uint64_t)1 << 20)
#define BIG_PIECE_BYTES ((uint64_t)4 << 20)
#define BIG_FROM ((uint64_t)16 << 30)
/* The list may come this much later than the last byte of the file. */
#define LATE_MOST_MS 10000
/* More than this is not left behind the network: this thread helps with the hashing then. */
#define LAG_MAX (64u << 20)
/* How often a stop is looked for. */
#define TURN_MS 100

static void complain(struct verify *v, const char *why)
{
    progress_clear(v->progress);
    if (!v->progress->quiet)
        log_line("%s: the server's list of hashes is of no use: %s", escape(slice_of(v->remote->shown)).text,
                 why);
    piece_list_free(TAKE_PTR(v->list));
}

void verify_end(struct verify *v)
{
    patch_end(&v->patch);
    proof_free(TAKE_PTR(v->proof));
    piece_list_free(TAKE_PTR(v->list));
}

static void forget(struct verify *v)
{
    verify_end(v);
    v->begun = true;
    v->running = v->listed = v->patching = false;
    v->late_at = 0;
}

static bool wants_list(const struct verify *v, const struct answer *a)
{
    /* Of a single piece, the digest of the whole says as much. */
    return a->described_by[0] && !a->decoded && v->sized && (v->total > PIECE_BYTES || !v->digested);
}

enum status verify_head(struct verify *v, const struct answer *a, bool whole, const uint64_t *total,
                        struct err *e)
{
    struct err why;
    if (v->begun && !whole)
        return STATUS_DONE;
    forget(v);
    v->sized = total != NULL;
    v->total = total ? *total : 0;
    v->digested = a->digested && !a->decoded;
    v->digest = a->digest;
    if (wants_list(v, a)) {
        v->list = piece_list_start(v->net, a, &why);
        if (!v->list)
            complain(v, why.text);
    }
    bool hashes = v->list || v->digested || v->o->given;
    if (!v->part || !hashes) {
        v->running = hashes;
        sha256_begin(&v->hash);
        return STATUS_DONE;
    }
    v->proof = proof_new(v->part->fd);
    if (!v->proof || !proof_restart(v->proof, v->total,
                                    !v->list              ? 0
                                    : v->total < BIG_FROM ? PIECE_BYTES
                                                          : BIG_PIECE_BYTES))
        return err_set(e, STATUS_FAILED, "out of memory");
    if (v->o->given || !v->list)
        proof_whole(v->proof);
    return STATUS_DONE;
}

/* The list is here. */
static void adopt(struct verify *v)
{
    const struct metalink *m = piece_list_get(v->list);
    char why[128];
    if (m->sized && m->size != v->total) {
        snprintf(why, sizeof why, "it is for a file of %s", size_text(m->size).text);
        complain(v, why);
    } else if (m->hashed && v->digested && !sha256_eq(&m->whole, &v->digest)) {
        complain(v, "it is for another version of the file");
    } else if (m->hashed && v->o->given && !sha256_eq(&m->whole, &v->o->sha256)) {
        complain(v, "it is for a file with another SHA-256 than --sha256 has");
    } else if (v->part && m->piece_len > 0) {
        v->listed = proof_compare(v->proof, m->piece_len, m->digests);
        if (!v->listed)
            complain(v, "it takes more memory than there is");
    } else if (m->hashed) {
        v->digested = true;
        v->digest = m->whole;
        piece_list_free(TAKE_PTR(v->list));
    } else {
        complain(v, "it has no SHA-256");
    }
}

/* Takes the list if it comes within `ms`. */
static void look_for_list(struct verify *v, unsigned ms)
{
    if (!v->list || v->listed)
        return;
    switch (piece_list_wait(v->list, ms, v->stop)) {
    case LISTED_COMING:
        break;
    case LISTED_GOOD:
        adopt(v);
        break;
    case LISTED_BAD:
        complain(v, piece_list_why(v->list));
        break;
    }
}

void verify_part(struct verify *v)
{
    if (!v->proof)
        return;
    proof_front(v->proof, v->part->len);
    look_for_list(v, 0);
    while (proof_lag(v->proof) > LAG_MAX && proof_turn(v->proof))
        continue;
}

void verify_stream(struct verify *v, struct slice bytes)
{
    if (v->running)
        sha256_add(&v->hash, bytes);
}

/* False if a stop was asked for. */
static bool hash_all(struct verify *v)
{
    while (!stop_asked(v->stop))
        if (!proof_turn(v->proof) && proof_wait(v->proof, TURN_MS))
            return true;
    return false;
}

static bool wait_for_list(struct verify *v)
{
    uint64_t late = v->net->timeout_s * 1000ull < LATE_MOST_MS ? v->net->timeout_s * 1000ull : LATE_MOST_MS;
    if (v->late_at == 0)
        v->late_at = clock_ms() + late;
    while (v->list && !v->listed) {
        if (stop_asked(v->stop))
            return false;
        look_for_list(v, TURN_MS);
        if (v->list && !v->listed && clock_ms() >= v->late_at)
            complain(v, "it does not come in time");
    }
    return true;
}

static enum verified wrong_whole(struct verify *v, const struct sha256_digest *is,
                                 const struct sha256_digest *wanted, bool resumed, struct err *e)
{
    char one[SHA256_HEX_BYTES + 1], other[SHA256_HEX_BYTES + 1];
    sha256_to_hex(is, one);
    sha256_to_hex(wanted, other);
    err_set(e, STATUS_MISMATCH, "%s: its SHA-256 is %s, not %s, as %s",
            escape(slice_of(v->remote->shown)).text, one, other,
            v->o->given ? "--sha256 has it" : "the server says");
    if (v->part)
        part_doubt(v->part);
    return resumed ? VERIFY_OVER : VERIFY_FAILED;
}

static enum verified unreadable(const struct verify *v, struct err *e)
{
    err_set(e, STATUS_LOCAL_DISK, "cannot read %s: %s", escape(slice_of(v->part->claim.part)).text,
            strerror(proof_errno(v->proof)));
    return VERIFY_FAILED;
}

/* Compares the whole with a digest, if there is one. */
static enum verified settle_whole(struct verify *v, bool resumed, struct err *e)
{
    struct sha256_digest is;
    const struct sha256_digest *wanted = v->o->given                 ? &v->o->sha256
                                         : v->digested && !v->listed ? &v->digest
                                                                     : NULL;
    if (!wanted)
        return VERIFY_DONE;
    if (v->part) {
        proof_whole(v->proof);
        if (!hash_all(v))
            return VERIFY_STOPPED;
        if (proof_errno(v->proof))
            return unreadable(v, e);
        is = proof_digest(v->proof);
    } else {
        is = sha256_end(&v->hash);
    }
    if (!sha256_eq(&is, wanted))
        return wrong_whole(v, &is, wanted, resumed, e);
    v->proved = v->proved == PROVED_NOTHING ? PROVED_WHOLE : v->proved;
    return VERIFY_DONE;
}

/* Compares the pieces with the list. */
static enum verified settle_pieces(struct verify *v, struct err *e)
{
    struct err why;
    if (!v->patch.block) {
        v->patch = (struct patch){.part = v->part,
                                  .proof = v->proof,
                                  .progress = v->progress,
                                  .stop = v->stop,
                                  .remote = v->remote,
                                  .total = v->total};
        if (patch_begin(&v->patch, e) != STATUS_DONE)
            return VERIFY_FAILED;
    }
    switch (patch_next(&v->patch, e)) {
    case PATCH_WHOLE:
        v->proved = PROVED_PIECES;
        return VERIFY_DONE;
    case PATCH_RUN:
        v->patching = true;
        part_doubt(v->part);
        return VERIFY_PATCH;
    case PATCH_SPENT:
        break;
    }
    /* If the whole is right all the same, it is the list that is wrong. */
    v->listed = false;
    if ((!v->digested && !v->o->given) || settle_whole(v, false, &why) != VERIFY_DONE)
        return VERIFY_FAILED;
    complain(v, "the SHA-256 of the whole file is right, and that of a piece is not");
    return VERIFY_DONE;
}

enum verified verify_settle(struct verify *v, bool resumed, struct err *e)
{
    v->patching = false;
    v->proved = PROVED_NOTHING;
    if (!wait_for_list(v))
        return VERIFY_STOPPED;
    if (v->proof) {
        proof_front(v->proof, v->part->len);
        if (!hash_all(v))
            return VERIFY_STOPPED;
        if (proof_errno(v->proof))
            return unreadable(v, e);
    }
    enum verified verdict = v->listed ? settle_pieces(v, e) : VERIFY_DONE;
    if (verdict == VERIFY_DONE)
        verdict = settle_whole(v, resumed, e);
    if (verdict == VERIFY_DONE && v->proved == PROVED_NOTHING && v->o->required) {
        err_set(e, STATUS_MISMATCH,
                "%s: nothing proves it: the server gives no SHA-256 (--sha256 HEX names it)",
                escape(slice_of(v->remote->shown)).text);
        return VERIFY_FAILED;
    }
    return verdict;
}

enum verified verify_here(struct verify *v, int dir, const char *name, const struct sha256_digest *wanted,
                          struct err *e)
{
    struct stat st;
    char hex[SHA256_HEX_BYTES + 1];
    AUTO_CLOSE int fd = openat(dir, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0) {
        err_set(e, STATUS_LOCAL_DISK, "cannot read %s: %s", escape(slice_of(name)).text, strerror(errno));
        return VERIFY_FAILED;
    }
    v->proof = proof_new(fd);
    if (!v->proof || !proof_restart(v->proof, (uint64_t)st.st_size, 0)) {
        err_set(e, STATUS_FAILED, "out of memory");
        return VERIFY_FAILED;
    }
    proof_whole(v->proof);
    proof_front(v->proof, (uint64_t)st.st_size);
    bool hashed = hash_all(v);
    struct sha256_digest is = proof_digest(v->proof);
    int why = proof_errno(v->proof);
    proof_free(TAKE_PTR(v->proof));
    if (!hashed)
        return VERIFY_STOPPED;
    sha256_to_hex(&is, hex);
    if (why)
        err_set(e, STATUS_LOCAL_DISK, "cannot read %s: %s", escape(slice_of(name)).text, strerror(why));
    else if (!sha256_eq(&is, wanted))
        err_set(e, STATUS_WOULD_REPLACE, "%s exists, and its SHA-256 is %s (--force replaces it)",
                escape(slice_of(name)).text, hex);
    else
        v->proved = PROVED_WHOLE;
    return v->proved == PROVED_WHOLE ? VERIFY_DONE : VERIFY_FAILED;
}

uint64_t verify_right(const struct verify *v)
{
    return v->total - proof_missing(v->proof);
}
