/* Conditional requests (RFC 9110 13): compares the request's fields with the representation. */
#include "http/conditions.h"

#include "http/date.h"

struct entity_tag {
    bool weak;
    struct slice opaque; /* including the quotes */
};

enum comparison {
    COMPARE_STRONG,
    COMPARE_WEAK,
};

enum tag_match {
    TAG_MATCH,
    TAG_NO_MATCH,
    TAG_MALFORMED,
};

static bool is_present(struct slice field)
{
    return field.p != NULL;
}

/* etagc (RFC 9110 8.8.3): no quote and no white space. */
static bool is_tag_char(char c)
{
    unsigned char u = (unsigned char)c;
    return u > ' ' && u != '"' && u != 0x7f;
}

/* Cuts one entity-tag off the front of *s. There are no escapes within the quotes, and the W is upper
 * case. */
static bool cut_tag(struct slice *s, struct entity_tag *ret)
{
    ret->weak = slice_starts(*s, SLICE("W/"));
    struct slice quoted = ret->weak ? slice_from(*s, 2) : *s;
    if (quoted.n == 0 || quoted.p[0] != '"')
        return false;
    size_t close = 1;
    while (close < quoted.n && is_tag_char(quoted.p[close]))
        close++;
    if (close == quoted.n || quoted.p[close] != '"')
        return false;
    ret->opaque = (struct slice){quoted.p, close + 1};
    *s = slice_from(quoted, close + 1);
    return true;
}

/* RFC 9110 8.8.3.2. */
static bool tags_equal(const struct entity_tag *a, const struct entity_tag *b, enum comparison how)
{
    if (how == COMPARE_STRONG && (a->weak || b->weak))
        return false;
    return slice_eq(a->opaque, b->opaque);
}

/* Whether a tag of the list, or "*", matches our representation. A list with a malformed part is malformed
 * as a whole: we do not know what the client holds, and the callers choose the safe side. */
static enum tag_match match_tags(struct slice list, struct slice ours_text, enum comparison how)
{
    struct entity_tag ours, theirs;
    bool have_ours = cut_tag(&ours_text, &ours);
    bool found = false;

    list = slice_trim(list);
    if (slice_eq(list, SLICE("*")))
        return TAG_MATCH;
    while (list.n > 0) {
        if (list.p[0] != ',') { /* otherwise an empty element, which must be accepted (RFC 9110 5.6.1.2) */
            if (!cut_tag(&list, &theirs))
                return TAG_MALFORMED;
            found = found || (have_ours && tags_equal(&theirs, &ours, how));
            list = slice_trim(list);
            if (list.n > 0 && list.p[0] != ',')
                return TAG_MALFORMED;
        }
        if (list.n > 0)
            list = slice_trim(slice_from(list, 1));
    }
    return found ? TAG_MATCH : TAG_NO_MATCH;
}

/* False also for a field to be ignored: absent, not a date, or without a date of ours to compare (RFC 9110
 * 13.1.3, 13.1.4). */
static bool read_date(struct slice field, const struct validators *v, time_t *ret)
{
    return is_present(field) && v->modified != 0 && date_parse(field, v->now, ret);
}

/* A file from the future is sent with the current time as its date (RFC 9110 8.8.2.1), a different one each
 * time. It counts as unmodified since such a date if its ctime is older. If ctime is in the future, too,
 * the clock was set back, and the file has not changed since. */
static bool is_unmodified_since(const struct validators *v, time_t date)
{
    return v->modified <= v->now ? v->modified <= date : v->changed <= date || v->changed > v->now;
}

/* Steps 1 and 2 of RFC 9110 13.2.2. A malformed If-Match fails: the client wants nothing but the version
 * that it knows. */
static bool is_expected_version(const struct conditions *c, const struct validators *v)
{
    time_t date;
    if (is_present(c->if_match))
        return match_tags(c->if_match, v->etag, COMPARE_STRONG) == TAG_MATCH;
    return !read_date(c->if_unmodified_since, v, &date) || is_unmodified_since(v, date);
}

/* Steps 3 and 4. A malformed If-None-Match matches nothing, which costs one copy too many at worst.
 * If-Modified-Since is ignored even so, because If-None-Match is there (13.1.3). */
static bool is_already_known(const struct conditions *c, const struct validators *v)
{
    time_t date;
    if (is_present(c->if_none_match))
        return match_tags(c->if_none_match, v->etag, COMPARE_WEAK) == TAG_MATCH;
    return read_date(c->if_modified_since, v, &date) && is_unmodified_since(v, date);
}

enum condition_result conditions_evaluate(const struct conditions *c, const struct validators *v)
{
    if (!is_expected_version(c, v))
        return CONDITION_FAILED;
    return is_already_known(c, v) ? CONDITION_NOT_MODIFIED : CONDITION_PROCEED;
}

bool conditions_range_allowed(const struct conditions *c, const struct validators *v)
{
    struct slice field = c->if_range, ours_text = v->etag;
    struct entity_tag ours, theirs;
    time_t date;
    if (!is_present(field))
        return true;
    /* Exactly one tag or one date. A range of the wrong version would be a corrupt file, so in case of
     * doubt the whole file is sent. */
    if (cut_tag(&field, &theirs))
        return field.n == 0 && cut_tag(&ours_text, &ours) && tags_equal(&theirs, &ours, COMPARE_STRONG);
    /* During the second that the date names, the file can change again and keep that date. */
    return read_date(c->if_range, v, &date) && date == v->modified && v->modified < v->now;
}
