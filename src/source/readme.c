/* A folder's README as a piece of our page: Markdown as HTML, or text as it is. */
#include "source/readme.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "source/markdown.h"

#include <errno.h>
#include <stdio.h>

/* HTML is larger than what it is made of; a README that grows more than this is shown as text, of which
 * each byte is six at most. */
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

/* One byte more than may be shown is asked for: then there is more. */
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

/* What takes more memory, or more room, than a text for people is shown as it is. */
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
