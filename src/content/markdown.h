/* Markdown as HTML, by cmark. */
#pragma once

#include "base/buf.h"

/* Adds it to `html`: no raw HTML, and no link that would run something. False, with nothing added, when it
 * does not fit there, or takes more memory than a text that was written for people; and when there was no
 * memory, as html->failed tells. */
bool markdown_add_html(struct buf *html, struct slice text);
