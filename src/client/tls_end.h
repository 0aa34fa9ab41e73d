/* Whether a TLS connection was ended by the server or by somebody on the network path. */
#pragma once

#include "client/curl.h"

#include <stdbool.h>

/* Call it after each reset of a handle, before the request. */
void tls_end_watch(CURL *easy);

/* The body of an answer begins: from here on its connection is watched. */
void tls_end_begin(CURL *easy);

/* After the end of the connection: whether TLS was ended, too. Also true without TLS, and if libcurl uses a
 * TLS library that does not tell. */
bool tls_end_is_clean(void);
