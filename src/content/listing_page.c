/* A folder's listing as an HTML page. It works without a script; web/listing.js only makes it better. */
#include "base/text.h"
#include "content/listing_format.h"

#include <inttypes.h>
#include <limits.h>

/* Adds escaped text with marked soft hyphens, which a browser would show only at the end of a line. */
static void add_marked(struct buf *out, struct slice text)
{
    for (const char *at; (at = memmem(text.p, text.n, "\u00ad", 2));) {
        struct slice before = {text.p, (size_t)(at - text.p)};
        html_add(out, before);
        buf_add(out, SLICE("<i class=\"soft\">&shy;</i>"));
        text = slice_from(text, before.n + 2);
    }
    html_add(out, text);
}

/* "2026-11-27 08:03" for people, and the exact time for the script. */
static void add_moment(struct buf *out, time_t t, uint32_t ns)
{
    struct time_text moment = time_text(t);
    if (!moment.text[0])
        return;
    buf_add(out, SLICE("<time datetime=\""));
    buf_add(out, (struct slice){moment.text, TIME_TEXT_LEN});
    if (ns != 0) /* for the script, which sorts by it */
        buf_printf(out, "\" data-ns=\"%" PRIu32, ns);
    buf_add(out, SLICE("\">"));
    buf_add(out, (struct slice){moment.text, strlen("2026-11-27")});
    buf_add(out, SLICE(" "));
    buf_add(out, (struct slice){moment.text + strlen("2026-11-27T"), strlen("08:03")});
    buf_add(out, SLICE("</time>"));
}

/* The whole name, so that no two names look the same. */
static void add_shown_name(struct buf *out, struct slice name)
{
    struct buf shown = buf_new(4 * NAME_MAX);
    escape_add(&shown, name, "\u00ad");
    add_marked(out, buf_slice(&shown));
    out->failed |= shown.failed;
    buf_free(&shown);
}

static void add_title(struct buf *out, const struct listing_frame *f)
{
    buf_add(out, SLICE("/"));
    page_add_shown(out, f->path);
    buf_add(out, f->path.n > 0 ? SLICE("/") : SLICE(""));
    if (f->look->title) {
        buf_add(out, SLICE(" \xc2\xb7 "));
        page_add_shown(out, slice_of(f->look->title));
    }
}

/* All links of the page are relative, because a proxy before us may remove a prefix. A link takes three
 * bytes for each folder that it goes up, so for a path of thousands of parts only the last ones are shown,
 * as many as fit into a head. */
static size_t first_crumb(struct slice path)
{
    size_t room = 64 * 1024, from = path.n, up = 0;
    for (size_t end = path.n, at = path.n; at-- > 0;) {
        if (at > 0 && path.p[at - 1] != '/')
            continue;
        size_t cost = 3 * up++ + 24 * (end - at) + 64;
        if (cost > room)
            break;
        room -= cost;
        from = at;
        end = at > 0 ? at - 1 : 0;
    }
    return from;
}

static size_t count_slashes(struct slice s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == '/';
    return n;
}

/* How many folders are between that folder and the served one. */
static size_t depth_of(struct slice path)
{
    return path.n > 0 ? count_slashes(path) + 1 : 0;
}

static void add_crumb(struct buf *out, struct slice path, struct slice part)
{
    size_t end = (size_t)(part.p + part.n - path.p);
    buf_add(out, SLICE("<li><a href=\""));
    page_add_way_up(out, count_slashes(slice_from(path, end)));
    buf_add(out, end == path.n ? SLICE("\" aria-current=\"page\">") : SLICE("\">"));
    page_add_shown(out, part);
    buf_add(out, SLICE("</a></li>\n"));
}

/* The path of a deep folder is shown in one row, too: the folders between the top and the last two are in a
 * menu. */
#define CRUMBS_LAST 2

