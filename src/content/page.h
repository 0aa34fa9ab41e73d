/* The beginning and the end of our pages, of listings as of texts. */
#pragma once

#include "base/buf.h"

/* Up to the text of the title, which the caller adds. */
void page_begin(struct buf *out);
/* The end of the title, the icon and the style; and the script. Both are fetched from the served folder,
 * `up` folders above the page. */
void page_add_style(struct buf *out, size_t up);
void page_add_script(struct buf *out, size_t up);
void page_end(struct buf *out);

/* "../../", or "./". */
void page_add_way_up(struct buf *out, size_t folders);

/* Adds a name for display: characters that are not printable are escaped, and a long name is cut. */
void page_add_shown(struct buf *out, struct slice name);

/* The most that is added apart from the content of a page: a path of 4,096 bytes with a link for each of
 * its folders. */
#define PAGE_FRAME_MAX (128 * 1024)

/* The Content-Security-Policy of a page with our script, and of one without a script. */
extern const char page_policy[], page_policy_still[];
