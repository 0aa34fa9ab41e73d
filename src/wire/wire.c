/* Recognises the dialect of a client by its first bytes. */
#include "wire/wire.h"

const struct wire *const wires[] = {&wire_tls_refused, &wire_http1, &wire_plain, NULL};

const struct wire *wire_recognise(const struct wire *const *all, struct slice first, bool no_more)
{
    for (; *all; all++)
        switch ((*all)->recognise(first, no_more)) {
        case RECOGNISED:
            return *all;
        case RECOGNISED_MAYBE:
            return NULL;
        case RECOGNISED_NOT:
            break;
        }
    return NULL;
}
