/* One request and its answer. */
#include "server/exchange.h"

#include "base/clock.h"
#include "server/conn.h"

#include <stdlib.h>

/* Room for the largest head (a redirect: a 4 KiB name, each byte as %XX) and a piece of the body behind it.
 */
#define OUT_MAX (64 * 1024)
/* Small enough to stay in the processor's nearest cache between the copy in and the copy out. */
#define PIECE_BYTES (16 * 1024)

struct exchange *exchange_new(struct conn *c)
{
    struct shard *shard = c->shard;
    struct exchange *x = shard->spare;
    if (x) {
        shard->spare = NULL;
    } else {
        x = malloc(sizeof *x);
        if (!x)
            return NULL;
        x->out = buf_new(OUT_MAX);
    }
    x->conn = c;
    request_init(&x->request);
    x->wanted.name_len = 0;
    x->wanted.turn = &x->turn;
    x->turn = NULL;
    x->found = (struct found){0};
    x->anew = false;
    x->tries = 0;
    x->source = NULL;
    x->body = BODY_NONE;
    x->body_left = 0;
    x->keep_alive = false;
    x->download = false;
    x->status = 0;
    x->head_len = 0;
    x->sent_at = 0;
    x->sent = 0;
    x->job = (struct job){.home = &c->shard->loop};
    return x;
}

static void close_on_worker(struct job *j)
{
    source_close(container_of(j, struct exchange, job)->found.source);
}

static void destroy(struct exchange *x)
{
    buf_free(&x->out);
    free(x);
}

static void destroy_at_home(struct job *j)
{
    destroy(container_of(j, struct exchange, job));
}

/* Its request's head still stands at the front of what the connection has read. */
static void log_answer(const struct exchange *x)
{
    const struct conn *c = x->conn;
    struct shard *shard = c->shard;
    struct slice in = buf_slice(&c->in);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    struct access a = {
        .client = c->client,
        .dialect = c->dialect,
        .status = x->status,
        .cut = x->body_left > 0 || buf_len(&x->out) > 0 || x->out.failed,
        .took_ms = clock_ms() - c->first_byte,
        .body_sent = x->sent > x->head_len ? x->sent - x->head_len : 0,
    };
    a.began_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000 - a.took_ms;
    if (c->dialect == DIALECT_HTTP) {
        a.request = access_request_line(in);
        a.referer = request_field(&x->request, in, FIELD_REFERER);
        a.user_agent = request_field(&x->request, in, FIELD_USER_AGENT);
    } else {
        a.request = dialect_plain_name(in);
    }
    access_log_add(shard->server->log, (unsigned)(shard - shard->server->shards), &a);
}

void exchange_free(struct exchange *x)
{
    if (!x)
        return;
    if (x->conn->shard->server->log && x->status != 0)
        log_answer(x);
    turn_leave(&x->turn);
    if (x->source != x->found.source)
        source_close(x->source);
    if (x->found.source && source_close_waits(x->found.source)) {
        x->job.lane = x->found.source->distant ? LANE_FAR : LANE_NEAR;
        x->job.part = NULL;
        x->job.run = close_on_worker;
        x->job.done = destroy_at_home;
        workers_submit(x->conn->shard->server->workers, &x->job);
        return;
    }
    source_close(x->found.source);
    struct shard *shard = x->conn->shard;
    if (shard->spare) {
        destroy(x);
        return;
    }
    buf_clear(&x->out);
    shard->spare = x;
}

void exchange_forget_spare(struct shard *s)
{
    if (s->spare)
        destroy(s->spare);
    s->spare = NULL;
}

enum io exchange_copy(struct exchange *x)
{
    /* "3fff\r\n" in front and "\r\n" behind. */
    enum { CHUNK_HEAD = 6, CHUNK_TAIL = 2 };
    bool chunked = x->body == BODY_CHUNKED;
    size_t want = x->body_left < PIECE_BYTES - 1 ? x->body_left : PIECE_BYTES - 1, n;
    char *to = buf_reserve(&x->out, want + CHUNK_HEAD + CHUNK_TAIL);
    if (!to)
        return IO_FAIL;
    enum io r = x->source->ops->read(x->source, to + (chunked ? CHUNK_HEAD : 0), want, &n);
    if (r == IO_EOF) {
        x->body_left = 0;
        buf_add(&x->out, chunked ? SLICE("0\r\n\r\n") : SLICE(""));
    }
    if (r != IO_OK)
        return r;
    if (chunked) {
        static const char hex[] = "0123456789abcdef";
        memcpy(to, (char[]){hex[n >> 12 & 15], hex[n >> 8 & 15], hex[n >> 4 & 15], hex[n & 15], '\r', '\n'},
               CHUNK_HEAD);
        memcpy(to + CHUNK_HEAD + n, "\r\n", CHUNK_TAIL);
        buf_grew(&x->out, CHUNK_HEAD + n + CHUNK_TAIL);
    } else {
        buf_grew(&x->out, n);
    }
    if (x->body == BODY_LENGTH)
        x->body_left -= n;
    return IO_OK;
}
