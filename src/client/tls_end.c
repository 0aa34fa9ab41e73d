/* Whether a TLS connection was ended by the server. TLS says goodbye (close_notify), a bare end of TCP does
 * not, and where an answer has no length nothing else tells a file from its first half (RFC 9112 9.8).
 * libcurl takes the one for the other, but its OpenSSL tells of the goodbye. The client has one transfer at a
 * time. */
#include "client/tls_end.h"

#include "base/late.h"
#include "base/slice.h"

/* As <openssl/ssl.h> of 3.x has it, which we need for nothing else. */
#define CB_READ_ALERT 0x4004
#define ALERT_CLOSE_NOTIFY 0

static struct {
    void (*set_info_callback)(void *context, void (*call)(const void *ssl, int where, int what));
} calls;

static const void *watched, *ended; /* two SSL, never looked into */

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

/* Only in the library that libcurl itself calls: the context is its own. */
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
