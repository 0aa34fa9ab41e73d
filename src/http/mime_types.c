/* A mime.types file: text -> a table to search. */
#include "http/mime_types.h"

#include "http/chars.h"

#include <stdlib.h>

/* Cuts the next word off a line; a comment ends the line. */
static bool cut_word(struct slice *line, struct slice *ret)
{
    *line = slice_trim(*line);
    if (line->n == 0 || line->p[0] == '#')
        return false;
    size_t n = 0;
    while (n < line->n && line->p[n] != ' ' && line->p[n] != '\t')
        n++;
    *ret = (struct slice){line->p, n};
    *line = slice_from(*line, n + 1);
    return true;
}

/* It becomes the value of a field, so it must consist of tokens, without parameters. */
static bool is_type(struct slice word)
{
    struct slice main_type, subtype = word;
    return word.n <= MIME_TYPE_LENGTH_MAX && slice_cut(&subtype, '/', &main_type) && token_ok(main_type) &&
           token_ok(subtype);
}

/* An extension with a dot could never be found, because only the part after the last dot is looked up. */
static bool is_extension(struct slice word)
{
    return word.n <= EXTENSION_LENGTH_MAX && token_ok(word) && !memchr(word.p, '.', word.n);
}

/* Terminates a word of our copy: a separator that is already read, or the end of the copy, comes after it. */
static char *end_word(struct slice word)
{
    char *p = (char *)word.p;
    p[word.n] = '\0';
    return p;
}

static void add(struct mime_types *t, struct slice extension, struct slice type)
{
    char *name = end_word(extension);
    for (char *p = name; *p; p++)
        *p = ascii_lower(*p);
    t->extensions[t->count++] = (struct mime_extension){name, end_word(type)};
}

/* False if something in the line is wrong. */
static bool read_line(struct mime_types *t, size_t cap, struct slice line)
{
    struct slice type, word;
    bool right = true;
    if (!cut_word(&line, &type))
        return true;
    if (!is_type(type))
        return false;
    while (cut_word(&line, &word)) {
        if (is_extension(word) && t->count < cap)
            add(t, word, type);
        else
            right = false;
    }
    return right;
}

/* By name, and for equal names the later line first: its copy has the higher address. */
static int by_name(const void *a, const void *b)
{
    const struct mime_extension *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order != 0 ? order : (x->name < y->name) - (x->name > y->name);
}

static void sort(struct mime_types *t)
{
    size_t kept = 0;
    qsort(t->extensions, t->count, sizeof *t->extensions, by_name);
    for (size_t i = 0; i < t->count; i++)
        if (kept == 0 || strcmp(t->extensions[kept - 1].name, t->extensions[i].name) != 0)
            t->extensions[kept++] = t->extensions[i];
    t->count = kept;
}

struct mime_types *mime_types_parse(struct slice text)
{
    /* Each extension takes at least a byte and a separator. */
    size_t cap = text.n / 2 < MIME_TYPES_MAX ? text.n / 2 : MIME_TYPES_MAX;
    if (text.n > MIME_TYPES_TEXT_MAX)
        return NULL;
    struct mime_types *t = malloc(sizeof *t + cap * sizeof *t->extensions + text.n + 1);
    if (!t)
        return NULL;
    *t = (struct mime_types){.count = 0};
    char *copy = (char *)&t->extensions[cap];
    struct slice rest = {copy, text.n}, line;
    if (text.n > 0)
        memcpy(copy, text.p, text.n);
    for (unsigned number = 1; slice_cut(&rest, '\n', &line); number++) {
        if (line.n > 0 && line.p[line.n - 1] == '\r')
            line.n--;
        if (!read_line(t, cap, line) && t->wrong++ == 0)
            t->first_wrong = number;
    }
    sort(t);
    return t;
}

static int compare(const void *key, const void *member)
{
    return strcmp(key, ((const struct mime_extension *)member)->name);
}

const char *mime_types_find(const struct mime_types *t, const char *extension)
{
    const struct mime_extension *found =
        bsearch(extension, t->extensions, t->count, sizeof *t->extensions, compare);
    return found ? found->type : NULL;
}
