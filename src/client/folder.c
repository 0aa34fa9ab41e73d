/* The content of a folder on a server: parsed from an answer, printed for people, pipes and programs. */
#include "client/folder.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "client/lossy.h"
#include "http/url.h"

/* A longer name sticks out instead of pushing all sizes and times off the screen. */
#define NAME_COLUMNS_MOST 60
#define TIME_SIZE 32
/* Widths of size and time with the gap before them. If the names would get too little, these columns are
 * left out. */
#define SIZE_COLUMNS 12
#define TIME_COLUMNS 18
#define NAME_COLUMNS_LEAST 16

void folder_free(struct folder *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->entries[i].name);
    free(l->entries);
    *l = (struct folder){.n = 0};
}

bool folder_add(struct folder *l, struct slice name, struct folder_entry what)
{
    if (l->n == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : 64;
        struct folder_entry *more = reallocarray(l->entries, cap, sizeof *more);
        if (!more)
            return false;
        l->entries = more;
        l->cap = cap;
    }
    what.name = strndup(name.p, name.n);
    if (!what.name)
        return false;
    l->entries[l->n++] = what;
    return true;
}

/* Whether it can be the name of an entry of the folder. */
static bool is_inside(struct slice name)
{
    return name.n > 0 && !memchr(name.p, '/', name.n) && !slice_eq(name, SLICE(".")) &&
           !slice_eq(name, SLICE(".."));
}

static struct slice without_slash(struct slice name)
{
    return name.n > 0 && name.p[name.n - 1] == '/' ? (struct slice){name.p, name.n - 1} : name;
}

/* "2026-11-23T04:05:06Z", the only form that the server sends (RFC 3339). */
static bool read_time(const char *text, time_t *ret)
{
    struct tm t = {0};
    const char *end = text ? strptime(text, "%Y-%m-%dT%H:%M:%SZ", &t) : NULL;
    if (!end || *end)
        return false;
    *ret = timegm(&t);
    return true;
}

static enum status bad_listing(struct err *e, const char *why)
{
    return err_set(e, STATUS_NETWORK, "the server did not send a listing as ferry serve does: %s", why);
}

static enum status add_json(struct folder *l, json_t *j, struct err *e)
{
    const char *href = json_string_value(json_object_get(j, "href"));
    const char *kind = json_string_value(json_object_get(j, "kind"));
    json_t *size = json_object_get(j, "size");
    struct folder_entry what = {.name = NULL};
    size_t len;
    if (!href || !kind)
        return bad_listing(e, "an entry has no href or no kind");
    /* The href has the exact bytes; the name beside it is for display and may have lost some. */
    struct slice reference = slice_of(href);
    if (slice_starts(reference, SLICE("./")))
        reference = slice_from(reference, 2);
    AUTO_FREE char *bytes = malloc(reference.n + 1);
    if (!bytes)
        return err_set(e, STATUS_FAILED, "out of memory");
    if (!url_decode(without_slash(reference), bytes, reference.n + 1, &len) ||
        !is_inside((struct slice){bytes, len}))
        return bad_listing(e, "it names something outside the folder");
    what.is_folder = slice_eq(slice_of(kind), SLICE("folder"));
    what.sized = json_is_integer(size) && json_integer_value(size) >= 0;
    what.size = what.sized ? (uint64_t)json_integer_value(size) : 0;
    what.dated = read_time(json_string_value(json_object_get(j, "mtime")), &what.modified);
    return folder_add(l, (struct slice){bytes, len}, what) ? STATUS_DONE
                                                           : err_set(e, STATUS_FAILED, "out of memory");
}

enum status folder_read_json(struct folder *ret, struct slice text, struct err *e)
{
    enum status status = STATUS_DONE;
    json_error_t why;
    size_t i;
    json_t *j, *root = json_loadb(text.p, text.n, 0, &why);
    *ret = (struct folder){.n = 0};
    json_t *entries = json_object_get(root, "entries");
    if (!root)
        status = bad_listing(e, escape(slice_of(why.text)).text);
    else if (!json_is_array(entries))
        status = bad_listing(e, "there are no entries in it");
    json_array_foreach(entries, i, j)
    {
        if (status == STATUS_DONE)
            status = add_json(ret, j, e);
    }
    json_decref(root);
    if (status != STATUS_DONE)
        folder_free(ret);
    return status;
}

