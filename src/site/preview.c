/* What a click on a file's name does, by its type. */
#include "site/preview.h"

#include "http/media_type.h"

struct kind {
    const char *name, *type;
};

/* Types that browsers show and play. One that ends in '/' matches all its subtypes. */
static const struct kind kinds[] = {
    {"site", "text/html"},
    {"site", "application/xhtml+xml"},
    {"markdown", "text/markdown"},
    {"text", "text/"},
    {"pdf", "application/pdf"},
    {"text", "application/json"},
    {"text", "application/x-ndjson"},
    {"text", "application/xml"},
    {"text", "application/javascript"},
    {"text", "application/toml"},
    {"text", "application/yaml"},
    {"text", "application/sql"},
    {"text", "application/x-sh"},
    {"image", "image/apng"},
    {"image", "image/avif"},
    {"image", "image/bmp"},
    {"image", "image/gif"},
    {"image", "image/jpeg"},
    {"image", "image/png"},
    {"image", "image/svg+xml"},
    {"image", "image/vnd.microsoft.icon"},
    {"image", "image/webp"},
    {"audio", "audio/aac"},
    {"audio", "audio/flac"},
    {"audio", "audio/mp4"},
    {"audio", "audio/mpeg"},
    {"audio", "audio/ogg"},
    {"audio", "audio/wav"},
    {"audio", "audio/webm"},
    {"video", "video/mp4"},
    {"video", "video/ogg"},
    {"video", "video/quicktime"},
    {"video", "video/webm"},
    {"look", "video/mp2t"}, /* or TypeScript */
    {"look", "application/pgp-signature"},
};

static bool is_of(const char *type, const char *kind)
{
    size_t n = strlen(kind);
    return kind[n - 1] == '/' ? strncmp(type, kind, n) == 0 : strcmp(type, kind) == 0;
}

static bool ends(const char *type, const char *with)
{
    size_t n = strlen(type), end = strlen(with);
    return n > end && strcmp(type + n - end, with) == 0;
}

const char *preview_kind(const void *types, struct slice name)
{
    const char *type = media_type_of(types, name);
    if (media_type_is_unknown(type))
        return "look";
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (is_of(type, kinds[i].type))
            return kinds[i].name;
    return ends(type, "+xml") || ends(type, "+json") ? "text" : "save";
}
