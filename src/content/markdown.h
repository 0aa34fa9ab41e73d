/* Markdown as HTML, by cmark. */
#pragma once

#include "base/buf.h"

/* Adds the HTML of `text`: without raw HTML, and without links that would run code. False, with nothing
 * added, if it does not fit or takes more memory than a text written for people; also if memory ran out,
 * which sets html->failed. */
bool markdown_add_html(struct buf *html, struct slice text);
