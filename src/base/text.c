/* Makes text for people, pages and JSON from bytes of unknown origin. */
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <wchar.h>

size_t utf8_decode(struct slice s, uint32_t *ret_char)
{
    if (s.n == 0)
        return 0;
    unsigned char first = (unsigned char)s.p[0];
    if (first < 0x80) {
        *ret_char = first;
        return 1;
    }
    size_t len = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || s.n < len)
        return 0;
    uint32_t c = first & (0xffu >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        unsigned char next = (unsigned char)s.p[i];
        if ((next & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (next & 0x3f);
    }
    if ((len == 3 && c < 0x800) || (len == 4 && (c < 0x10000 || c > 0x10ffff)) || (c >= 0xd800 && c < 0xe000))
        return 0;
    *ret_char = c;
    return len;
}

size_t utf8_unfinished(struct slice s)
{
    for (size_t back = 1; back <= 3 && back <= s.n; back++) {
        unsigned char c = (unsigned char)s.p[s.n - back];
        if ((c & 0xc0) == 0x80)
            continue;
        size_t len = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc2 ? 2 : 1;
        return c <= 0xf4 && len > back ? back : 0;
    }
    return 0;
}

/* How many bytes at the front of s, in steps of eight, are ASCII without a NUL. Most text is nothing else. */
static size_t ascii_run(struct slice s)
{
    size_t n = 0;
    for (uint64_t eight; n + sizeof eight <= s.n; n += sizeof eight) {
        memcpy(&eight, s.p + n, sizeof eight);
        /* For a NUL, the subtraction borrows and sets the top bit. */
        if ((eight | (eight - 0x0101010101010101)) & 0x8080808080808080)
            break;
    }
    return n;
}

bool text_is_utf8(struct slice s)
{
    while (s.n > 0) {
        s = slice_from(s, ascii_run(s));
        /* Then eight bytes, of which some are not ASCII, before ascii_run() is tried again: in text of
         * another script it would fail at every character. */
        for (size_t i = 0, used; i < 8 && s.n > 0; i += used) {
            uint32_t c;
            used = utf8_decode(s, &c);
            if (used == 0 || c == 0)
                return false;
            s = slice_from(s, used);
        }
    }
    return true;
}

bool char_is_hostile(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
           (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe0fff);
}

enum shape {
    SHAPE_NONE,
    SHAPE_LETTER,   /* a letter of a script in which a joiner shapes letters: Arabic to Myanmar, Khmer,
                       Mongolian, ... */
    SHAPE_PICTURE,  /* an emoji, or a modifier after one */
    SHAPE_IDEOGRAPH /* has variants */
};

static enum shape shape_of(uint32_t c)
{
    static const struct {
        uint32_t first, last;
        enum shape shape;
    } blocks[] = {
        {0x620, 0xdff, SHAPE_LETTER},        {0x1000, 0x109f, SHAPE_LETTER},
        {0x1780, 0x18af, SHAPE_LETTER},      {0x1a20, 0x1aaf, SHAPE_LETTER},
        {0x1b00, 0x1bff, SHAPE_LETTER},      {0x20e3, 0x20e3, SHAPE_PICTURE},
        {0x2190, 0x2bff, SHAPE_PICTURE},     {0x3400, 0x9fff, SHAPE_IDEOGRAPH},
        {0xa800, 0xabff, SHAPE_LETTER},      {0xf900, 0xfaff, SHAPE_IDEOGRAPH},
        {0xfb50, 0xfdff, SHAPE_LETTER},      {0xfe0f, 0xfe0f, SHAPE_PICTURE},
        {0xfe70, 0xfefe, SHAPE_LETTER},      {0x10a00, 0x11fff, SHAPE_LETTER},
        {0x1e900, 0x1e95f, SHAPE_LETTER},    {0x1f000, 0x1faff, SHAPE_PICTURE},
        {0x20000, 0x3ffff, SHAPE_IDEOGRAPH},
    };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        if (c >= blocks[i].first && c <= blocks[i].last)
            return blocks[i].shape;
    return SHAPE_NONE;
}

/* The length of the tags that follow a black flag, and are invisible elsewhere. Fonts have these three
 * only; with any other the black flag alone would be shown, and the name would look like another one. */
static size_t flag_length(struct slice s)
{
    static const char *const flags[] = {"gbeng\x7f", "gbsct\x7f", "gbwls\x7f"};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        size_t n = 0, used;
        uint32_t c;
        const char *next = flags[i];
        while (*next && (used = utf8_decode(slice_from(s, n), &c)) > 0 && c == 0xe0000 + (uint32_t)*next)
            n += used, next++;
        if (!*next)
            return n;
    }
    return 0;
}

