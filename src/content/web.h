/* The page's own files: its style and its script, as sources. */
#pragma once

#include "content/source.h"

/* They are had from the served folder itself, wherever a proxy has put it: "../../?asset=style-0123.css" from
 * two folders below. No file is called so. */
#define WEB_PARAMETER "asset"

/* What stands behind "asset=" in an address. `gzip`: compressed. NULL when there is no such file, or no
 * memory. */
struct source *source_open_web(struct slice name, bool gzip);
