/* How a download is proved: by the list of its pieces, by the digest of the whole, or not at all. */
#include "client/verify.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "client/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

/* Pieces as ferry's own lists have them, so that hashing can begin before the list is here. */
#define PIECE_BYTES ((uint64_t)1 << 20)
#define BIG_PIECE_BYTES ((uint64_t)4 << 20)
#define BIG_FROM ((uint64_t)16 << 30)
/* When nothing is left to do but to wait for the list, it may be silent for so long, */
#define SILENCE_MOST_MS 10000
/* and take so long in all: a server may compute it meanwhile. */
#define WAIT_MOST_MS 300000
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
    v->running = v->listed = v->first = v->filling = v->patching = false;
    v->awaited_at = 0;
}

static bool wants_list(const struct verify *v, const struct answer *a)
{
    /* Of a single piece, the digest of the whole says as much. */
    return a->described_by[0] && !a->decoded && v->sized && (v->total > PIECE_BYTES || !v->digested);
}

/* What the head says of the file, and asks for the list. */
static void read_head(struct verify *v, const struct answer *a, const uint64_t *total)
{
    struct err why;
    forget(v);
    v->sized = total != NULL;
    v->total = total ? *total : 0;
    v->digested = a->digested && !a->decoded;
    v->digest = a->digest;
    snprintf(v->etag, sizeof v->etag, "%s", a->etags == 1 && a->etag[0] == '"' ? a->etag : "");
    if (!wants_list(v, a))
        return;
    v->list = piece_list_start(v->net, a, &why);
    if (!v->list)
        complain(v, why.text);
}

bool verify_first(struct verify *v, const struct answer *a)
{
    uint64_t total;
    bool here = v->part && (v->part->found > 0 || v->replaces);
    if (v->asked || !here || !a->described_by[0] || a->decoded || !answer_total(a, &total) ||
        total <= PIECE_BYTES)
        return false;
    v->asked = true;
    read_head(v, a, &total);
    v->first = v->list;
    return v->first;
}

enum status verify_head(struct verify *v, const struct answer *a, bool whole, const uint64_t *total,
                        struct err *e)
{
    if (v->begun && !whole)
        return STATUS_DONE;
    read_head(v, a, total);
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
        complain(v, "it is for a file with another SHA-256");
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

static bool is_late(struct verify *v, uint64_t most_ms)
{
    uint64_t now = clock_ms(), heard = piece_list_heard_at(v->list), silence = v->net->timeout_s * 1000ull;
    v->awaited_at = v->awaited_at ? v->awaited_at : now;
    uint64_t since = heard > v->awaited_at ? heard : v->awaited_at;
    return now >= since + (silence < SILENCE_MOST_MS ? silence : SILENCE_MOST_MS) ||
           now >= v->awaited_at + most_ms;
}

/* False if a stop was asked for. If the list does not come in time, it is given up. */
static bool wait_for_list(struct verify *v, uint64_t most_ms)
{
    while (v->list && !v->listed) {
        if (stop_asked(v->stop))
            return false;
        look_for_list(v, TURN_MS);
        if (!v->list || v->listed || !is_late(v, most_ms))
            continue;
        if (!v->first) /* otherwise it is asked for again, beside the bytes */
            complain(v, "it does not come in time");
        piece_list_free(TAKE_PTR(v->list));
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
            escape(slice_of(v->remote->shown)).text, one, other, v->o->given ? v->o->by : "the server says");
    if (v->part) {
        part_doubt(v->part);
        v->part->patched = false;
    }
    return resumed && !v->listed ? VERIFY_OVER : VERIFY_FAILED;
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
                                  .total = v->total,
                                  .etag = v->etag};
        if (patch_begin(&v->patch, e) != STATUS_DONE)
            return VERIFY_FAILED;
    }
    switch (patch_next(&v->patch, e)) {
    case PATCH_WHOLE:
        v->proved = PROVED_PIECES;
        proof_front(v->proof, v->total);
        return VERIFY_DONE;
    case PATCH_RUN:
        v->patching = true;
        if (!v->part->patched && part_patch(v->part, v->total, e) != STATUS_DONE)
            return VERIFY_FAILED;
        return VERIFY_PATCH;
    case PATCH_SPENT:
        break;
    }
    /* If the whole is right all the same, it is the list that is wrong. */
    v->listed = false;
    enum verified whole = v->digested || v->o->given ? settle_whole(v, false, &why) : VERIFY_FAILED;
    v->part->patched = true; /* the other pieces stay worth something */
    if (whole != VERIFY_DONE)
        return whole;
    complain(v, "the SHA-256 of the whole file is right, and that of a piece is not");
    return VERIFY_DONE;
}

