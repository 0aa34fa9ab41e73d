/* Digests of a message's bytes, by RFC 9530 and by RFC 3230 before it. */
#include "http/digest.h"

#include "http/accept.h"
#include "http/chars.h"

/* 32 bytes in base64: 43 characters and one to fill up. */
#define BASE64_BYTES 44

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int value_of(char c)
{
    const char *at = c ? strchr(base64, c) : NULL;
    return at ? (int)(at - base64) : -1;
}

/* Without its '=' it is accepted (RFC 8941 4.2.7), and whatever the two bits are that stand for nothing. */
static bool read_base64(struct slice s, struct sha256_digest *ret)
{
    uint32_t bits = 0;
    size_t n = 0;
    if (s.n == BASE64_BYTES && s.p[s.n - 1] == '=')
        s.n--;
    if (s.n != BASE64_BYTES - 1)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        int value = value_of(s.p[i]);
        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
        if (i % 4 != 0) /* the first of four characters completes no byte */
            ret->bytes[n++] = (unsigned char)(bits >> (6 - 2 * (i % 4)));
    }
    return true;
}

static void write_base64(const struct sha256_digest *d, char to[static BASE64_BYTES])
{
    for (size_t i = 0; i < BASE64_BYTES; i++) {
        size_t bit = 6 * i, byte = bit / 8;
        uint32_t two = byte < SHA256_BYTES ? (uint32_t)d->bytes[byte] << 8 : 0;
        two |= byte + 1 < SHA256_BYTES ? d->bytes[byte + 1] : 0;
        to[i] = base64[two >> (10 - bit % 8) & 63];
    }
    to[BASE64_BYTES - 1] = '=';
}

/* ---- structured fields (RFC 8941 4.2), as far as a dictionary of digests and preferences needs them ---- */

static char front(struct slice s)
{
    return s.n > 0 ? s.p[0] : '\0';
}

static bool skip(struct slice *rest, char c)
{
    bool is_there = rest->n > 0 && rest->p[0] == c;
    if (is_there)
        *rest = slice_from(*rest, 1);
    return is_there;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}

static size_t skip_digits(struct slice *rest)
{
    size_t n = 0;
    while (n < rest->n && is_digit(rest->p[n]))
        n++;
    *rest = slice_from(*rest, n);
    return n;
}

static bool skip_number(struct slice *rest)
{
    skip(rest, '-');
    size_t whole = skip_digits(rest);
    if (!skip(rest, '.'))
        return whole >= 1 && whole <= 15;
    size_t places = skip_digits(rest);
    return whole >= 1 && whole <= 12 && places >= 1 && places <= 3;
}

static bool skip_string(struct slice *rest)
{
    for (size_t n = 1; n < rest->n; n++) {
        char c = rest->p[n];
        if (c == '"') {
            *rest = slice_from(*rest, n + 1);
            return true;
        }
        if (c == '\\')
            c = ++n < rest->n && (rest->p[n] == '"' || rest->p[n] == '\\') ? rest->p[n] : '\0';
        if (c < ' ' || c > '~')
            return false;
    }
    return false;
}

static bool skip_bytes(struct slice *rest)
{
    skip(rest, ':');
    while (value_of(front(*rest)) >= 0 || front(*rest) == '=')
        *rest = slice_from(*rest, 1);
    return skip(rest, ':');
}

static bool skip_token(struct slice *rest)
{
    size_t n = 0;
    while (n < rest->n && (char_is(rest->p[n], CHAR_TOKEN) || rest->p[n] == ':' || rest->p[n] == '/'))
        n++;
    *rest = slice_from(*rest, n);
    return true;
}

static bool skip_item(struct slice *rest)
{
    char c = front(*rest);
    if (c == '-' || is_digit(c))
        return skip_number(rest);
    if (c == '"')
        return skip_string(rest);
    if (c == ':')
        return skip_bytes(rest);
    if (c == '*' || is_letter(c))
        return skip_token(rest);
    if (skip(rest, '?'))
        return skip(rest, '0') || skip(rest, '1');
    return false;
}

static bool is_of_key(char c, bool first)
{
    return (c >= 'a' && c <= 'z') || c == '*' ||
           (!first && (is_digit(c) || c == '_' || c == '-' || c == '.'));
}

