/* Fetches the list of a file's pieces (a Metalink) beside the download. */
#include "client/piece_list.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/text.h"
#include "client/curl.h"
#include "client/http.h"
#include "client/redirect.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/eventfd.h>

#define ATTEMPTS 3
#define WAIT_MS 200

struct piece_list {
    const struct net_options *net;
    struct remote remote;
    bool away;
    struct stop stop; /* the end of the download */
    int done;         /* becomes readable when the list is here, or cannot be had */
    pthread_t thread;
    struct receiver receiver;
    struct metalink_reader *reader;
    atomic_int listed;         /* enum listed; set last */
    _Atomic uint64_t heard_at; /* clock_ms() of the last bytes */
    struct metalink metalink;
    struct err err;
};

static struct piece_list *list_of(struct receiver *r)
{
    return container_of(r, struct piece_list, receiver);
}

static bool fail(struct receiver *r, const char *why)
{
    err_set(&r->err, STATUS_MISMATCH, "it %s", why);
    r->outcome = OUTCOME_FAILED;
    return false;
}

static bool list_begin(struct receiver *r, const struct answer *a)
{
    struct piece_list *l = list_of(r);
    atomic_store(&l->heard_at, clock_ms());
    metalink_reader_free(l->reader);
    l->reader = metalink_reader_new();
    if (!l->reader)
        return fail(r, "takes more memory than there is");
    return a->code == 200 || fail(r, "is no complete answer");
}

static bool list_take(struct receiver *r, struct slice piece)
{
    struct piece_list *l = list_of(r);
    atomic_store(&l->heard_at, clock_ms());
    return metalink_reader_take(l->reader, piece) || fail(r, metalink_reader_why(l->reader));
}

static bool list_idle(struct receiver *r)
{
    (void)r;
    return true;
}

static enum outcome fetch(struct piece_list *l, struct http *h)
{
    struct answer *answer = calloc(1, sizeof *answer);
    struct http_request q = {.remote = &l->remote, .away = l->away, .stays = true};
    enum outcome outcome = OUTCOME_AGAIN;
    for (unsigned n = 0; outcome == OUTCOME_AGAIN && answer && n < ATTEMPTS; n++) {
        if (n > 0 && stop_wait(&l->stop, WAIT_MS << n))
            break;
        outcome = http_attempt(h, &q, &l->receiver, answer, &l->err);
    }
    free(answer);
    if (outcome == OUTCOME_DONE && !metalink_reader_end(l->reader, &l->metalink)) {
        fail(&l->receiver, metalink_reader_why(l->reader));
        l->err = l->receiver.err;
        outcome = OUTCOME_FAILED;
    }
    return outcome;
}

static void *run(void *arg)
{
    struct piece_list *l = arg;
    struct http *h = http_new(l->net, &l->stop, &l->err);
    bool good = h && fetch(l, h) == OUTCOME_DONE;
    http_free(h);
    metalink_reader_free(TAKE_PTR(l->reader));
    atomic_store(&l->listed, good ? LISTED_GOOD : LISTED_BAD);
    eventfd_write(l->done, 1);
    return NULL;
}

/* The address of the list, which must be of the same origin. */
static enum status resolve(struct piece_list *l, const struct answer *a, struct err *e)
{
    CURLU *file = curl.url(), *list = curl.url();
    char *text = NULL;
    bool good = file && list && curl.url_set(file, CURLUPART_URL, a->url, CURLU_PATH_AS_IS) == CURLUE_OK &&
                curl.url_set(list, CURLUPART_URL, a->url, CURLU_PATH_AS_IS) == CURLUE_OK &&
                curl.url_set(list, CURLUPART_URL, a->described_by,
                             CURLU_PATH_AS_IS | CURLU_ALLOW_SPACE | CURLU_URLENCODE) == CURLUE_OK &&
                redirect_same_origin(file, list) && curl.url_get(list, CURLUPART_URL, &text, 0) == CURLUE_OK;
    enum status status = good ? remote_parse(text, &l->remote, e)
                              : err_set(e, STATUS_NETWORK, "its address %s is on another server",
                                        escape(slice_of(a->described_by)).text);
    curl.free(text);
    curl.url_cleanup(file);
    curl.url_cleanup(list);
    return status;
}

static void release(struct piece_list *l)
{
    if (l->stop.fd >= 0)
        close(l->stop.fd);
    if (l->done >= 0)
        close(l->done);
    remote_free(&l->remote);
    metalink_free(&l->metalink);
    free(l);
}

struct piece_list *piece_list_start(const struct net_options *net, const struct answer *a, struct err *e)
{
    struct piece_list *l = calloc(1, sizeof *l);
    if (!l) {
        err_set(e, STATUS_FAILED, "out of memory");
        return NULL;
    }
    l->net = net;
    l->away = a->away;
    l->receiver = (struct receiver){.begin = list_begin, .take = list_take, .idle = list_idle};
    l->stop.fd = eventfd(0, EFD_CLOEXEC);
    l->done = eventfd(0, EFD_CLOEXEC);
    if (resolve(l, a, e) == STATUS_DONE) {
        if (l->stop.fd >= 0 && l->done >= 0 && pthread_create(&l->thread, NULL, run, l) == 0)
            return l;
        err_set(e, STATUS_FAILED, "cannot start a thread");
    }
    release(l);
    return NULL;
}

void piece_list_free(struct piece_list *l)
{
    if (!l)
        return;
    eventfd_write(l->stop.fd, 1);
    pthread_join(l->thread, NULL);
    release(l);
}

enum listed piece_list_wait(struct piece_list *l, unsigned ms, struct stop *stop)
{
    struct pollfd p[2] = {{.fd = l->done, .events = POLLIN}, {.fd = stop->fd, .events = POLLIN}};
    enum listed now = (enum listed)atomic_load(&l->listed);
    if (now != LISTED_COMING || ms == 0)
        return now;
    poll(p, 2, (int)ms);
    return (enum listed)atomic_load(&l->listed);
}

uint64_t piece_list_heard_at(const struct piece_list *l)
{
    return atomic_load(&l->heard_at);
}

const struct metalink *piece_list_get(const struct piece_list *l)
{
    return &l->metalink;
}

const char *piece_list_why(const struct piece_list *l)
{
    return l->err.text;
}
