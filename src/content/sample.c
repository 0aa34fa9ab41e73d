/* Looks at the beginning of a text: may it be called UTF-8? */
#include "content/sample.h"

#include "base/text.h"

#include <strings.h>
#include <unistd.h>

/* A page: enough to see what a text that is not ASCII is. */
#define SAMPLE_BYTES 4096

enum declared {
    DECLARED_NOTHING,
    DECLARED_UTF8,
    DECLARED_OTHER,
};

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct slice without_space(struct slice s)
{
    while (s.n > 0 && is_space(s.p[0]))
        s = slice_from(s, 1);
    return s;
}

/* What follows the first `word`, in any case; p is NULL if it does not occur. */
static struct slice behind(struct slice s, struct slice word)
{
    for (; s.n >= word.n; s = slice_from(s, 1))
        if (slice_eq_nocase((struct slice){s.p, word.n}, word))
            return slice_from(s, word.n);
    return (struct slice){NULL, 0};
}

/* ` = "utf-8"`, with or without quotes. */
static enum declared read_name(struct slice s)
{
    s = without_space(s);
    if (s.n == 0 || s.p[0] != '=')
        return DECLARED_NOTHING;
    s = without_space(slice_from(s, 1));
    if (s.n > 0 && (s.p[0] == '"' || s.p[0] == '\''))
        s = without_space(slice_from(s, 1));
    struct slice name = {s.p, 0};
    while (name.n < s.n && !is_space(s.p[name.n]) && !strchr("\"'>;/?", s.p[name.n]))
        name.n++;
    bool utf8 = slice_eq_nocase(name, SLICE("utf-8")) || slice_eq_nocase(name, SLICE("utf8"));
    return utf8 ? DECLARED_UTF8 : DECLARED_OTHER;
}

/* In <meta charset=...> or <meta http-equiv=... content="...; charset=...">. Of several, one that is not
 * UTF-8 decides, because their context determines which one counts. */
static enum declared html_declares(struct slice s)
{
    enum declared found = DECLARED_NOTHING;
    while ((s = behind(s, SLICE("<meta"))).p) {
        const char *end = memchr(s.p, '>', s.n);
        struct slice tag = {s.p, end ? (size_t)(end - s.p) : s.n};
        while ((tag = behind(tag, SLICE("charset"))).p) {
            enum declared here = read_name(tag);
            found = here > found ? here : found;
        }
    }
    return found;
}

/* Exactly these bytes at the very beginning (CSS Syntax 3.2). */
static enum declared css_declares(struct slice s)
{
    struct slice rule = SLICE("@charset \"");
    if (!slice_starts(s, rule))
        return DECLARED_NOTHING;
    return slice_starts(slice_from(s, rule.n), SLICE("utf-8\";")) ? DECLARED_UTF8 : DECLARED_OTHER;
}

static enum declared xml_declares(struct slice s)
{
    if (!slice_starts(s, SLICE("<?xml")))
        return DECLARED_NOTHING;
    const char *end = memchr(s.p, '>', s.n);
    s = behind((struct slice){s.p, end ? (size_t)(end - s.p) : s.n}, SLICE("encoding"));
    return s.p ? read_name(s) : DECLARED_NOTHING;
}

static bool is_ascii(struct slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return false;
    return true;
}

/* ISO 2022 writes other scripts in bytes of ASCII, between escapes that choose a set: mostly ESC $ and ESC
 * (. ESC ( B, back to ASCII, is also sent to terminals, and does not count by itself. */
static bool has_other_sets(struct slice s)
{
    for (const char *at; (at = memchr(s.p, 0x1b, s.n)); s = slice_from(s, 1)) {
        s = slice_from(s, (size_t)(at - s.p));
        if (s.n > 2 && (s.p[1] == '$' || (strchr("()*+-./", s.p[1]) && s.p[1] && s.p[2] != 'B')))
            return true;
    }
    return false;
}

static bool is_type(const char *type, const char *of)
{
    return strcasecmp(type, of) == 0;
}

enum sample sample_judge(struct slice s, bool is_cut, const char *type)
{
    enum declared declared = DECLARED_NOTHING;
    bool html = is_type(type, "text/html");
    if (is_cut)
        s.n -= utf8_unfinished(s);
    if (!text_is_utf8(s))
        return SAMPLE_OTHER;
    /* The byte order mark overrides all declarations in the text. */
    if (slice_starts(s, SLICE("\xef\xbb\xbf")))
        return SAMPLE_UTF8;
    if (html)
        declared = html_declares(s);
    if (is_type(type, "text/css"))
        declared = css_declares(s);
    if (declared == DECLARED_NOTHING && (html || is_type(type, "text/xml")))
        declared = xml_declares(s);
    if (declared == DECLARED_OTHER)
        return SAMPLE_OTHER;
    if (!is_ascii(s))
        return SAMPLE_UTF8;
    /* In a page that is ASCII so far, a declaration may still follow. */
    bool open = html && is_cut && declared == DECLARED_NOTHING;
    return open || has_other_sets(s) ? SAMPLE_OTHER : SAMPLE_UTF8;
}

static enum sample look(struct version *v, enum reach reach)
{
    char room[SAMPLE_BYTES];
    bool is_cut = v->length > SAMPLE_BYTES;
    size_t want = is_cut ? SAMPLE_BYTES : (size_t)v->length;
    if (want == 0)
        return SAMPLE_UTF8;
    /* All bytes of a small file are in memory, so this costs nothing. */
    const char *bytes = version_bytes(v);
    if (bytes)
        return sample_judge((struct slice){bytes, want}, is_cut, v->type);
    bool may_wait = reach != REACH_CACHED || v->kind == FS_MEMORY;
    ssize_t n = may_wait ? pread(v->fd, room, want, 0) : version_read_now(v, room, want, 0);
    if (n == (ssize_t)want)
        return sample_judge((struct slice){room, want}, is_cut, v->type);
    /* If even a worker gets fewer bytes, the file is broken or has changed, and nothing is promised. */
    return may_wait ? SAMPLE_OTHER : SAMPLE_LATER;
}

enum sample sample_text(struct version *v, enum reach reach)
{
    if (v->sample == SAMPLE_LATER)
        v->sample = look(v, reach);
    return v->sample;
}
