/* What a stranger sends, made fit for a terminal while it arrives, in whatever pieces. */
#pragma once

#include "base/buf.h"

struct screen {
    /* What cannot be judged before the next byte: the beginning of a character, or a CR that may belong to a
     * line's end. */
    char held[4];
    size_t n;
};

void screen_add(struct screen *s, struct buf *out, struct slice text);

/* No more will come: shows what was held. */
void screen_end(struct screen *s, struct buf *out);