static void add_breadcrumbs(struct buf *out, const struct listing_frame *f)
{
    struct slice path = f->path, part, rest;
    size_t from = first_crumb(path), count = 0;
    for (rest = slice_from(path, from); slice_cut(&rest, '/', &part);)
        count += part.n > 0;
    buf_add(out, SLICE("<nav aria-label=\"Folders\"><ol>\n<li><a class=\"home\" href=\""));
    page_add_way_up(out, depth_of(path));
    buf_add(out, path.n == 0 ? SLICE("\" aria-current=\"page\"><span>") : SLICE("\"><span>"));
    if (f->look->title)
        page_add_shown(out, slice_of(f->look->title));
    else
        buf_add(out, SLICE("Home"));
    buf_add(out, SLICE("</span></a></li>\n"));
    bool menu = from > 0 || count > CRUMBS_LAST + 1;
    if (menu)
        buf_add(out, SLICE("<li class=\"menu\"><details><summary aria-label=\"Folders between\">\xe2\x80\xa6"
                           "</summary><ol>\n"));
    if (from > 0)
        buf_add(out, SLICE("<li><span>\xe2\x80\xa6</span></li>\n"));
    for (rest = slice_from(path, from); slice_cut(&rest, '/', &part);) {
        if (part.n == 0)
            continue;
        if (menu && count == CRUMBS_LAST)
            buf_add(out, SLICE("</ol></details></li>\n"));
        add_crumb(out, path, part);
        count--;
    }
    buf_add(out, menu && count >= CRUMBS_LAST ? SLICE("</ol></details></li>\n") : SLICE(""));
    buf_add(out, SLICE("</ol></nav>\n"));
}

/* "?a=b&c=d" as hidden fields of a form. These values are single words, and need no decoding. */
static void add_hidden_fields(struct buf *out, struct slice query)
{
    struct slice pair, name;
    query = query.n > 0 ? slice_from(query, 1) : query;
    while (slice_cut(&query, '&', &pair)) {
        if (!slice_cut(&pair, '=', &name))
            continue;
        buf_add(out, SLICE("<input type=\"hidden\" name=\""));
        buf_add(out, name);
        buf_add(out, SLICE("\" value=\""));
        buf_add(out, pair);
        buf_add(out, SLICE("\">"));
    }
}

/* The name of a column is a button for that order, or for the reverse of the current one. It is not a link,
 * since a mirror that follows links (wget -r) would fetch each folder six times. */
static void add_column(struct buf *out, const struct listing_query *q, const char *name, int key)
{
    bool here = (int)q->order.key == key;
    struct order order = {.key = key, .descending = here ? !q->order.descending : key != ORDER_NAME};
    buf_add(out, SLICE("<th scope=\"col\""));
    if (here)
        buf_printf(out, " aria-sort=\"%s\"", q->order.descending ? "descending" : "ascending");
    buf_add(out, SLICE("><form>"));
    struct buf query = buf_new(256);
    listing_add_query(&query, q, &order, NULL, "&");
    add_hidden_fields(out, buf_slice(&query));
    out->failed |= query.failed;
    buf_free(&query);
    buf_printf(out, "<button>%s</button></form></th>", name);
}

/* A menu that opens without a script. It has buttons, since a mirror that follows links (wget -r) would
 * fetch all files once more with each folder. */
static void add_archives(struct buf *out)
{
    buf_add(
        out,
        SLICE("<details id=\"save\"><summary><span>Download</span></summary>\n<form>\n"
              "<button name=\"archive\" value=\"tar\">Folder as .tar <small>can be resumed</small></button>\n"
              "<button name=\"archive\" value=\"zip\">Folder as .zip <small>opens anywhere</small></button>\n"
              "</form></details>\n"));
}

void listing_page_add_head(struct buf *out, const struct listing_frame *f)
{
    page_begin(out);
    add_title(out, f);
    page_add_style(out, depth_of(f->path));
    page_add_script(out, depth_of(f->path));
    buf_add(out, SLICE("</head>\n<body>\n<header>\n"));
    add_breadcrumbs(out, f);
    if (f->archives)
        add_archives(out);
    buf_add(out, SLICE("<input id=\"filter\" type=\"search\" placeholder=\"Filter\" autocomplete=\"off\" "
                       "spellcheck=\"false\" aria-label=\"Filter by name\" hidden>\n</header>\n<main>\n"
                       "<h1>Folder "));
    add_title(out, f);
    buf_add(out, SLICE("</h1>\n<table id=\"list\">\n"));
    if (!f->empty) {
        buf_add(out, SLICE("<thead><tr>"));
        add_column(out, f->query, "Name", ORDER_NAME);
        add_column(out, f->query, "Size", ORDER_SIZE);
        add_column(out, f->query, "Modified<span> (UTC)</span>", ORDER_TIME);
        buf_add(out, SLICE("</tr></thead>\n"));
    }
    buf_add(out, SLICE("<tbody>\n"));
    if (f->path.n > 0)
        buf_add(out, SLICE("<tr class=\"up\"><td><a href=\"../\">Up</a></td><td></td><td></td></tr>\n"));
}