/* How many bytes of s, which begins with the invisible character c, have a visible effect here: a joiner
 * between letters of a script that needs it or between the pictures of an emoji, the tags of a flag, the
 * variant of an ideograph. 0: c would only hide in a name. */
static size_t shaping_length(struct slice s, uint32_t c, uint32_t before)
{
    size_t used = utf8_decode(s, &c);
    enum shape shape = shape_of(before);
    if (c == 0x200c || c == 0x200d) {
        uint32_t after;
        bool joins = shape == SHAPE_LETTER || (shape == SHAPE_PICTURE && c == 0x200d);
        return joins && utf8_decode(slice_from(s, used), &after) > 0 && shape_of(after) == shape ? used : 0;
    }
    if (c >= 0xe0100 && c <= 0xe01ef)
        return shape == SHAPE_IDEOGRAPH ? used : 0;
    return before == 0x1f3f4 ? flag_length(s) : 0;
}

/* Room for one result of escape_one(): a flag's tags, or four bytes as \xNN. */
#define ESCAPED_MAX 32

/* Escapes the first character of s into out, and returns how many bytes of s it takes. *before is the
 * character before it as it is shown, and is set to this one. */
static size_t escape_one(struct slice s, const char *keep, uint32_t *before, char out[ESCAPED_MAX],
                         size_t *ret_len)
{
    uint32_t c = 0;
    size_t used = utf8_decode(s, &c);
    bool plain = used > 0 && !char_is_hostile(c);
    if (used > 0 && !plain) {
        char one[5] = {0};
        memcpy(one, s.p, used);
        plain = c != 0 && strstr(keep, one);
        size_t shaping = plain ? 0 : shaping_length(s, c, *before);
        plain |= shaping > 0;
        used = shaping > 0 ? shaping : used;
    }
    if (used == 0)
        used = 1;
    *before = plain ? c : 0;
    if (plain && c == '\\') {
        memcpy(out, "\\\\", 2);
        *ret_len = 2;
    } else if (plain) {
        memcpy(out, s.p, used);
        *ret_len = used;
    } else {
        for (size_t i = 0; i < used; i++)
            snprintf(out + 4 * i, 5, "\\x%02x", (unsigned char)s.p[i]);
        *ret_len = 4 * used;
    }
    return used;
}

struct escaped escape(struct slice s)
{
    struct escaped e;
    size_t len = 0;
    uint32_t before = 0;
    while (s.n > 0) {
        char one[ESCAPED_MAX];
        size_t n, used = escape_one(s, "", &before, one, &n);
        if (len + n + sizeof "..." > sizeof e.text) {
            memcpy(e.text + len, "...", 3);
            len += 3;
            break;
        }
        memcpy(e.text + len, one, n);
        len += n;
        s = slice_from(s, used);
    }
    e.text[len] = '\0';
    return e;
}

/* How many bytes at the front of s need no escape, if a backslash and `quote` do need one. That is all of
 * most names. */
static size_t printable_run(struct slice s, char quote)
{
    size_t n = 0;
    while (n < s.n && s.p[n] >= ' ' && s.p[n] < 0x7f && s.p[n] != '\\' && s.p[n] != quote)
        n++;
    return n;
}

void escape_add(struct buf *out, struct slice s, const char *keep)
{
    for (uint32_t before = 0;;) {
        size_t plain = printable_run(s, '\\');
        buf_add(out, (struct slice){s.p, plain});
        before = plain > 0 ? (unsigned char)s.p[plain - 1] : before;
        s = slice_from(s, plain);
        if (s.n == 0)
            return;
        char one[ESCAPED_MAX];
        size_t n, used = escape_one(s, keep, &before, one, &n);
        buf_add(out, (struct slice){one, n});
        s = slice_from(s, used);
    }
}

int text_columns(struct slice s)
{
    int columns = 0;
    while (s.n > 0) {
        uint32_t c;
        size_t used = utf8_decode(s, &c);
        int width = used ? wcwidth((wchar_t)c) : 1;
        columns += width < 0 ? 1 : width;
        s = slice_from(s, used ? used : 1);
    }
    return columns;
}

/* JSON requires the escape only for C0, but people look at JSON in terminals. A character beyond the first
 * 65,536 becomes two halves of UTF-16 (RFC 8259 7). */
static void add_json_escape(struct buf *out, uint32_t c)
{
    if (c >= 0x10000)
        buf_printf(out, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10), 0xdc00 + (c & 0x3ff));
    else
        buf_printf(out, "\\u%04x", c);
}

