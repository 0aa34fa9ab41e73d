/* One attempt over HTTP or HTTPS, with libcurl. */
#include "client/http.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "client/curl.h"
#include "client/redirect.h"
#include "client/tls_end.h"
#include "client/verdict.h"
#include "http/names.h"
#include "version.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* How long curl may sleep: ten times a second the bar is redrawn and late bytes are flushed. */
#define TURN_MS 100
/* Fewer, larger reads: curl's default of 16 KiB costs a third more CPU. */
#define READ_BYTES (512L << 10)
/* All lines together: no server has more to say about a file. */
#define HEAD_MAX (256u << 10)
/* Size of a redirect's page that is read; a longer one costs its connection. */
#define SKIP_MAX (64u << 10)

struct http {
    CURLM *multi;
    CURL *easy;
    const struct net_options *net;
    struct stop *stop;
    bool forgets_surplus; /* libcurl would read bytes that followed one answer as the beginning of the next */
    char detail[CURL_ERROR_SIZE];
};

/* One attempt, for curl's callbacks. */
struct attempt {
    struct http *http;
    const struct http_request *asked;
    struct receiver *receiver;
    struct answer *answer;
    const struct redirect *way;
    char *place;
    uint64_t last_sign; /* the last time that something came from the server; clock_ms() */
    size_t head_bytes, skipped;
    bool headed;  /* the head is complete: its empty line came */
    bool endless; /* and it was too long */
    bool begun;   /* the receiver's begin() was called */
    bool refused; /* and it ended the attempt */
};

