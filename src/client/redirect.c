/* Follows the redirects of one attempt. Not by CURLOPT_FOLLOWLOCATION, which goes from https to http, and
 * reads ~/.netrc again for each host, where a host has no scheme and port. */
#include "client/redirect.h"

#include "base/slice.h"
#include "base/text.h"

#include <stdlib.h>
#include <strings.h>

#define HOPS_MAX 10
/* Leaves "/a/../b" to the server, and encodes other characters of a Location as browsers do. */
#define READING (CURLU_PATH_AS_IS | CURLU_ALLOW_SPACE | CURLU_URLENCODE)

static bool is_part(CURLU *u, CURLUPart part, const char *value)
{
    char *text = NULL;
    bool yes = curl.url_get(u, part, &text, CURLU_DEFAULT_PORT) == CURLUE_OK && strcasecmp(text, value) == 0;
    curl.free(text);
    return yes;
}

static bool same_part(CURLU *a, CURLU *b, CURLUPart part)
{
    char *text = NULL;
    bool same = curl.url_get(a, part, &text, CURLU_DEFAULT_PORT) == CURLUE_OK && is_part(b, part, text);
    curl.free(text);
    return same;
}

bool redirect_same_origin(CURLU *a, CURLU *b)
{
    return same_part(a, b, CURLUPART_SCHEME) && same_part(a, b, CURLUPART_HOST) &&
           same_part(a, b, CURLUPART_PORT);
}

/* False if memory ran out. */
static bool write_url(struct redirect *r)
{
    curl.free(r->url);
    r->url = NULL;
    curl.url_set(r->at, CURLUPART_FRAGMENT, NULL, 0);
    return curl.url_get(r->at, CURLUPART_URL, &r->url, 0) == CURLUE_OK;
}

enum status redirect_begin(struct redirect *r, const char *url, struct err *e)
{
    *r = (struct redirect){.home = curl.url(), .at = curl.url()};
    if (r->home && r->at && curl.url_set(r->home, CURLUPART_URL, url, READING) == CURLUE_OK &&
        curl.url_set(r->at, CURLUPART_URL, url, READING) == CURLUE_OK && write_url(r))
        return STATUS_DONE;
    redirect_end(r); /* cannot happen: remote_parse() has parsed it */
    return err_set(e, STATUS_FAILED, "out of memory");
}

void redirect_end(struct redirect *r)
{
    curl.url_cleanup(r->home);
    curl.url_cleanup(r->at);
    curl.free(r->url);
    *r = (struct redirect){.hops = 0};
}

const char *redirect_location(CURL *easy, int code)
{
    struct curl_header *field;
    switch (code) {
    case 300:
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
        return curl.easy_header(easy, "Location", 0, CURLH_HEADER, -1, &field) == CURLHE_OK && field->value[0]
                   ? field->value
                   : NULL;
    default:
        return NULL;
    }
}

/* The password in the user's URL is valid for the origin of that URL, also when redirects lead back to it. */
static void take_password_along(struct redirect *r)
{
    static const CURLUPart parts[] = {CURLUPART_USER, CURLUPART_PASSWORD};
    char *text = NULL;
    bool has_own = curl.url_get(r->at, CURLUPART_USER, &text, 0) == CURLUE_OK;
    curl.free(text);
    for (size_t i = 0; i < sizeof parts / sizeof *parts && !has_own; i++) {
        text = NULL;
        if (curl.url_get(r->home, parts[i], &text, 0) == CURLUE_OK)
            curl.url_set(r->at, parts[i], text, 0);
        curl.free(text);
    }
}

enum status redirect_follow(struct redirect *r, const char *location, bool allow_http,
                            const struct remote *remote, struct err *e)
{
    struct escaped from = escape(slice_of(remote->shown));
    if (++r->hops > HOPS_MAX)
        return err_set(e, STATUS_NETWORK, "%s: the server redirects more than %d times in a row", from.text,
                       HOPS_MAX);
    bool was_safe = is_part(r->at, CURLUPART_SCHEME, "https");
    CURLUcode bad = curl.url_set(r->at, CURLUPART_URL, location, READING);
    bool is_safe = is_part(r->at, CURLUPART_SCHEME, "https");
    if (bad == CURLUE_UNSUPPORTED_SCHEME || (!bad && !is_safe && !is_part(r->at, CURLUPART_SCHEME, "http")))
        return err_set(e, STATUS_NETWORK, "%s: it redirects to an address that is neither http nor https",
                       from.text);
    if (bad)
        return err_set(e, STATUS_NETWORK, "%s: it redirects to an invalid URL: %s", from.text,
                       curl.url_strerror(bad));
    if (was_safe && !is_safe && !allow_http)
        return err_set(
            e, STATUS_NETWORK,
            "%s: it redirects from https to http, where anybody on the network path can read and change the "
            "file (--allow-http follows it)",
            from.text);
    r->away = !redirect_same_origin(r->home, r->at);
    if (!r->away)
        take_password_along(r);
    return write_url(r) ? STATUS_DONE : err_set(e, STATUS_FAILED, "out of memory");
}