static bool cut_key(struct slice *rest, struct slice *ret)
{
    size_t n = 0;
    while (n < rest->n && is_of_key(rest->p[n], n == 0))
        n++;
    *ret = (struct slice){rest->p, n};
    *rest = slice_from(*rest, n);
    return n > 0;
}

static void skip_spaces(struct slice *rest)
{
    while (skip(rest, ' '))
        ;
}

static bool skip_parameters(struct slice *rest)
{
    struct slice key;
    while (skip(rest, ';')) {
        skip_spaces(rest);
        if (!cut_key(rest, &key) || (skip(rest, '=') && !skip_item(rest)))
            return false;
    }
    return true;
}

static bool skip_inner_list(struct slice *rest)
{
    skip(rest, '(');
    for (skip_spaces(rest); !skip(rest, ')'); skip_spaces(rest))
        if (!skip_item(rest) || !skip_parameters(rest) || (front(*rest) != ' ' && front(*rest) != ')'))
            return false;
    return true;
}

/* A member's value is empty if it has none. */
static bool cut_member(struct slice *rest, struct slice *ret_key, struct slice *ret_value)
{
    if (!cut_key(rest, ret_key))
        return false;
    *ret_value = SLICE("");
    if (skip(rest, '=')) {
        struct slice from = *rest;
        if (!(front(*rest) == '(' ? skip_inner_list(rest) : skip_item(rest)))
            return false;
        *ret_value = (struct slice){from.p, from.n - rest->n};
    }
    return skip_parameters(rest);
}

/* The value of that member of a dictionary, without its parameters; the last one counts. */
static bool find_member(struct slice field, struct slice name, struct slice *ret)
{
    bool found = false;
    for (field = slice_trim(field); field.n > 0;) {
        struct slice key, value;
        if (!cut_member(&field, &key, &value))
            return false;
        if (slice_eq(key, name)) {
            *ret = value;
            found = true;
        }
        field = slice_trim(field);
        if (field.n == 0)
            break;
        if (!skip(&field, ','))
            return false;
        field = slice_trim(field);
        if (field.n == 0) /* a comma is followed by a member */
            return false;
    }
    return found;
}

bool digest_parse(struct slice field, struct sha256_digest *ret)
{
    struct slice value;
    if (!find_member(field, SLICE("sha-256"), &value) || value.n < 2 || value.p[0] != ':')
        return false;
    return read_base64((struct slice){value.p + 1, value.n - 2}, ret);
}

bool digest_is_wanted(struct slice field)
{
    struct slice value;
    uint64_t preference;
    return find_member(field, SLICE("sha-256"), &value) && slice_to_u64(value, &preference) &&
           preference >= 1 && preference <= 10;
}

struct slice digest_format(const struct sha256_digest *d, char to[static DIGEST_TEXT_MAX])
{
    const struct slice name = SLICE("sha-256=:");
    memcpy(to, name.p, name.n);
    write_base64(d, to + name.n);
    memcpy(to + name.n + BASE64_BYTES, ":", 2);
    return (struct slice){to, name.n + BASE64_BYTES + 1};
}

/* ---- RFC 3230 ---- */

bool digest_parse_old(struct slice field, struct sha256_digest *ret)
{
    struct slice element, name;
    while (slice_cut(&field, ',', &element)) {
        element = slice_trim(element);
        if (slice_cut(&element, '=', &name) && slice_eq_nocase(name, SLICE("sha-256")) &&
            read_base64(element, ret))
            return true;
    }
    return false;
}

/* It is a list of names with weights, like Accept-Encoding. */
bool digest_is_wanted_old(struct slice field)
{
    return accept_coding_quality(field, SLICE("sha-256")) > 0;
}

struct slice digest_format_old(const struct sha256_digest *d, char to[static DIGEST_TEXT_MAX])
{
    const struct slice name = SLICE("SHA-256=");
    memcpy(to, name.p, name.n);
    write_base64(d, to + name.n);
    to[name.n + BASE64_BYTES] = '\0';
    return (struct slice){to, name.n + BASE64_BYTES};
}
