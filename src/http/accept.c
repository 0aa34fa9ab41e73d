/* Proactive negotiation (RFC 9110 12): how much a client prefers what we can send. */
#include "http/accept.h"

#include "http/chars.h"

/* From wide to narrow. */
enum match {
    MATCH_NONE,
    MATCH_ANY,     /* any type */
    MATCH_TYPE,    /* one type, any subtype */
    MATCH_SUBTYPE, /* exactly this type and subtype */
};

struct media_range {
    struct slice type, subtype;
    bool narrower; /* it has a parameter that our type does not have */
    int quality;   /* thousandths */
};

/* Like slice_cut(), but ignores separators inside a quoted-string (RFC 9110 5.6.4). A string without a
 * closing quote takes the rest. */
static bool cut_outside_quotes(struct slice *rest, char separator, struct slice *ret_piece)
{
    size_t n = 0;
    if (rest->n == 0)
        return false;
    for (bool quoted = false; n < rest->n && (quoted || rest->p[n] != separator); n++) {
        if (rest->p[n] == '"')
            quoted = !quoted;
        else if (quoted && rest->p[n] == '\\' && n + 1 < rest->n)
            n++;
    }
    *ret_piece = (struct slice){rest->p, n};
    *rest = slice_from(*rest, n + 1);
    return true;
}

/* Reads a qvalue (RFC 9110 12.4.2), 0 to 1 with up to three decimals, in thousandths. Also accepts ".2":
 * Java's HttpURLConnection has sent "; q=.2" for decades. */
static bool read_quality(struct slice s, int *ret)
{
    int quality = 0, place = 100;
    bool has_whole = s.n > 0 && (s.p[0] == '0' || s.p[0] == '1');
    if (has_whole) {
        quality = s.p[0] == '1' ? 1000 : 0;
        s = slice_from(s, 1);
    }
    if (s.n == 0 && !has_whole)
        return false;
    if (s.n > 0 && (s.p[0] != '.' || s.n > 4 || (s.n == 1 && !has_whole)))
        return false;
    for (size_t i = 1; i < s.n; i++, place /= 10) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        quality += (s.p[i] - '0') * place;
    }
    *ret = quality;
    return quality <= 1000;
}

/* Reads one parameter (RFC 9110 5.6.6). The weight may be at any place (12.5.1), but only once. */
static bool read_parameter(struct slice s, struct media_range *r, bool *has_weight)
{
    struct slice name, value = s;
    if (!slice_cut(&value, '=', &name) || !token_ok(name))
        return false;
    if (slice_eq_nocase(name, SLICE("q"))) {
        bool first = !*has_weight;
        *has_weight = true;
        return first && read_quality(value, &r->quality);
    }
    if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
        value = (struct slice){value.p + 1, value.n - 2};
    else if (!token_ok(value))
        return false;
    /* All text that we send is UTF-8, so this parameter does not exclude it; clients often add it to JSON. */
    if (!slice_eq_nocase(name, SLICE("charset")) || !slice_eq_nocase(value, SLICE("utf-8")))
        r->narrower = true;
    return true;
}

/* Reads one element, such as "text/html;level=1;q=0.5". False if it is malformed. */
static bool read_range(struct slice s, struct media_range *ret)
{
    struct slice name, parameter;
    bool has_weight = false;
    *ret = (struct media_range){.quality = 1000};
    if (!cut_outside_quotes(&s, ';', &name))
        return false;
    ret->subtype = slice_trim(name);
    if (!slice_cut(&ret->subtype, '/', &ret->type) || !token_ok(ret->type) || !token_ok(ret->subtype))
        return false;
    if (slice_eq(ret->type, SLICE("*")) && !slice_eq(ret->subtype, SLICE("*")))
        return false;
    while (cut_outside_quotes(&s, ';', &parameter)) {
        parameter = slice_trim(parameter);
        if (parameter.n > 0 && !read_parameter(parameter, ret, &has_weight))
            return false;
    }
    return true;
}

static enum match range_match(const struct media_range *r, struct slice type, struct slice subtype)
{
    if (r->narrower)
        return MATCH_NONE;
    if (slice_eq(r->type, SLICE("*")))
        return MATCH_ANY;
    if (!slice_eq_nocase(r->type, type))
        return MATCH_NONE;
    if (slice_eq(r->subtype, SLICE("*")))
        return MATCH_TYPE;
    return slice_eq_nocase(r->subtype, subtype) ? MATCH_SUBTYPE : MATCH_NONE;
}

int accept_quality(struct slice accept, struct slice type)
{
    struct slice element, main_type = SLICE(""), subtype = type;
    enum match best = MATCH_NONE;
    int quality = 0;
    bool says_something = false;

    slice_cut(&subtype, '/', &main_type);
    while (cut_outside_quotes(&accept, ',', &element)) {
        struct media_range range;
        if (!read_range(element, &range))
            continue;
        says_something = true;
        enum match match = range_match(&range, main_type, subtype);
        /* Of two equally specific elements, the greater weight counts. */
        if (match > best || (match == best && match != MATCH_NONE && range.quality > quality)) {
            best = match;
            quality = range.quality;
        }
    }
    return says_something ? quality : 1000;
}

/* "x-gzip" is another name of gzip (RFC 9110 8.4.1.3). */
static bool is_coding(struct slice name, struct slice coding)
{
    return slice_eq_nocase(name, coding) ||
           (slice_eq_nocase(name, SLICE("x-gzip")) && slice_eq(coding, SLICE("gzip")));
}

int accept_coding_quality(struct slice accept_encoding, struct slice coding)
{
    struct slice element;
    int any = 0, quality = -1;
    while (cut_outside_quotes(&accept_encoding, ',', &element)) {
        struct slice name, rest = element;
        struct media_range weight = {.quality = 1000};
        bool has_weight = false, right = true;
        if (!slice_cut(&rest, ';', &name) || !token_ok(name = slice_trim(name)))
            continue;
        if (rest.n > 0)
            right = read_parameter(slice_trim(rest), &weight, &has_weight) && has_weight;
        if (right && is_coding(name, coding))
            quality = weight.quality;
        else if (right && slice_eq(name, SLICE("*")))
            any = weight.quality;
    }
    return quality >= 0 ? quality : any;
}
