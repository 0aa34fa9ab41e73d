/* Markdown as a piece of our page, or as a page of its own. */
#pragma once

#include "base/buf.h"
#include "content/root.h"
#include "content/source.h"
#include "content/version.h"

/* Of a larger one the beginning is shown. There is Markdown that takes time in the square of its length: the
 * worst that we know ("![[]()" again and again) takes half a second for so much, and 7 s for 256 KiB. */
#define README_MAX (64 * 1024)

struct readme {
    const char *name; /* static; NULL: the folder has none */
    bool cut;
    struct buf html; /* safe whatever the file holds: no raw HTML, no script, no javascript: link; `failed`
                        when there was no memory for it */
};

/* Of the folder `path`, which has no slashes at its ends. May block. The caller frees html. */
struct readme readme_load(const struct root *root, struct slice path);

/* The Markdown file v, called `name`, as a page that is as safe; of more than README_MAX bytes, the
 * beginning. May block. 0; -EILSEQ when it is no UTF-8: then the file itself shows it better; or a negative
 * errno. */
int readme_open_page(const struct version *v, struct slice name, struct source **ret);
