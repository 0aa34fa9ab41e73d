/* Markdown as a part of a page, or as a page of its own. */
#pragma once

#include "base/buf.h"
#include "content/root.h"
#include "content/source.h"
#include "content/version.h"

/* Of a larger file, the beginning is shown. Some Markdown takes quadratic time: the worst that we know
 * ("![[]()" repeated) takes half a second for this much, and 7 s for 256 KiB. */
#define README_MAX (64 * 1024)

struct readme {
    const char *name; /* static; NULL: the folder has no README */
    bool cut;
    struct buf html; /* safe for any content of the file: no raw HTML, no script, no javascript: links;
                        `failed` is set if memory ran out */
};

/* The README of the folder `path` (no slashes at its ends). May block. The caller frees html. */
struct readme readme_load(const struct root *root, struct slice path);

/* The Markdown file v, called `name`, as a page that is as safe as a README's; of more than README_MAX
 * bytes, the beginning. May block. Returns 0; -EILSEQ if it is not UTF-8, in which case the file itself is
 * more useful; or another negative errno. */
int readme_open_page(const struct version *v, struct slice name, struct source **ret);
