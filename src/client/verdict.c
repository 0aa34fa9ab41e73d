/* What to do after an HTTP attempt that brought no file: try again or give up, and what to say. */
#include "client/verdict.h"

#include "base/text.h"

#include <stdio.h>

static enum outcome busy(int code, const char *who, const char *url, struct err *e)
{
    err_set(e, STATUS_NETWORK, "%s: the %s is busy or has failed (HTTP %d)", url, who, code);
    return OUTCOME_AGAIN;
}

enum outcome verdict_refusal(int code, bool proxy, const struct remote *remote, struct err *e)
{
    struct escaped url = escape(slice_of(remote->shown));
    const char *who = proxy || code == 407 ? "proxy" : "server";
    switch (code) {
    case 404:
    case 410:
        if (proxy)
            break;
        err_set(e, STATUS_NOT_FOUND, "%s: no such file on the server (HTTP %d)", url.text, code);
        return OUTCOME_FAILED;
    case 401:
        if (proxy)
            break;
        err_set(e, STATUS_NOT_ALLOWED,
                "%s: the server requires a name and a password (HTTP %d; put them into ~/.netrc)", url.text,
                code);
        return OUTCOME_FAILED;
    case 407:
        err_set(e, STATUS_NOT_ALLOWED,
                "%s: the proxy requires a name and a password (HTTP %d; put them into its address: "
                "http_proxy or https_proxy=http://NAME:PASSWORD@HOST:PORT)",
                url.text, code);
        return OUTCOME_FAILED;
    case 403:
    case 451:
        err_set(e, STATUS_NOT_ALLOWED, "%s: the %s does not allow it (HTTP %d%s)", url.text, who, code,
                proxy ? "; no_proxy=HOST goes around the proxy" : "");
        return OUTCOME_FAILED;
    case 408: /* 425: TLS came too early; 520 to 524: Cloudflare could not reach the server */
    case 425:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
    case 520:
    case 521:
    case 522:
    case 523:
    case 524:
        return busy(code, who, url.text, e);
    default:
        break;
    }
    err_set(e, STATUS_NETWORK, "%s: the %s answers with HTTP %d%s", url.text, who, code,
            code < 200 ? " and switches to another protocol" : "");
    return OUTCOME_FAILED;
}

/* "plain://nas:80/a b" for "http://nas:80/a%20b": what to type if the server does not speak HTTP. */
static void write_plain_form(const char *at, char *out, size_t cap)
{
    char *host = NULL, *port = NULL, *path = NULL;
    CURLU *u = curl.url();
    out[0] = '\0';
    if (u && curl.url_set(u, CURLUPART_URL, at, CURLU_PATH_AS_IS) == CURLUE_OK &&
        curl.url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
        curl.url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
        curl.url_get(u, CURLUPART_PATH, &path, CURLU_URLDECODE) == CURLUE_OK) {
        int n = snprintf(out, cap, "plain://%s:%s%s", host, port, path);
        if (n < 0 || (size_t)n >= cap)
            out[0] = '\0';
    }
    curl.free(host);
    curl.free(port);
    curl.free(path);
    curl.url_cleanup(u);
}

static enum outcome no_http(const char *at, const struct remote *remote, struct err *e)
{
    char form[256];
    write_plain_form(at, form, sizeof form);
    err_set(e, STATUS_NETWORK, "%s: the server does not speak HTTP (is it a plain server? try %s)",
            escape(slice_of(remote->shown)).text, form[0] ? escape(slice_of(form)).text : "plain://");
    return OUTCOME_FAILED;
}

enum outcome verdict_unframed(const struct remote *remote, struct err *e)
{
    err_set(e, STATUS_MISMATCH,
            "%s: the answer's Content-Length is wrong or contradicts itself, so the file's end is unknown",
            escape(slice_of(remote->shown)).text);
    return OUTCOME_FAILED;
}

enum outcome verdict_breakdown(CURLcode why, const char *detail, int code, bool in_head, const char *at,
                               const struct remote *remote, struct err *e)
{
    struct escaped url = escape(slice_of(remote->shown));
    enum outcome outcome = OUTCOME_FAILED;
    enum status status = STATUS_NETWORK;
    const char *hint = "";
    /* Some of libcurl's texts contain a whole address, such as a proxy's with its password. */
    if (!detail[0] || strchr(detail, '@'))
        detail = curl.easy_strerror(why);
    /* The enum is curl's and has many more values, hence the cast and the default. */
    switch ((int)why) {
    case CURLE_OK:
    case CURLE_WRITE_ERROR:
        err_set(e, STATUS_NETWORK, "%s: the connection ended within the head of the answer", url.text);
        return OUTCOME_AGAIN;
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        outcome = OUTCOME_AGAIN;
        break;
    case CURLE_PEER_FAILED_VERIFICATION:
        hint = " (--cacert FILE names a certificate to trust)";
        break;
    case CURLE_UNSUPPORTED_PROTOCOL:
        /* libcurl gives the same code for a status of two digits, which is HTTP, although wrong. */
        if (strstr(detail, "HTTP/0.9"))
            return no_http(at, remote, e);
        break;
    case CURLE_OUT_OF_MEMORY:
        if (in_head) /* libcurl's error for a line of more than 100 KB */
            detail = "the head of the answer is too long";
        break;
    case CURLE_WEIRD_SERVER_REPLY:
        if (code == 0)
            return no_http(at, remote, e);
        if (strstr(detail, "Content-Length"))
            return verdict_unframed(remote, e);
        break;
    case CURLE_BAD_CONTENT_ENCODING:
        status = STATUS_MISMATCH;
        break;
    case CURLE_URL_MALFORMAT:
        status = STATUS_USAGE; /* the user's own URL: the targets of redirects were checked before */
        break;
    default:
        break;
    }
    err_set(e, status, "%s: %s%s", url.text, escape(slice_of(detail)).text, hint);
    return outcome;
}
