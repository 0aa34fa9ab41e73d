/* Whether a TLS connection was ended by the server, or by anybody on the way. */
#pragma once

#include "client/curl.h"

#include <stdbool.h>

/* For a handle that was reset, before each request. */
void tls_end_watch(CURL *easy);

/* The body of the answer begins: its connection is the one to look at. */
void tls_end_begin(CURL *easy);

/* After the end of the connection. True also where that was no TLS, or libcurl uses a library for it that
 * does not tell. */
bool tls_end_is_clean(void);
