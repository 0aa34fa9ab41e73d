/* The page's own files, its style and its script, as sources. */
#pragma once

#include "content/source.h"

/* They are fetched from the served folder itself, wherever a proxy has put it:
 * "../../?asset=style-0123.css" two folders below. No file can have such a name. */
#define WEB_PARAMETER "asset"

/* The file for the value of "asset=" in a URL, compressed if `gzip` is set. NULL if there is no such file
 * or no memory. */
struct source *source_open_web(struct slice name, bool gzip);