enum status folder_read_plain(struct folder *ret, struct slice text, struct err *e)
{
    *ret = (struct folder){.n = 0};
    for (struct slice line; slice_cut(&text, '\n', &line);) {
        struct slice name = without_slash(line);
        /* A name with a line break arrives as two lines, and either may be no valid name. */
        if (!is_inside(name) || memchr(name.p, 0, name.n))
            continue;
        if (!folder_add(ret, name, (struct folder_entry){.is_folder = name.n < line.n})) {
            folder_free(ret);
            return err_set(e, STATUS_FAILED, "out of memory");
        }
    }
    return STATUS_DONE;
}

static int name_columns(const struct folder_entry *n)
{
    return text_columns(slice_of(escape(slice_of(n->name)).text)) + n->is_folder;
}

/* The width of the names, and which columns follow them. */
struct columns {
    int name;
    bool size, time;
};

static struct columns lay_out(const struct folder *l, int width)
{
    int most = NAME_COLUMNS_MOST;
    struct columns c = {.size = true, .time = true};
    if (width > 0) {
        c.time = width >= NAME_COLUMNS_LEAST + SIZE_COLUMNS + TIME_COLUMNS;
        c.size = width >= NAME_COLUMNS_LEAST + SIZE_COLUMNS;
        most = width - (c.size ? SIZE_COLUMNS : 0) - (c.time ? TIME_COLUMNS : 0);
    }
    for (size_t i = 0; i < l->n; i++) {
        int columns = name_columns(&l->entries[i]);
        if (columns > c.name)
            c.name = columns < most ? columns : most;
    }
    return c;
}

void folder_print_long(const struct folder *l, FILE *to, int width)
{
    struct columns c = lay_out(l, width);
    for (size_t i = 0; i < l->n; i++) {
        const struct folder_entry *n = &l->entries[i];
        int columns = name_columns(n);
        char when[TIME_SIZE] = "-";
        struct tm t;
        if (n->dated && localtime_r(&n->modified, &t))
            strftime(when, sizeof when, "%Y-%m-%d %H:%M", &t);
        fprintf(to, "%s%s", escape(slice_of(n->name)).text, n->is_folder ? "/" : "");
        if (width > 0 && columns > c.name && c.size) {
            fputc('\n', to);
            columns = 0;
        }
        if (c.size)
            fprintf(to, "%*s  %10s", columns < c.name ? c.name - columns : 0, "",
                    n->sized ? size_text(n->size).text : "-");
        if (c.time)
            fprintf(to, "  %s", when);
        fputc('\n', to);
    }
}

void folder_print_names(const struct folder *l, FILE *to, char end)
{
    for (size_t i = 0; i < l->n; i++)
        fprintf(to, "%s%s%c", l->entries[i].name, l->entries[i].is_folder ? "/" : "", end);
}

/* If the name is not UTF-8, the href still has the exact bytes. */
static json_t *entry_json(const struct folder_entry *n)
{
    struct buf href = buf_new(4096);
    percent_add(&href, slice_of(n->name), false);
    buf_add(&href, n->is_folder ? SLICE("/") : SLICE(""));
    struct slice s = buf_slice(&href);
    json_t *j = json_pack("{s:o, s:s%, s:s}", "name", lossy_string(slice_of(n->name)), "href", s.p, s.n,
                          "kind", n->is_folder ? "folder" : "file");
    buf_free(&href);
    char when[TIME_SIZE];
    struct tm t;
    if (j && n->sized)
        json_object_set_new(j, "size", json_integer((json_int_t)n->size));
    if (j && n->dated && gmtime_r(&n->modified, &t) && strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &t))
        json_object_set_new(j, "mtime", json_string(when));
    return j;
}

bool folder_print_json(const struct folder *l, FILE *to)
{
    bool ok = true;
    fputc('[', to);
    for (size_t i = 0; i < l->n && ok; i++) {
        json_t *j = entry_json(&l->entries[i]);
        fputs(i > 0 ? ",\n " : "", to);
        ok = j && json_dumpf(j, to, JSON_COMPACT | JSON_ENSURE_ASCII) == 0;
        json_decref(j);
    }
    fputs("]\n", to);
    return ok;
}