struct http *http_new(const struct net_options *net, struct stop *stop, struct err *e)
{
    if (curl_load(e) != STATUS_DONE)
        return NULL;
    err_set(e, STATUS_FAILED, "cannot start: out of memory");
    struct http *h = calloc(1, sizeof *h);
    if (!h || curl.global_init(CURL_GLOBAL_DEFAULT) != 0) {
        free(h);
        return NULL;
    }
    h->net = net;
    h->stop = stop;
    /* Before 8.0.0, libcurl reused a connection with unread bytes in its socket. Bytes that arrive after
     * the check that newer versions make are a hole in HTTP/1.1 itself. */
    h->forgets_surplus = curl.version_info(CURLVERSION_NOW)->version_num < 0x080000;
    h->multi = curl.multi_init();
    h->easy = curl.easy_init();
    if (h->multi && h->easy) {
        /* Enables cookies for this run, because some servers redirect until their cookie comes back.
         * Setting an expired cookie does that. CURLOPT_COOKIEFILE would have to be set again after each
         * reset, which leaks it (libcurl 7.88). */
        curl.easy_setopt(h->easy, CURLOPT_COOKIELIST,
                         "Set-Cookie: a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
        return h;
    }
    http_free(h);
    return NULL;
}

void http_free(struct http *h)
{
    if (!h)
        return;
    curl.easy_cleanup(h->easy);
    curl.multi_cleanup(h->multi);
    curl.global_cleanup();
    free(h);
}

/* The URL of the answer without the parts that change with each redirect (signatures in the query) and
 * without a password. */
static char *place_now(CURL *easy)
{
    char *at = NULL, *text = NULL, *place = NULL;
    CURLU *u = curl.url();
    if (u && curl.easy_getinfo(easy, CURLINFO_EFFECTIVE_URL, &at) == CURLE_OK && at &&
        curl.url_set(u, CURLUPART_URL, at, CURLU_PATH_AS_IS) == CURLUE_OK) {
        static const CURLUPart without[] = {CURLUPART_QUERY, CURLUPART_FRAGMENT, CURLUPART_USER,
                                            CURLUPART_PASSWORD, CURLUPART_OPTIONS};
        for (size_t i = 0; i < sizeof without / sizeof *without; i++)
            curl.url_set(u, without[i], NULL, 0);
        if (curl.url_get(u, CURLUPART_URL, &text, 0) == CURLUE_OK)
            place = strdup(text);
    }
    curl.free(text);
    curl.url_cleanup(u);
    return place ? place : strdup("");
}

static size_t on_head_line(char *bytes, size_t size, size_t n, void *arg)
{
    struct attempt *a = arg;
    struct slice line = {bytes, size * n};
    a->last_sign = clock_ms();
    if (a->begun) /* a trailer after a chunked body changes nothing that was decided */
        return line.n;
    a->head_bytes += line.n;
    a->endless = a->head_bytes > HEAD_MAX;
    if (a->endless)
        return 0;
    bool last = slice_eq(line, SLICE("\r\n")) || slice_eq(line, SLICE("\n"));
    if (!last) {
        answer_add_line(a->answer, line, time(NULL));
        return line.n;
    }
    /* Of the statuses below 200, only 101 is final. */
    a->headed = a->answer->code >= 200 || a->answer->code == 101;
    if (a->answer->code >= 400) /* the page of an error is not used */
        return 0;
    if (a->answer->code < 200 || a->answer->code >= 300)
        return line.n;
    if (!answer_framed(a->answer))
        return 0;
    a->answer->decoded = a->asked->decode && answer_is_coded(a->answer, slice_of(a->asked->remote->last));
    tls_end_begin(a->http->easy);
    a->begun = true;
    a->place = place_now(a->http->easy);
    a->answer->place = a->place ? a->place : "";
    a->answer->url = a->way->url;
    a->answer->away = a->way->away;
    a->refused = !a->receiver->begin(a->receiver, a->answer);
    return a->refused ? 0 : line.n;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
    struct attempt *a = arg;
    a->skipped += a->begun ? 0 : size * n;
    if (!a->begun && a->answer->code >= 300 && a->skipped <= SKIP_MAX)
        return size * n;
    if (!a->begun || a->refused)
        return 0;
    a->refused = !a->receiver->take(a->receiver, (struct slice){bytes, size * n});
    a->last_sign = clock_ms(); /* set after the write: a slow local disk is not the server's fault */
    return a->refused ? 0 : size * n;
}

static bool is_ranged(const struct http_request *q)
{
    return q->from > 0 || q->to > 0;
}

static struct curl_slist *fields(const struct http_request *q)
{
    char line[VALIDATOR_SIZE + 32];
    struct curl_slist *list = NULL;
    if (!q->squeezed) /* The file is wanted as it is, without compression on the way. */
        list = curl.slist_append(list, "Accept-Encoding: identity");
    if (is_ranged(q)) {
        /* Not CURLOPT_RESUME_FROM: we judge ourselves whether the answer fits. */
        int n = snprintf(line, sizeof line, "Range: bytes=%" PRIu64 "-", q->from);
        if (q->to > 0)
            snprintf(line + n, sizeof line - (size_t)n, "%" PRIu64, q->to - 1);
        list = curl.slist_append(list, line);
    }
    if (q->if_range) {
        snprintf(line, sizeof line, "If-Range: %s", q->if_range);
        list = curl.slist_append(list, line);
    }
    if (q->accept) {
        snprintf(line, sizeof line, "Accept: %s", q->accept);
        list = curl.slist_append(list, line);
    }
    if (q->names.n > 0)
        list = curl.slist_append(list, "Content-Type: " NAMES_TYPE);
    if (q->digest)
        list = curl.slist_append(list, "Want-Repr-Digest: sha-256=10");
    return list;
}

static void prepare(struct http *h, struct attempt *a, const struct redirect *way, struct curl_slist *headers)
{
    CURL *c = h->easy;
    long timeout = (long)h->net->timeout_s;
    curl.easy_reset(c); /* keeps connections and cookies */
    curl.easy_setopt(c, CURLOPT_URL, way->url);
    curl.easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    curl.easy_setopt(c, CURLOPT_USERAGENT, "ferry/" FERRY_VERSION);
    curl.easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl.easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
    curl.easy_setopt(c, CURLOPT_NETRC, (long)(way->away ? CURL_NETRC_IGNORED : CURL_NETRC_OPTIONAL));
    curl.easy_setopt(c, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl.easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl.easy_setopt(c, CURLOPT_FORBID_REUSE, h->forgets_surplus ? 1L : 0L);
    curl.easy_setopt(c, CURLOPT_NOPROGRESS, 1L);
    curl.easy_setopt(c, CURLOPT_BUFFERSIZE, READ_BYTES);
    curl.easy_setopt(c, CURLOPT_TCP_KEEPALIVE, 1L);
    curl.easy_setopt(c, CURLOPT_CONNECTTIMEOUT, timeout);
    curl.easy_setopt(c, CURLOPT_ERRORBUFFER, h->detail);
    curl.easy_setopt(c, CURLOPT_HEADERFUNCTION, on_head_line);
    curl.easy_setopt(c, CURLOPT_HEADERDATA, a);
    curl.easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    curl.easy_setopt(c, CURLOPT_WRITEDATA, a);
#if LIBCURL_VERSION_NUM >= 0x075700
    curl.easy_setopt(c, CURLOPT_QUICK_EXIT, 1L); /* a signal does not wait for a name server */
#endif
    tls_end_watch(c);
    if (a->asked->names.n > 0) {
        curl.easy_setopt(c, CURLOPT_POSTFIELDS, a->asked->names.p);
        curl.easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)a->asked->names.n);
        curl.easy_setopt(c, CURLOPT_CUSTOMREQUEST, "QUERY"); /* RFC 10008 */
    }
    if (a->asked->squeezed)
        curl.easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "gzip");
    else if (a->asked->decode) /* the request still asks for "identity" */
        curl.easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "");
    if (h->net->cacert)
        curl.easy_setopt(c, CURLOPT_CAINFO, h->net->cacert);
    if (h->net->insecure) {
        curl.easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
        curl.easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
    }
}

