/* Asks a server for the content of a folder. */
#pragma once

#include "client/folder.h"
#include "client/http.h"

/* One attempt. If SOURCE is a file, the listing has only this file. With STATUS_DONE the caller frees *ret;
 * otherwise *e is filled. After a signal it returns STATUS_FAILED, and stop_asked() is true. */
enum status browse(const struct remote *remote, const struct net_options *net, struct http *http,
                   struct stop *stop, struct folder *ret, struct err *e);
