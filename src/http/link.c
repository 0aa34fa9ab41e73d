/* The Link field (RFC 8288). */
#include "http/link.h"

#include "http/chars.h"

static bool skip(struct slice *rest, char c)
{
    *rest = slice_trim(*rest);
    bool is_there = rest->n > 0 && rest->p[0] == c;
    if (is_there)
        *rest = slice_from(*rest, 1);
    return is_there;
}

static struct slice take_token(struct slice *rest)
{
    struct slice token = {rest->p, 0};
    while (token.n < rest->n && char_is(rest->p[token.n], CHAR_TOKEN))
        token.n++;
    *rest = slice_from(*rest, token.n);
    return token;
}

/* What is between the quotes. No value that is looked for has a backslash in it, so it is left there. */
static bool take_quoted(struct slice *rest, struct slice *ret)
{
    size_t n = 1;
    while (n < rest->n && rest->p[n] != '"')
        n += rest->p[n] == '\\' ? 2 : 1;
    if (n >= rest->n)
        return false;
    *ret = (struct slice){rest->p + 1, n - 1};
    *rest = slice_from(*rest, n + 1);
    return true;
}

static bool take_parameter(struct slice *rest, struct slice *ret_name, struct slice *ret_value)
{
    *rest = slice_trim(*rest);
    *ret_name = take_token(rest);
    *ret_value = SLICE("");
    if (ret_name->n == 0)
        return true; /* nothing after the semicolon */
    if (!skip(rest, '='))
        return true;
    *rest = slice_trim(*rest);
    if (rest->n > 0 && rest->p[0] == '"')
        return take_quoted(rest, ret_value);
    *ret_value = take_token(rest);
    return ret_value->n > 0;
}

/* A relation may be a list: rel="describedby next". */
static bool has_word(struct slice list, struct slice word)
{
    for (struct slice one; slice_cut(&list, ' ', &one);)
        if (slice_eq_nocase(one, word))
            return true;
    return false;
}

bool link_find(struct slice field, struct slice relation, struct slice media_type, struct slice *ret_target)
{
    for (;;) {
        struct slice name, value, target;
        bool related = false, typed = false, rel_seen = false, anchored = false;
        while (skip(&field, ','))
            continue;
        if (!skip(&field, '<') || !memchr(field.p, '>', field.n) || !slice_cut(&field, '>', &target))
            return false;
        while (skip(&field, ';')) {
            if (!take_parameter(&field, &name, &value))
                return false;
            if (slice_eq_nocase(name, SLICE("rel")) && !rel_seen) { /* further ones are ignored (3.3) */
                rel_seen = true;
                related = has_word(value, relation);
            } else if (slice_eq_nocase(name, SLICE("type"))) {
                typed = slice_eq_nocase(value, media_type);
            } else if (slice_eq_nocase(name, SLICE("anchor"))) {
                anchored = true;
            }
        }
        if (field.n > 0 && slice_trim(field).n > 0 && slice_trim(field).p[0] != ',')
            return false;
        if (related && typed && !anchored) {
            *ret_target = target;
            return true;
        }
    }
}
