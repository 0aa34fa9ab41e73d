/* Content types by the names of files. */
#include "http/media_type.h"

#include <stdlib.h>
#include <strings.h>

#define OCTETS "application/octet-stream"
/* The type of unknown names. Its address distinguishes it from an equal type that somebody chose. */
static const char unknown[] = OCTETS;

struct extension {
    const char *name, *type;
};

/* Sorted by name, for bsearch(). Registered types where they exist, except that source code and settings
 * are text/plain: a browser shows that, and downloads types that it does not know. */
static const struct extension extensions[] = {
    {"3gp", "video/3gpp"},
    {"7z", "application/x-7z-compressed"},
    {"a", OCTETS},
    {"aac", "audio/aac"},
    {"adoc", "text/plain"},
    {"aiff", "audio/aiff"},
    {"apk", "application/vnd.android.package-archive"},
    {"apng", "image/apng"},
    {"appimage", "application/vnd.appimage"},
    {"asc", "application/pgp-signature"},
    {"atom", "application/atom+xml"},
    {"avi", "video/x-msvideo"},
    {"avif", "image/avif"},
    {"bat", "text/plain"},
    {"bin", OCTETS},
    {"bmp", "image/bmp"},
    {"bz2", "application/x-bzip2"},
    {"c", "text/plain"},
    {"cbr", "application/vnd.comicbook-rar"},
    {"cbz", "application/vnd.comicbook+zip"},
    {"cc", "text/plain"},
    {"cfg", "text/plain"},
    {"class", OCTETS},
    {"cmake", "text/plain"},
    {"conf", "text/plain"},
    {"cpio", "application/x-cpio"},
    {"cpp", "text/plain"},
    {"css", "text/css"},
    {"csv", "text/csv"},
    {"cxx", "text/plain"},
    {"deb", "application/vnd.debian.binary-package"},
    {"diff", "text/plain"},
    {"djvu", "image/vnd.djvu"},
    {"dll", "application/vnd.microsoft.portable-executable"},
    {"dmg", "application/x-apple-diskimage"},
    {"doc", "application/msword"},
    {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    {"el", "text/plain"},
    {"env", "text/plain"},
    {"epub", "application/epub+zip"},
    {"exe", "application/vnd.microsoft.portable-executable"},
    {"flac", "audio/flac"},
    {"flatpak", "application/vnd.flatpak"},
    {"flv", "video/x-flv"},
    {"geojson", "application/geo+json"},
    {"gif", "image/gif"},
    {"glb", "model/gltf-binary"},
    {"gltf", "model/gltf+json"},
    {"go", "text/plain"},
    {"gpx", "application/gpx+xml"},
    {"gz", "application/gzip"},
    {"h", "text/plain"},
    {"heic", "image/heic"},
    {"heif", "image/heif"},
    {"hh", "text/plain"},
    {"hpp", "text/plain"},
    {"hs", "text/plain"},
    {"htm", "text/html"},
    {"html", "text/html"},
    {"ico", "image/vnd.microsoft.icon"},
    {"ics", "text/calendar"},
    {"img", OCTETS},
    {"ini", "text/plain"},
    {"iso", "application/x-iso9660-image"},
    {"jar", "application/java-archive"},
    {"java", "text/plain"},
    {"jl", "text/plain"},
    {"jpeg", "image/jpeg"},
    {"jpg", "image/jpeg"},
    {"js", "text/javascript"},
    {"json", "application/json"},
    {"jsonl", "application/x-ndjson"},
    {"jsonld", "application/ld+json"},
    {"jsx", "text/plain"},
    {"jxl", "image/jxl"},
    {"ko", OCTETS},
    {"kt", "text/plain"},
    {"lisp", "text/plain"},
    {"log", "text/plain"},
    {"lua", "text/plain"},
    {"lz", "application/x-lzip"},
    {"lz4", "application/x-lz4"},
    {"m2ts", "video/mp2t"},
    {"m3u", "audio/x-mpegurl"},
    {"m3u8", "application/vnd.apple.mpegurl"},
    {"m4a", "audio/mp4"},
    {"m4b", "audio/mp4"},
    {"m4v", "video/mp4"},
    {"map", "application/json"},
    {"markdown", "text/markdown"},
    {"md", "text/markdown"},
    {"md5", "text/plain"},
    {"meta4", "application/metalink4+xml"},
    {"mid", "audio/midi"},
    {"midi", "audio/midi"},
    {"mjs", "text/javascript"},
    {"mk", "text/plain"},
    {"mka", "audio/matroska"},
    {"mkv", "video/matroska"},
    {"mobi", "application/x-mobipocket-ebook"},
    {"mov", "video/quicktime"},
    {"mp3", "audio/mpeg"},
    {"mp4", "video/mp4"},
    {"mpd", "application/dash+xml"},
    {"mpeg", "video/mpeg"},
    {"mpg", "video/mpeg"},
    {"msi", "application/x-msi"},
    {"ndjson", "application/x-ndjson"},
    {"nfo", "text/plain"},
    {"nix", "text/plain"},
    {"o", OCTETS},
    {"odg", "application/vnd.oasis.opendocument.graphics"},
    {"odp", "application/vnd.oasis.opendocument.presentation"},
    {"ods", "application/vnd.oasis.opendocument.spreadsheet"},
    {"odt", "application/vnd.oasis.opendocument.text"},
    {"oga", "audio/ogg"},
    {"ogg", "audio/ogg"},
    {"ogv", "video/ogg"},
    {"opus", "audio/ogg"},
    {"org", "text/plain"},
    {"otf", "font/otf"},
    {"parquet", "application/vnd.apache.parquet"},
    {"patch", "text/plain"},
    {"pcap", "application/vnd.tcpdump.pcap"},
    {"pdf", "application/pdf"},
    {"pl", "text/plain"},
    {"png", "image/png"},
    {"ppt", "application/vnd.ms-powerpoint"},
    {"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
    {"properties", "text/plain"},
    {"ps", "application/postscript"},
    {"ps1", "text/plain"},
    {"psd", "image/vnd.adobe.photoshop"},
    {"py", "text/plain"},
    {"pyc", OCTETS},
    {"qcow2", "application/x-qemu-disk"},
    {"r", "text/plain"},
    {"rar", "application/vnd.rar"},
    {"raw", OCTETS},
    {"rb", "text/plain"},
    {"rpm", "application/x-rpm"},
    {"rs", "text/plain"},
    {"rss", "application/rss+xml"},
    {"rst", "text/plain"},
    {"rtf", "application/rtf"},
    {"service", "text/plain"},
    {"sh", "text/plain"},
    {"sha1", "text/plain"},
    {"sha256", "text/plain"},
    {"sha512", "text/plain"},
    {"sig", "application/pgp-signature"},
    {"so", OCTETS},
    {"sql", "text/plain"},
    {"sqlite", "application/vnd.sqlite3"},
    {"srt", "text/plain"},
    {"stl", "model/stl"},
    {"svg", "image/svg+xml"},
    {"swift", "text/plain"},
    {"tar", "application/x-tar"},
    {"tex", "text/plain"},
    {"tgz", "application/gzip"},
    {"tif", "image/tiff"},
    {"tiff", "image/tiff"},
    {"toml", "text/plain"},
    {"torrent", "application/x-bittorrent"},
    {"ts", "video/mp2t"}, /* TypeScript has the same extension, but films must play */
    {"tsv", "text/tab-separated-values"},
    {"tsx", "text/plain"},
    {"ttc", "font/collection"},
    {"ttf", "font/ttf"},
    {"txt", "text/plain"},
    {"txz", "application/x-xz"},
    {"udeb", "application/vnd.debian.binary-package"},
    {"vcf", "text/vcard"},
    {"vtt", "text/vtt"},
    {"wasm", "application/wasm"},
    {"wav", "audio/wav"},
    {"weba", "audio/webm"},
    {"webm", "video/webm"},
    {"webmanifest", "application/manifest+json"},
    {"webp", "image/webp"},
    {"whl", "application/zip"},
    {"wmv", "video/x-ms-wmv"},
    {"woff", "font/woff"},
    {"woff2", "font/woff2"},
    {"xhtml", "application/xhtml+xml"},
    {"xls", "application/vnd.ms-excel"},
    {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    {"xml", "application/xml"},
    {"xsd", "application/xml"},
    {"xsl", "application/xml"},
    {"xz", "application/x-xz"},
    {"yaml", "text/plain"},
    {"yml", "text/plain"},
    {"zig", "text/plain"},
    {"zip", "application/zip"},
    {"zst", "application/zstd"},
};
#define EXTENSIONS (sizeof extensions / sizeof *extensions)

/* Names of texts without an extension, in any case. */
static const struct slice texts[] = {
    SLICE("authors"),      SLICE("changelog"),  SLICE("changes"),     SLICE("containerfile"),
    SLICE("contributing"), SLICE("copying"),    SLICE("dockerfile"),  SLICE("gemfile"),
    SLICE("gnumakefile"),  SLICE("install"),    SLICE("jenkinsfile"), SLICE("justfile"),
    SLICE("license"),      SLICE("makefile"),   SLICE("md5sums"),     SLICE("news"),
    SLICE("notice"),       SLICE("rakefile"),   SLICE("readme"),      SLICE("sha1sums"),
    SLICE("sha256sums"),   SLICE("sha512sums"), SLICE("todo"),        SLICE("vagrantfile"),
    SLICE("version"),
};

static int compare(const void *key, const void *member)
{
    return strcmp(key, ((const struct extension *)member)->name);
}

static const char *built_in(const char *extension)
{
    const struct extension *found = bsearch(extension, extensions, EXTENSIONS, sizeof *extensions, compare);
    return found ? found->type : NULL;
}

static bool starts(const char *type, const char *with)
{
    return strncmp(type, with, strlen(with)) == 0;
}

/* Whether browsers show or play it themselves, given a type that they know. */
static bool is_for_eyes_or_ears(const char *type)
{
    return starts(type, "text/") || starts(type, "image/") || starts(type, "audio/") ||
           starts(type, "video/");
}

/* The system's file is made to tell programs apart: it has text/x-csrc for "x.c", which some browsers
 * download, a translation for "x.ts", and a list of services for "x.rs". */
static const char *type_by_system(const char *ours, const char *systems)
{
    if (!systems || (ours && is_for_eyes_or_ears(ours)))
        return ours;
    return starts(systems, "text/x-") ? "text/plain" : systems;
}

static const char *type_of_extension(const struct media_types *types, struct slice extension)
{
    char lower[EXTENSION_LENGTH_MAX + 1];
    if (extension.n >= sizeof lower || memchr(extension.p, '\0', extension.n))
        return unknown;
    for (size_t i = 0; i < extension.n; i++)
        lower[i] = ascii_lower(extension.p[i]);
    lower[extension.n] = '\0';
    const char *filed = types->file ? mime_types_find(types->file, lower) : NULL;
    const char *type = types->file_decides && filed ? filed : type_by_system(built_in(lower), filed);
    return type ? type : unknown;
}

/* The index after the last c, or 0 if there is no c. */
static size_t after_last(struct slice s, char c)
{
    size_t at = s.n;
    while (at > 0 && s.p[at - 1] != c)
        at--;
    return at;
}

bool media_type_is_text(const char *type)
{
    return strncasecmp(type, "text/", 5) == 0;
}

bool media_type_is_unknown(const char *type)
{
    return type == unknown;
}

const char *media_type_of(const struct media_types *types, struct slice name)
{
    if (name.n == 0)
        return unknown;
    name = slice_from(name, after_last(name, '/'));
    size_t extension = after_last(name, '.');
    /* A dot at the front hides the file and begins no extension. */
    if (extension > 1)
        return type_of_extension(types, slice_from(name, extension));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (slice_eq_nocase(name, texts[i]))
            return "text/plain";
    return unknown;
}
