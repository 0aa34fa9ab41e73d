/* What our pages begin and end with, whether it is a listing or a text. */
#pragma once

#include "base/buf.h"

/* Up to the title's text, which the caller writes. */
void page_begin(struct buf *out);
/* The title's end, the icon and the style; and the script. Both are had from the served folder, which is so
 * many folders up. */
void page_add_style(struct buf *out, size_t up);
void page_add_script(struct buf *out, size_t up);
void page_end(struct buf *out);

/* "../../", or "./". */
void page_add_way_up(struct buf *out, size_t folders);

/* As a person may see it: what is not a printable character stands escaped. Cut when it is long. */
void page_add_shown(struct buf *out, struct slice name);

/* At most so much without what a page is about: a path of 4,096 bytes with a link for each of its folders. */
#define PAGE_FRAME_MAX (128 * 1024)

/* The Content-Security-Policy of a page with our script, and of one with none. */
extern const char page_policy[], page_policy_still[];