static enum outcome judge(struct http *h, struct attempt *a, CURLcode why, struct err *e)
{
    struct receiver *r = a->receiver;
    const struct remote *remote = a->asked->remote;
    const struct answer *answer = a->answer;
    long proxy_code = 0;
    curl_off_t first_byte = 0;
    if (a->refused) {
        *e = r->err;
        return r->outcome;
    }
    if (a->begun && why == CURLE_OK && (answer_ends(answer) || tls_end_is_clean()))
        return OUTCOME_DONE;
    if (a->begun && why == CURLE_OK) {
        err_set(e, STATUS_NETWORK,
                "%s: the connection ended without an end of TLS: the file may have been cut",
                escape(slice_of(remote->shown)).text);
        return OUTCOME_AGAIN;
    }
    if (a->endless) {
        err_set(e, STATUS_NETWORK, "%s: the head of the answer is too long",
                escape(slice_of(remote->shown)).text);
        return OUTCOME_FAILED;
    }
    if (a->headed && !answer_framed(answer))
        return verdict_unframed(remote, e);
    /* A 416 is about the requested range, not about the file. */
    if (a->headed && answer->code == 416 && is_ranged(a->asked)) {
        if (r->begin(r, answer))
            return OUTCOME_DONE;
        *e = r->err;
        return r->outcome;
    }
    if (a->headed && !a->begun)
        return verdict_refusal(answer->code, false, remote, e);
    curl.easy_getinfo(h->easy, CURLINFO_HTTP_CONNECTCODE, &proxy_code);
    if (why != CURLE_OK && answer->code == 0 && (proxy_code < 200 || proxy_code > 299) && proxy_code != 0)
        return verdict_refusal((int)proxy_code, true, remote, e);
    curl.easy_getinfo(h->easy, CURLINFO_STARTTRANSFER_TIME_T, &first_byte);
    AUTO_FREE char *at = place_now(h->easy);
    return verdict_breakdown(why, h->detail, answer->code, !a->headed && first_byte > 0, at ? at : "", remote,
                             e);
}

/* Runs until the attempt is over (sets *ret_why), or a signal or the receiver ends it. */
static enum outcome turn(struct http *h, struct attempt *a, CURLcode *ret_why)
{
    for (;;) {
        int running, queued;
        curl.multi_perform(h->multi, &running);
        const CURLMsg *m = curl.multi_info_read(h->multi, &queued);
        if (m && m->msg == CURLMSG_DONE) {
            *ret_why = m->data.result;
            return OUTCOME_DONE;
        }
        if (stop_asked(h->stop))
            return OUTCOME_STOPPED;
        if (!a->receiver->idle(a->receiver)) {
            a->refused = true;
            return OUTCOME_DONE;
        }
        /* Not CURLOPT_LOW_SPEED_TIME, which uses an average: a quick beginning keeps it up for seconds. */
        if (clock_ms() - a->last_sign > h->net->timeout_s * 1000ull) {
            snprintf(h->detail, sizeof h->detail, "not a byte for %u seconds", h->net->timeout_s);
            *ret_why = CURLE_OPERATION_TIMEDOUT;
            return OUTCOME_DONE;
        }
        struct curl_waitfd signal = {.fd = h->stop->fd, .events = CURL_WAIT_POLLIN};
        curl.multi_poll(h->multi, &signal, 1, TURN_MS, NULL);
    }
}

/* One request and its answer. True if it is a redirect to follow; otherwise *ret_outcome is set. */
static bool hop(struct http *h, struct attempt *a, struct redirect *way, struct curl_slist *headers,
                enum outcome *ret_outcome, struct err *e)
{
    CURLcode why = CURLE_OK;
    const char *location = NULL;
    *a->answer = (struct answer){.place = ""};
    a->way = way;
    a->head_bytes = a->skipped = 0;
    a->headed = false;
    a->last_sign = clock_ms();
    h->detail[0] = '\0';
    prepare(h, a, way, headers);
    curl.multi_add_handle(h->multi, h->easy);
    *ret_outcome = turn(h, a, &why);
    curl.multi_remove_handle(h->multi, h->easy);
    if (*ret_outcome != OUTCOME_DONE)
        return false;
    if (a->headed && !a->refused && !a->asked->stays)
        location = redirect_location(h->easy, a->answer->code);
    if (!location)
        *ret_outcome = judge(h, a, why, e);
    else if (redirect_follow(way, location, h->net->allow_http, a->asked->remote, e) == STATUS_DONE)
        return true;
    else
        *ret_outcome = OUTCOME_FAILED;
    return false;
}

enum outcome http_attempt(struct http *h, const struct http_request *q, struct receiver *r,
                          struct answer *ret_answer, struct err *e)
{
    struct attempt a = {.http = h, .asked = q, .receiver = r, .answer = ret_answer};
    struct redirect way;
    enum outcome outcome = OUTCOME_FAILED;
    *ret_answer = (struct answer){.place = ""};
    if (redirect_begin(&way, q->remote->url, e) != STATUS_DONE)
        return outcome;
    way.away = q->away;
    struct curl_slist *headers = fields(q);
    while (hop(h, &a, &way, headers, &outcome, e))
        continue;
    curl.slist_free_all(headers);
    redirect_end(&way);
    ret_answer->place = "";
    ret_answer->url = NULL;
    free(a.place);
    return outcome;
}
