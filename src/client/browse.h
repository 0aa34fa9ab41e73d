/* Asks a server what a folder of it holds. */
#pragma once

#include "client/folder.h"
#include "client/http.h"

/* One attempt. A SOURCE that is a file comes as a listing of it alone. With STATUS_DONE *ret is to be freed;
 * anything else fills *e. A signal is STATUS_FAILED with stop_asked(). */
enum status browse(const struct remote *remote, const struct net_options *net, struct http *http,
                   struct stop *stop, struct folder *ret, struct err *e);