void listing_page_add_entry(struct buf *out, const struct listing_frame *f, const struct listing_entry *e)
{
    const char *kind = e->folder ? "folder" : f->look->kind_of(f->look->types, e->name);
    buf_add(out, SLICE("<tr class=\""));
    buf_add(out, slice_of(kind));
    buf_add(out, SLICE("\"><td><a href=\""));
    percent_add(out, e->name, false);
    buf_add(out, e->folder ? SLICE("/") : SLICE(""));
    /* `download`, because the browser might otherwise show the file. */
    buf_add(out, strcmp(kind, "save") == 0 ? SLICE("\" download>") : SLICE("\">"));
    add_shown_name(out, e->name);
    buf_add(out, e->folder ? SLICE("<i>/</i></a></td><td></td><td>") : SLICE("</a></td><td>"));
    if (!e->folder) {
        buf_add(out, SLICE("<data value=\""));
        buf_add_number(out, e->size);
        buf_add(out, SLICE("\">"));
        buf_add(out, slice_of(size_text(e->size).text));
        buf_add(out, SLICE("</data></td><td>"));
    }
    add_moment(out, e->modified, e->modified_ns);
    buf_add(out, SLICE("</td></tr>\n"));
}

static void add_count(struct buf *out, uint64_t n, const char *one, const char *many)
{
    buf_printf(out, "%" PRIu64 " %s", n, n == 1 ? one : many);
}

static void add_sum(struct buf *out, const struct listing_frame *f)
{
    bool paged = f->last || f->query->after[0];
    buf_add(out, SLICE("<p id=\"sum\" role=\"status\">"));
    if (f->folders + f->files == 0) {
        buf_add(out, paged ? SLICE("Nothing more.") : SLICE("This folder is empty."));
    } else {
        if (f->folders > 0)
            add_count(out, f->folders, "folder", "folders");
        buf_add(out, f->folders > 0 && f->files > 0 ? SLICE(", ") : SLICE(""));
        if (f->files > 0) {
            add_count(out, f->files, "file", "files");
            buf_printf(out, ", %s", size_text(f->bytes).text);
        }
        buf_add(out, paged ? SLICE(" on this page") : SLICE(""));
    }
    buf_add(out, SLICE("</p>\n"));
}

static void add_pages(struct buf *out, const struct listing_frame *f)
{
    const struct listing_query *q = f->query;
    if (!f->last && !q->after[0])
        return;
    buf_add(out, SLICE("<nav id=\"pages\" aria-label=\"Pages\">"));
    if (q->after[0]) {
        buf_add(out, SLICE("<a href=\""));
        size_t before = buf_len(out);
        listing_add_query(out, q, &q->order, NULL, "&amp;");
        buf_add(out, buf_len(out) == before ? SLICE("./") : SLICE(""));
        buf_add(out, SLICE("\">First page</a>"));
    }
    if (f->last) {
        buf_add(out, SLICE("<a rel=\"next\" href=\""));
        listing_add_query(out, q, &q->order, f->last, "&amp;");
        buf_add(out, SLICE("\">Next page</a>"));
    }
    buf_add(out, SLICE("</nav>\n"));
}

void listing_page_add_tail(struct buf *out, const struct listing_frame *f)
{
    buf_add(out, SLICE("</tbody>\n</table>\n"));
    add_sum(out, f);
    add_pages(out, f);
    if (f->readme->name)
        buf_printf(out, "<article aria-label=\"%s\">\n", f->readme->name);
}

void listing_page_add_end(struct buf *out, const struct listing_frame *f)
{
    if (f->readme->name) {
        if (f->readme->cut)
            buf_printf(out, "<p><a href=\"%s\">The rest of it is in %s.</a></p>\n", f->readme->name,
                       f->readme->name);
        buf_add(out, SLICE("</article>\n"));
    }
    buf_add(out, SLICE("</main>\n"));
    page_end(out);
}
