/* A listing: for any names, the page has the expected tags, JSON is valid, and a line of text is a name.
 * The input is names with 0xff between them; the first one is the folder's. */
#include "fuzz.h"

#include "base/text.h"
#include "content/listing_format.h"

#include <jansson.h>

#define NAMES_MAX 64

struct folder {
    struct slice path;
    size_t n;
    struct listing_entry entries[NAMES_MAX];
};

/* Names as a file system has them: 1 to 255 bytes, without NUL and slash. Inputs are separated by 0xff, so
 * that a name may contain a newline. */
static bool read_name(struct slice *in, size_t max, struct slice *ret)
{
    while (slice_cut(in, '\xff', ret))
        if (ret->n > 0 && ret->n <= max && !memchr(ret->p, '\0', ret->n) && ret->p[0] != '/')
            return true;
    return false;
}

static void read_folder(struct slice in, struct folder *f)
{
    struct dice d = dice_of(in, 0);
    struct slice name;
    f->n = 0;
    f->path = SLICE("");
    if (read_name(&in, 255, &name)) /* For a much longer path the page leaves folders out. */
        f->path = name;
    while (f->n < NAMES_MAX && read_name(&in, 255, &name))
        if (!memchr(name.p, '/', name.n))
            f->entries[f->n++] = (struct listing_entry){
                .name = name,
                .folder = dice_roll(&d, 4) == 0,
                .size = dice_roll(&d, 2) ? dice_roll(&d, 10000) : INT64_MAX,
                .modified = (time_t)dice_roll(&d, 4102444800),
            };
}

static const char *kind_of(const void *types, struct slice name)
{
    (void)types;
    return name.n % 2 ? "markdown" : "save";
}

static void write_listing(struct buf *out, enum listing_format format, const struct folder *f)
{
    const struct listing_query query = {.format = format};
    const struct listing_look look = {.kind_of = kind_of};
    const struct readme none = {0};
    struct listing_frame frame = {.path = f->path, .query = &query, .look = &look, .readme = &none};
    listing_add_head(out, &frame);
    for (size_t i = 0; i < f->n; i++) {
        size_t before = buf_len(out);
        listing_add_entry(out, &frame, &f->entries[i]);
        MUST(buf_len(out) - before <= LISTING_ENTRY_MAX);
        frame.folders += f->entries[i].folder;
        frame.files += !f->entries[i].folder;
    }
    listing_add_tail(out, &frame);
    listing_add_end(out, &frame);
    MUST(!out->failed);
}

/* Each soft hyphen of an entry's displayed name has a tag around it. */
static size_t soft_hyphens(const struct folder *f)
{
    size_t n = 0;
    for (size_t i = 0; i < f->n; i++) {
        uint32_t c;
        struct slice s = f->entries[i].name;
        for (size_t used; s.n > 0; s = slice_from(s, used ? used : 1))
            if ((used = utf8_decode(s, &c)) > 0)
                n += c == 0xad;
    }
    return n;
}

static void count_marks(const struct folder *f, size_t marks[3])
{
    struct buf out = buf_new(8 << 20);
    write_listing(&out, LISTING_HTML, f);
    marks[0] = marks[1] = marks[2] = 0;
    for (size_t i = out.start; i < out.end; i++) {
        marks[0] += out.base[i] == '<';
        marks[1] += out.base[i] == '>';
        marks[2] += out.base[i] == '"';
        MUST(out.base[i] == '\n' || (unsigned char)out.base[i] >= ' ');
    }
    buf_free(&out);
}

/* The same folder with harmless names has the same tags and attributes. */
static void check_html(const struct folder *f)
{
    struct folder tame = *f;
    size_t wild_marks[3], tame_marks[3];
    char path[4096];
    /* Of the same length, because a path that is too long for a head keeps only its last folders. */
    size_t n = f->path.n;
    for (size_t i = 0; i < n; i++)
        path[i] = f->path.p[i] == '/' ? '/' : 'a';
    tame.path = (struct slice){path, n};
    for (size_t i = 0; i < tame.n; i++)
        tame.entries[i].name = tame.entries[i].name.n % 2 ? SLICE("a") : SLICE("aa");
    count_marks(f, wild_marks);
    count_marks(&tame, tame_marks);
    for (int i = 0; i < 3; i++)
        MUST(wild_marks[i] == tame_marks[i] + 2 * soft_hyphens(f));
}

static void check_json(const struct folder *f)
{
    struct buf out = buf_new(8 << 20);
    json_error_t why;
    write_listing(&out, LISTING_JSON, f);
    json_t *read = json_loadb(buf_slice(&out).p, buf_len(&out), JSON_REJECT_DUPLICATES, &why);
    MUST(read && json_is_string(json_object_get(read, "path")));
    json_t *entries = json_object_get(read, "entries");
    MUST(json_array_size(entries) == f->n);
    for (size_t i = 0; i < f->n; i++) {
        const char *kind = json_string_value(json_object_get(json_array_get(entries, i), "kind"));
        MUST(kind && strcmp(kind, f->entries[i].folder ? "folder" : "file") == 0);
    }
    json_decref(read);
    buf_free(&out);
}

static void check_text(const struct folder *f)
{
    struct buf out = buf_new(8 << 20);
    write_listing(&out, LISTING_TEXT, f);
    struct slice rest = buf_slice(&out), line;
    for (size_t i = 0; i < f->n; i++) {
        const struct listing_entry *e = &f->entries[i];
        if (memchr(e->name.p, '\n', e->name.n))
            continue;
        MUST(slice_cut(&rest, '\n', &line) && line.n == e->name.n + e->folder && slice_starts(line, e->name));
    }
    MUST(rest.n == 0);
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct folder f;
    read_folder(fuzz_input(data, size), &f);
    check_html(&f);
    check_json(&f);
    check_text(&f);
    return 0;
}
