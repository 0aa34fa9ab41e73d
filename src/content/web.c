/* The page's own files, its style and its script, compiled into the program. */
#include "content/web.h"

#include "listing_web.h"

#include <stdio.h>

struct asset {
    struct slice kind, name; /* "style-", and the whole name with a digest of the content */
    const char *type, *tag;
    struct slice bytes, gzip;
};

#define BYTES(array)                                                                                         \
    {                                                                                                        \
        array, sizeof array                                                                                  \
    }

static const struct asset assets[] = {
    {SLICE("style-"), SLICE(LISTING_STYLE_NAME), "text/css; charset=utf-8", LISTING_STYLE_TAG,
     BYTES(listing_style), BYTES(listing_style_gzip)},
    {SLICE("script-"), SLICE(LISTING_SCRIPT_NAME), "text/javascript; charset=utf-8", LISTING_SCRIPT_TAG,
     BYTES(listing_script), BYTES(listing_script_gzip)},
};

struct source *source_open_web(struct slice name, bool gzip)
{
    for (size_t i = 0; i < sizeof assets / sizeof *assets; i++) {
        const struct asset *a = &assets[i];
        if (!slice_starts(name, a->kind))
            continue;
        struct source *s = source_open_memory(gzip ? a->gzip : a->bytes, a->type);
        if (!s)
            return NULL;
        /* A page that was open while the server was replaced asks for an old name. It gets the current
         * file, and asks again the next time. */
        if (slice_eq(name, a->name))
            s->cache = "public, max-age=31536000, immutable";
        snprintf(s->etag, sizeof s->etag, gzip ? "\"%s-gzip\"" : "\"%s\"", a->tag);
        return s;
    }
    return NULL;
}
