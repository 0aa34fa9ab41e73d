/* Escapes a stream of untrusted bytes for a terminal, in whatever pieces they arrive. */
#pragma once

#include "base/buf.h"

struct screen {
    /* Bytes that cannot be judged before the next one: the beginning of a character, or a CR that may be
     * part of a line end. */
    char held[4];
    size_t n;
};

void screen_add(struct screen *s, struct buf *out, struct slice text);

/* No more will come: shows the held bytes. */
void screen_end(struct screen *s, struct buf *out);