void json_add_string(struct buf *out, struct slice s)
{
    buf_add(out, SLICE("\""));
    for (;;) {
        size_t run = printable_run(s, '"');
        buf_add(out, (struct slice){s.p, run});
        s = slice_from(s, run);
        if (s.n == 0)
            break;
        uint32_t c;
        size_t used = utf8_decode(s, &c);
        if (used == 0) {
            buf_add(out, SLICE("\xef\xbf\xbd"));
            used = 1;
        } else if (char_is_hostile(c)) {
            add_json_escape(out, c);
        } else {
            if (c == '"' || c == '\\')
                buf_add(out, SLICE("\\"));
            buf_add(out, (struct slice){s.p, used});
        }
        s = slice_from(s, used);
    }
    buf_add(out, SLICE("\""));
}

struct size_text size_text(byte_sum bytes)
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    struct size_text t;
    if (bytes < 1024) {
        snprintf(t.text, sizeof t.text, "%u B", (unsigned)bytes);
        return t;
    }
    size_t unit = 0;
    byte_sum one = 1024;
    while (bytes >> 10 >= one && unit + 1 < sizeof units / sizeof *units)
        one <<= 10, unit++;
    /* Rounds to the nearest tenth. "1024.0 KiB" would be wrong: that is 1.0 of the next unit. */
    byte_sum whole = bytes / one, tenths = (bytes % one * 10 + one / 2) / one;
    if (tenths == 10)
        whole++, tenths = 0;
    if (whole == 1024 && unit + 1 < sizeof units / sizeof *units)
        whole = 1, unit++;
    snprintf(t.text, sizeof t.text, "%u.%u %s", (unsigned)whole, (unsigned)tenths, units[unit]);
    return t;
}

struct count_text count_text(uint64_t n)
{
    struct count_text t;
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%" PRIu64, n), to = 0;
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            t.text[to++] = ',';
        t.text[to++] = digits[i];
    }
    t.text[to] = '\0';
    return t;
}

static char *add_digits(char *to, int value, int digits, char behind)
{
    for (int i = digits; i-- > 0; value /= 10)
        to[i] = (char)('0' + value % 10);
    to[digits] = behind;
    return to + digits + 1;
}

/* Formats without strftime(), which is slow: a listing and a log need one time a line. */
struct time_text time_text(time_t t)
{
    const time_t first = -62167219200, last = 253402300799; /* the first second of year 0, the last of 9999 */
    struct time_text ret;
    struct tm tm;
    if (t < first || t > last) {
        ret.text[0] = '\0';
        return ret;
    }
    gmtime_r(&t, &tm);
    char *to = add_digits(ret.text, tm.tm_year + 1900, 4, '-');
    to = add_digits(to, tm.tm_mon + 1, 2, '-');
    to = add_digits(to, tm.tm_mday, 2, 'T');
    to = add_digits(to, tm.tm_hour, 2, ':');
    to = add_digits(to, tm.tm_min, 2, ':');
    *add_digits(to, tm.tm_sec, 2, 'Z') = '\0';
    return ret;
}

/* Needs no escape anywhere in a URL (RFC 3986 2.3). */
static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

/* How many bytes at the front of s stay as they are in a link. */
static size_t plain_run(struct slice s, bool keep_slash)
{
    size_t n = 0;
    while (n < s.n && (is_unreserved(s.p[n]) || (keep_slash && s.p[n] == '/')))
        n++;
    return n;
}

void percent_add(struct buf *out, struct slice s, bool keep_slash)
{
    /* Upper case is the normal form (RFC 3986 6.2.2.1). */
    static const char digits[] = "0123456789ABCDEF";
    size_t at = 0;
    while (at < s.n) {
        size_t plain = plain_run(slice_from(s, at), keep_slash);
        buf_add(out, (struct slice){s.p + at, plain});
        at += plain;
        if (at == s.n)
            break;
        unsigned char c = (unsigned char)s.p[at++];
        char escape[3] = {'%', digits[c >> 4], digits[c & 15]};
        buf_add(out, (struct slice){escape, sizeof escape});
    }
}

void html_add(struct buf *out, struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        switch (s.p[i]) {
        case '&':
            buf_add(out, SLICE("&amp;"));
            break;
        case '<':
            buf_add(out, SLICE("&lt;"));
            break;
        case '>':
            buf_add(out, SLICE("&gt;"));
            break;
        case '"':
            buf_add(out, SLICE("&quot;"));
            break;
        case '\'':
            buf_add(out, SLICE("&#39;"));
            break;
        default:
            buf_add(out, (struct slice){s.p + i, 1});
        }
    }
}
