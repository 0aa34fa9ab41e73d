/* Markdown as a part of a page, or as a page of its own; other text as it is. */
#include "content/readme.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "content/markdown.h"
#include "content/page.h"

#include <errno.h>
#include <stdio.h>

/* HTML is larger than its Markdown. A README that grows more than this is shown as text, where a byte takes
 * six at most. */
#define HTML_MAX (8 * README_MAX)

static int open_readme(const struct root *root, struct slice path, const char *name)
{
    char full[PATH_MAX];
    struct stat st;
    enum fs_kind kind;
    int n = snprintf(full, sizeof full, "%.*s/%s", (int)path.n, path.p, name);
    if ((size_t)n >= sizeof full)
        return -ENAMETOOLONG;
    int fd = root_open(root, (struct slice){full, (size_t)n}, REACH_ANYWHERE, &st, &kind);
    if (fd >= 0 && !S_ISREG(st.st_mode)) {
        close(fd);
        return -ENOENT;
    }
    return fd;
}

/* Requests one byte more than may be shown, to see whether there is more. */
static bool read_text(int fd, struct buf *text)
{
    while (buf_space(text) > 0) {
        size_t want = buf_space(text) < 16384 ? buf_space(text) : 16384;
        char *to = buf_reserve(text, want);
        ssize_t n = to ? read(fd, to, want) : -1;
        if (n < 0)
            return false;
        if (n == 0)
            return true;
        buf_grew(text, (size_t)n);
    }
    return true;
}

static void add_plain(struct buf *html, struct slice text)
{
    buf_add(html, SLICE("<pre>"));
    html_add(html, text);
    buf_add(html, SLICE("</pre>\n"));
}

/* Markdown that takes more memory or room than a text for people is shown as text. */
static void add_markdown(struct buf *html, struct slice text)
{
    if (!markdown_add_html(html, text) && !html->failed)
        add_plain(html, text);
}

struct readme readme_load(const struct root *root, struct slice path)
{
    static const char *const names[] = {"README.md", "README.txt"};
    struct readme r = {.html = buf_new(HTML_MAX)};
    for (size_t i = 0; i < sizeof names / sizeof *names && !r.name; i++) {
        AUTO_CLOSE int fd = open_readme(root, path, names[i]);
        if (fd < 0 && root_says_gone(fd))
            continue;
        struct buf text = buf_new(README_MAX + 1);
        r.name = names[i];
        if (fd < 0 || !read_text(fd, &text)) {
            buf_add(&r.html, SLICE("<p>It cannot be read at the moment.</p>\n"));
        } else {
            struct slice s = buf_slice(&text);
            r.cut = s.n > README_MAX;
            if (r.cut)
                s.n = README_MAX;
            s.n -= r.cut ? utf8_unfinished(s) : 0;
            if (i == 0)
                add_markdown(&r.html, s);
            else
                add_plain(&r.html, s);
        }
        r.html.failed |= text.failed;
        buf_free(&text);
    }
    return r;
}

/* The path of the folder: the part of the name before its last one. */
static struct slice folder_of(struct slice name, struct slice *ret_last)
{
    size_t at = name.n;
    while (at > 0 && name.p[at - 1] != '/')
        at--;
    *ret_last = slice_from(name, at);
    name.n = at > 0 ? at - 1 : 0;
    for (at = name.n; at > 0 && name.p[at - 1] != '/';)
        at--;
    return slice_from(name, at);
}

static void add_page_head(struct buf *out, struct slice name)
{
    struct slice last, folder = folder_of(name, &last);
    page_begin(out);
    page_add_shown(out, last);
    size_t up = 0;
    for (size_t i = 0; i < name.n; i++)
        up += name.p[i] == '/';
    page_add_style(out, up);
    buf_add(out, SLICE("</head>\n<body>\n<header>\n<nav aria-label=\"Folders\"><ol>\n<li><a class=\"home\" "
                       "href=\"./\"><span>"));
    page_add_shown(out, folder.n > 0 ? folder : SLICE("Home"));
    buf_add(out, SLICE("</span></a></li>\n<li><a href=\"?render\" aria-current=\"page\">"));
    page_add_shown(out, last);
    buf_add(out, SLICE("</a></li>\n</ol></nav>\n<a class=\"quiet\" href=\"./"));
    percent_add(out, last, false);
    buf_add(out, SLICE("\">Source</a>\n<a class=\"quiet\" download href=\"./"));
    percent_add(out, last, false);
    buf_add(out, SLICE("\">Download</a>\n</header>\n<main>\n<h1>"));
    page_add_shown(out, last);
    buf_add(out, SLICE("</h1>\n<article>\n"));
}

int readme_open_page(const struct version *v, struct slice name, struct source **ret)
{
    struct buf text = buf_new(README_MAX + 1), page = buf_new(HTML_MAX + PAGE_FRAME_MAX);
    bool whole = read_text(v->fd, &text);
    struct slice s = buf_slice(&text);
    bool cut = s.n > README_MAX;
    s.n = cut ? README_MAX : s.n;
    s.n -= cut ? utf8_unfinished(s) : 0;
    int error = text.failed         ? -ENOMEM
                : !whole            ? -EIO
                : !version_holds(v) ? -EBUSY
                : !text_is_utf8(s)  ? -EILSEQ
                                    : 0;
    if (error == 0) {
        struct slice last;
        folder_of(name, &last);
        add_page_head(&page, name);
        add_markdown(&page, s);
        if (cut) {
            buf_add(&page, SLICE("<p><a href=\"./"));
            percent_add(&page, last, false);
            buf_add(&page, SLICE("\">The rest of it is in the file.</a></p>\n"));
        }
        buf_add(&page, SLICE("</article>\n</main>\n"));
        page_end(&page);
        *ret = page.failed ? NULL : source_open_memory(buf_slice(&page), "text/html; charset=utf-8");
        error = *ret ? 0 : -ENOMEM;
        if (*ret)
            (*ret)->policy = page_policy_still;
    }
    buf_free(&text);
    buf_free(&page);
    return error;
}
