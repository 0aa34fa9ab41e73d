/* How a listing looks, in each format. */
#include "source/listing_format.h"

#include "base/text.h"
#include "listing_css.h"

#include <inttypes.h>

const char *listing_type(enum listing_format format)
{
    switch (format) {
    case LISTING_TEXT:
        return "text/plain; charset=utf-8";
    case LISTING_HTML:
        return "text/html; charset=utf-8";
    case LISTING_JSON:
        return "application/json";
    }
    __builtin_unreachable();
}

/* As a person may see it: what is not a printable character stands escaped. */
static void add_shown_name(struct buf *out, struct slice name)
{
    html_add(out, slice_of(escape(name).text));
}

/* A file system can hold times that no calendar can: those stand as its beginning. */
static void add_time(struct buf *out, time_t t, const char *format)
{
    struct tm tm;
    char text[32];
    const time_t last = 253402300799; /* 9999-12-31 */
    if (t < 0 || t > last)
        t = 0;
    gmtime_r(&t, &tm);
    buf_add(out, (struct slice){text, strftime(text, sizeof text, format, &tm)});
}

/* "/" and each folder on the way, as links. */
static void add_breadcrumbs(struct buf *out, struct slice path)
{
    struct slice rest = path, part;
    buf_add(out, SLICE("<a href=\"/\">/</a>"));
    while (slice_cut(&rest, '/', &part)) {
        size_t up_to = (size_t)(part.p + part.n - path.p);
        if (part.n == 0)
            continue;
        buf_add(out, SLICE(" <a href=\"/"));
        percent_add(out, (struct slice){path.p, up_to}, true);
        buf_add(out, SLICE("/\">"));
        add_shown_name(out, part);
        buf_add(out, SLICE("/</a>"));
    }
}

static void add_html_head(struct buf *out, struct slice path)
{
    buf_add(out, SLICE("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                       "<meta name=\"color-scheme\" content=\"light dark\">\n<title>/"));
    add_shown_name(out, path);
    buf_add(out, SLICE("</title>\n<style>\n"));
    buf_add(out, (struct slice){listing_css, sizeof listing_css});
    buf_add(out, SLICE("</style>\n</head>\n<body>\n<main>\n<h1>"));
    add_breadcrumbs(out, path);
    buf_add(out, SLICE("</h1>\n<table>\n<thead><tr><th scope=\"col\">Name</th><th scope=\"col\">Size</th>"
                       "<th scope=\"col\">Modified (UTC)</th></tr></thead>\n<tbody>\n"));
    if (path.n > 0)
        buf_add(out, SLICE("<tr class=\"folder\"><td><a href=\"../\">../</a></td><td></td><td></td></tr>\n"));
}

static void add_html_entry(struct buf *out, const struct listing_entry *e)
{
    buf_add(out, e->folder ? SLICE("<tr class=\"folder\"><td><a href=\"") : SLICE("<tr><td><a href=\""));
    percent_add(out, e->name, false);
    if (e->folder)
        buf_add(out, SLICE("/"));
    buf_add(out, SLICE("\">"));
    add_shown_name(out, e->name);
    buf_add(out, e->folder ? SLICE("/</a></td><td></td><td>") : SLICE("</a></td><td>"));
    if (!e->folder)
        buf_printf(out, "%s</td><td>", size_text(e->size).text);
    buf_add(out, SLICE("<time datetime=\""));
    add_time(out, e->modified, "%Y-%m-%dT%H:%M:%SZ");
    buf_add(out, SLICE("\">"));
    add_time(out, e->modified, "%Y-%m-%d %H:%M");
    buf_add(out, SLICE("</time></td></tr>\n"));
}

static void add_json_entry(struct buf *out, const struct listing_entry *e, bool first)
{
    buf_add(out, first ? SLICE("\n{\"name\":") : SLICE(",\n{\"name\":"));
    json_add_string(out, e->name);
    buf_add(out, SLICE(",\"href\":\""));
    percent_add(out, e->name, false);
    if (e->folder)
        buf_add(out, SLICE("/\",\"kind\":\"folder\",\"mtime\":\""));
    else
        buf_printf(out, "\",\"kind\":\"file\",\"size\":%" PRIu64 ",\"mtime\":\"", e->size);
    add_time(out, e->modified, "%Y-%m-%dT%H:%M:%SZ");
    buf_add(out, SLICE("\"}"));
}

void listing_add_head(struct buf *out, enum listing_format format, struct slice path)
{
    switch (format) {
    case LISTING_TEXT:
        return;
    case LISTING_HTML:
        add_html_head(out, path);
        return;
    case LISTING_JSON:
        buf_add(out, SLICE("{\"path\":"));
        struct buf full = buf_new(path.n + 2);
        buf_add(&full, SLICE("/"));
        buf_add(&full, path);
        buf_add(&full, path.n > 0 ? SLICE("/") : SLICE(""));
        json_add_string(out, buf_slice(&full));
        buf_free(&full);
        buf_add(out, SLICE(",\"entries\":["));
        return;
    }
}

void listing_add_entry(struct buf *out, enum listing_format format, const struct listing_entry *e, bool first)
{
    switch (format) {
    case LISTING_TEXT:
        /* A name with a newline in it would be two, and by the plain dialect nobody can ask for it. */
        if (memchr(e->name.p, '\n', e->name.n))
            return;
        buf_add(out, e->name);
        buf_add(out, e->folder ? SLICE("/\n") : SLICE("\n"));
        return;
    case LISTING_HTML:
        add_html_entry(out, e);
        return;
    case LISTING_JSON:
        add_json_entry(out, e, first);
        return;
    }
}

void listing_add_tail(struct buf *out, enum listing_format format, uint64_t entries)
{
    switch (format) {
    case LISTING_TEXT:
        return;
    case LISTING_HTML:
        buf_add(out, SLICE("</tbody>\n</table>\n"));
        if (entries == 0)
            buf_add(out, SLICE("<p>This folder is empty.</p>\n"));
        buf_add(out, SLICE("</main>\n</body>\n</html>\n"));
        return;
    case LISTING_JSON:
        buf_add(out, SLICE("\n]}\n"));
        return;
    }
}