enum verified verify_settle(struct verify *v, bool resumed, struct err *e)
{
    v->patching = false;
    v->proved = PROVED_NOTHING;
    if (!wait_for_list(v, WAIT_MOST_MS))
        return VERIFY_STOPPED;
    if (v->proof) {
        if (!v->filling)
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

/* Takes every piece that is not right in the part and is right in `old`. It is hashed once more where it is
 * then. */
static enum verified take_over(struct verify *v, int old, struct err *e)
{
    struct stat st;
    const struct metalink *m = piece_list_get(v->list);
    struct proof *mine = v->proof, *theirs = proof_new(old);
    if (!theirs || fstat(old, &st) < 0 || !proof_restart(theirs, v->total, m->piece_len) ||
        !proof_compare(theirs, m->piece_len, m->digests)) {
        proof_free(theirs);
        return VERIFY_DONE; /* all of it is fetched */
    }
    v->proof = theirs;
    proof_front(theirs, (uint64_t)st.st_size < v->total ? (uint64_t)st.st_size : v->total);
    bool hashed = hash_all(v);
    v->proof = mine;
    int why = 0;
    for (size_t i = 0; i < m->pieces && hashed && !why; i++) {
        uint64_t at = i * m->piece_len, left = v->total - at;
        if (proof_piece(mine, i) == PIECE_RIGHT || proof_piece(theirs, i) != PIECE_RIGHT)
            continue;
        why = disk_copy(old, v->part->fd, at, left < m->piece_len ? left : m->piece_len);
        if (!why)
            proof_here(mine, i);
        hashed = !stop_asked(v->stop);
    }
    proof_free(theirs);
    if (why == ENOSPC || why == EDQUOT || why == EFBIG) {
        disk_error(e, v->part->fd, v->part->claim.part, "write", why, 0);
        return VERIFY_FAILED;
    }
    return hashed ? VERIFY_DONE : VERIFY_STOPPED;
}

/* Whether the part is right as far as it goes, so that only its end is missing. */
static bool is_right_so_far(struct verify *v)
{
    if (!v->part->resumable || v->part->found > v->part->len || v->part->len >= v->total)
        return false;
    for (size_t i = 0; i < v->part->len / proof_piece_len(v->proof); i++)
        if (proof_piece(v->proof, i) != PIECE_RIGHT)
            return false;
    return true;
}

enum verified verify_fill(struct verify *v, int old, struct err *e)
{
    v->proof = proof_new(v->part->fd);
    if (!v->proof ||
        !proof_restart(v->proof, v->total, v->total < BIG_FROM ? PIECE_BYTES : BIG_PIECE_BYTES)) {
        err_set(e, STATUS_FAILED, "out of memory");
        return VERIFY_FAILED;
    }
    proof_front(v->proof, v->part->found < v->total ? v->part->found : v->total);
    /* What can be gone on with needs no list. */
    bool can_go_on = v->part->resumable && v->part->found == v->part->len && old < 0;
    if (!wait_for_list(v, can_go_on ? SILENCE_MOST_MS : WAIT_MOST_MS))
        return VERIFY_STOPPED;
    v->first = false;
    if (!v->listed) {
        v->begun = false;
        return VERIFY_OVER;
    }
    if (!hash_all(v))
        return VERIFY_STOPPED;
    if (old < 0 && is_right_so_far(v))
        return VERIFY_OVER;
    v->filling = true;
    if (part_patch(v->part, v->total, e) != STATUS_DONE)
        return VERIFY_FAILED;
    enum verified verdict = old < 0 || proof_missing(v->proof) == 0 ? VERIFY_DONE : take_over(v, old, e);
    return verdict == VERIFY_DONE ? verify_settle(v, false, e) : verdict;
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
