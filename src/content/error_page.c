/* An error as a page in the style of the listings: what is wrong, and ways back. */
#include "content/error_page.h"

#include "base/text.h"
#include "content/listing_format.h"
#include "content/web.h"
#include "listing_web.h"

/* Room for three ways up through a path of 8,192 slashes, and for the rest. */
#define PAGE_MAX (96 * 1024)

/* Links are relative, because only the client knows which prefix a proxy has removed from the path. */
static void add_way_up(struct buf *out, unsigned parts)
{
    buf_add(out, parts == 0 ? SLICE("./") : SLICE(""));
    for (unsigned i = 0; i < parts; i++)
        buf_add(out, SLICE("../"));
}

/* How many folders are between the path and the served folder. */
static unsigned depth_of(struct slice path)
{
    unsigned depth = 0;
    for (size_t i = 1; i < path.n; i++)
        depth += path.p[i] == '/';
    return depth;
}

static void add_style(struct buf *out, const struct error_page *p)
{
    buf_add(out, SLICE("<link rel=\"stylesheet\" href=\""));
    add_way_up(out, depth_of(p->path));
    buf_add(out, SLICE("?" WEB_PARAMETER "=" LISTING_STYLE_NAME "\">\n"));
}

static void add_home(struct buf *out, const struct error_page *p)
{
    buf_add(out, SLICE("<header>\n<nav aria-label=\"Folders\"><ol>\n<li><a class=\"home\" href=\""));
    add_way_up(out, depth_of(p->path));
    buf_add(out, SLICE("\">"));
    html_add(out, slice_of(p->look->title ? escape(slice_of(p->look->title)).text : "Home"));
    buf_add(out, SLICE("</a></li>\n</ol></nav>\n</header>\n"));
}

/* The folder that the path is in, unless that is the served folder. */
static void add_folder(struct buf *out, const struct error_page *p)
{
    unsigned ends = p->path.p[p->path.n - 1] == '/';
    if (depth_of(p->path) <= ends)
        return;
    buf_add(out, SLICE("<nav id=\"pages\" aria-label=\"Back\"><a href=\""));
    add_way_up(out, ends);
    buf_add(out, SLICE("\">Folder above</a></nav>\n"));
}

static void add_page(struct buf *out, const struct error_page *p)
{
    buf_add(out, SLICE("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                       "<meta name=\"color-scheme\" content=\"light dark\">\n<title>"));
    html_add(out, p->status);
    buf_add(out, SLICE("</title>\n<link rel=\"icon\" href=\"" LISTING_WEB_ICON "\">\n"));
    if (p->path.n > 0)
        add_style(out, p);
    buf_add(out, SLICE("</head>\n<body>\n"));
    if (p->path.n > 0)
        add_home(out, p);
    buf_add(out, SLICE("<main>\n<article>\n<h1>"));
    html_add(out, p->status);
    buf_add(out, SLICE("</h1>\n<p>"));
    html_add(out, p->why);
    buf_add(out, SLICE("</p>\n</article>\n"));
    if (p->path.n > 0)
        add_folder(out, p);
    buf_add(out, SLICE("</main>\n</body>\n</html>\n"));
}

struct source *source_open_error_page(const struct error_page *p)
{
    struct buf page = buf_new(PAGE_MAX);
    add_page(&page, p);
    struct source *s = page.failed ? NULL : source_open_memory(buf_slice(&page), listing_type(LISTING_HTML));
    if (s)
        s->policy = listing_policy(LISTING_HTML);
    buf_free(&page);
    return s;
}
