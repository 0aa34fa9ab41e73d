/* Whether the server ended a TLS connection in good order. TLS ends with close_notify, while a bare end of
 * TCP can come from anybody; and if an answer has no length, nothing else tells the whole file from its
 * first half (RFC 9112 9.8). libcurl does not distinguish the two, but OpenSSL reports the close_notify.
 * Each thread has one transfer at a time. */
#include "client/tls_end.h"

#include "base/late.h"
#include "base/slice.h"

/* From <openssl/ssl.h> 3.x, which we need for nothing else. */
#define CB_READ_ALERT 0x4004
#define ALERT_CLOSE_NOTIFY 0

static struct {
    void (*set_info_callback)(void *context, void (*call)(const void *ssl, int where, int what));
} calls;

static _Thread_local const void *watched, *ended; /* pointers to SSL objects, never dereferenced */

static void on_info(const void *ssl, int where, int what)
{
    if (where == CB_READ_ALERT && (what & 0xff) == ALERT_CLOSE_NOTIFY)
        ended = ssl;
}

static CURLcode on_context(CURL *easy, void *context, void *arg)
{
    (void)easy, (void)arg;
    calls.set_info_callback(context, on_info);
    return CURLE_OK;
}

/* True only if the functions are in the library that libcurl itself calls, since the context belongs to
 * that. */
static bool is_there(void)
{
    static const char *const names[] = {"set_info_callback"};
    const char *library = curl.version_info(CURLVERSION_NOW)->ssl_version;
    if (!calls.set_info_callback && slice_starts(slice_of(library), SLICE("OpenSSL/3.")))
        late_load("libssl.so.3", "SSL_CTX_", names, 1, &calls);
    return calls.set_info_callback;
}

void tls_end_watch(CURL *easy)
{
    watched = ended = NULL;
    if (is_there())
        curl.easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_context);
}

void tls_end_begin(CURL *easy)
{
    struct curl_tlssessioninfo *session = NULL;
    if (is_there() && curl.easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &session) == CURLE_OK && session &&
        session->backend == CURLSSLBACKEND_OPENSSL)
        watched = session->internals;
}

bool tls_end_is_clean(void)
{
    return watched == ended || !watched;
}
