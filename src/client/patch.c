/* Fills the gaps of a part file. */
#include "client/patch.h"

#include "base/cleanup.h"
#include "base/list.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>

#define TRIES_MAX 3
#define BLOCK_BYTES (256u << 10)
/* Right pieces between two others are fetched along, if they are no more than this: a request costs a round
 * trip. */
#define GAP_BYTES (1u << 20)
/* Of wrong pieces, so many bytes are fetched again at a time: where the list is wrong, all of them are. */
#define WRONG_RUN_BYTES (16u << 20)
/* How many wrong places a message names. */
#define NAMED_MAX 4

static struct patch *patch_of(struct receiver *r)
{
    return container_of(r, struct patch, receiver);
}

static uint64_t end_of(const struct patch *p, size_t i)
{
    uint64_t end = (i + 1) * proof_piece_len(p->proof);
    return end < p->total ? end : p->total;
}

static void spent(struct patch *p, struct err *e)
{
    char places[256] = "";
    size_t wrong = 0, len = 0;
    for (size_t i = 0; i < proof_pieces(p->proof); i++) {
        if (proof_piece(p->proof, i) != PIECE_WRONG)
            continue;
        if (wrong < NAMED_MAX)
            len += (size_t)snprintf(places + len, sizeof places - len, "%s%" PRIu64 "-%" PRIu64,
                                    wrong ? ", " : "", i * proof_piece_len(p->proof), end_of(p, i) - 1);
        wrong++;
    }
    err_set(e, STATUS_MISMATCH,
            "%s: %zu %s not what the server's list of hashes promises, also after %d more tries: bytes %s%s",
            escape(slice_of(p->remote->shown)).text, wrong, wrong == 1 ? "piece is" : "pieces are", TRIES_MAX,
            places, wrong > NAMED_MAX ? " and more" : "");
}

/* The pieces from i on that are fetched in one request: returns the one after the last. */
static size_t run_from(const struct patch *p, size_t i)
{
    uint64_t len = proof_piece_len(p->proof);
    bool wrong = proof_piece(p->proof, i) == PIECE_WRONG;
    size_t gap_most = (size_t)(GAP_BYTES / len), most = (size_t)(WRONG_RUN_BYTES / len), end = i + 1;
    for (size_t k = i + 1; k < proof_pieces(p->proof) && k - end <= gap_most; k++) {
        if (wrong && k - i >= most)
            break;
        if (proof_piece(p->proof, k) != PIECE_RIGHT)
            end = k + 1;
    }
    return end;
}

enum patch_next patch_next(struct patch *p, struct err *e)
{
    size_t n = proof_pieces(p->proof);
    while (p->first < n && proof_piece(p->proof, p->first) == PIECE_RIGHT)
        p->first++;
    if (p->first == n)
        return PATCH_WHOLE;
    size_t end = run_from(p, p->first);
    for (size_t i = p->first; i < end; i++) {
        if (p->tries[i] < TRIES_MAX || proof_piece(p->proof, i) != PIECE_WRONG)
            continue;
        spent(p, e);
        return PATCH_SPENT;
    }
    p->from = p->first * proof_piece_len(p->proof);
    p->to = end_of(p, end - 1);
    return PATCH_RUN;
}

struct http_request patch_request(const struct patch *p)
{
    return (struct http_request){.remote = p->remote, .from = p->from, .to = p->to};
}

static bool fail(struct patch *p)
{
    p->receiver.outcome = stop_asked(p->stop) ? OUTCOME_STOPPED : OUTCOME_FAILED;
    return false;
}

static void show(struct patch *p)
{
    progress_update(p->progress, p->total - proof_missing(p->proof));
}

static bool begin(struct receiver *r, const struct answer *a)
{
    struct patch *p = patch_of(r);
    struct escaped shown = escape(slice_of(p->remote->shown));
    uint64_t total;
    bool other = p->etag[0] && a->etags == 1 && !slice_eq(slice_of(a->etag), slice_of(p->etag));
    p->held = 0;
    if (a->code == 416 || other || (answer_total(a, &total) && total != p->total)) {
        p->changed = true;
        r->outcome = OUTCOME_OVER;
        return false;
    }
    p->at = a->code == 206 ? a->first : 0;
    if (a->code == 206 ? a->ranged && a->first == p->from && a->last < p->to
                       : a->code == 200 && a->spans == 0)
        return true;
    err_set(&r->err, STATUS_MISMATCH, "%s: bytes %" PRIu64 "-%" PRIu64 " were requested, and others are sent",
            shown.text, p->from, p->to - 1);
    r->outcome = OUTCOME_AGAIN;
    return false;
}

static bool flush(struct patch *p)
{
    size_t held = p->held;
    p->held = 0;
    return held == 0 ||
           part_put(p->part, p->at - held, (struct slice){p->block, held}, &p->receiver.err) == STATUS_DONE;
}

/* The next n bytes, which are all in piece i. */
static bool take_some(struct patch *p, size_t i, struct slice bytes)
{
    bool wanted = p->at >= p->from && proof_piece(p->proof, i) != PIECE_RIGHT;
    if (wanted) {
        memcpy(p->block + p->held, bytes.p, bytes.n);
        p->held += bytes.n;
    }
    p->at += bytes.n;
    if (p->held < BLOCK_BYTES && p->at < end_of(p, i))
        return true;
    if (!flush(p))
        return fail(p);
    if (!wanted || p->at < end_of(p, i))
        return true;
    if (proof_piece(p->proof, i) == PIECE_WRONG) {
        p->again += p->tries[i] == 0;
        p->tries[i]++;
    }
    proof_here(p->proof, i);
    return true;
}

static bool take(struct receiver *r, struct slice piece)
{
    struct patch *p = patch_of(r);
    while (piece.n > 0 && p->at < p->to) {
        size_t i = (size_t)(p->at / proof_piece_len(p->proof)), n = BLOCK_BYTES - p->held;
        uint64_t left = (p->at < p->from ? p->from : end_of(p, i)) - p->at;
        n = n < piece.n ? n : piece.n;
        n = n < left ? n : (size_t)left;
        if (!take_some(p, i, (struct slice){piece.p, n}))
            return false;
        piece = slice_from(piece, n);
    }
    show(p);
    if (p->at < p->to || piece.n == 0)
        return true;
    r->outcome = OUTCOME_DONE; /* the rest of a whole file, from a server without ranges */
    return false;
}

static bool idle(struct receiver *r)
{
    show(patch_of(r));
    return true;
}

enum status patch_begin(struct patch *p, struct err *e)
{
    p->receiver = (struct receiver){.begin = begin, .take = take, .idle = idle};
    p->changed = false;
    p->block = malloc(BLOCK_BYTES);
    p->tries = calloc(proof_pieces(p->proof) + 1, 1);
    return p->block && p->tries ? STATUS_DONE : err_set(e, STATUS_FAILED, "out of memory");
}

void patch_end(struct patch *p)
{
    free(TAKE_PTR(p->block));
    free(TAKE_PTR(p->tries));
}
