/* Preconditions: rules of RFC 9110 13 that hold for any fields.
 *
 * The input is lines; the first letter names the field: M(atch), N(one match), S(ince), U(nmodified),
 * R(ange). */
#include "fuzz.h"

#include "http/conditions.h"

static const time_t now = 1795435200, modified = 784111777;

static struct conditions read_fields(struct slice in)
{
    struct conditions c = {.if_match.p = NULL};
    struct slice line;
    while (slice_cut(&in, '\n', &line)) {
        struct slice value = slice_trim(slice_from(line, 1));
        if (line.n == 0)
            continue;
        switch (line.p[0]) {
        case 'M':
            c.if_match = value;
            break;
        case 'N':
            c.if_none_match = value;
            break;
        case 'S':
            c.if_modified_since = value;
            break;
        case 'U':
            c.if_unmodified_since = value;
            break;
        case 'R':
            c.if_range = value;
            break;
        }
    }
    return c;
}

static void check(const struct conditions *c, const struct validators *v)
{
    const struct slice absent = {NULL, 0};
    enum condition_result result = conditions_evaluate(c, v);
    struct conditions other = *c;

    /* 13.1.3 and 13.1.4: a date is ignored beside a tag. */
    if (c->if_match.p)
        other.if_unmodified_since = absent;
    if (c->if_none_match.p)
        other.if_modified_since = absent;
    other.if_range = absent;
    MUST(conditions_evaluate(&other, v) == result);

    /* 13.2.2: after a failure the second pair of fields does not matter. */
    other = *c;
    other.if_none_match = other.if_modified_since = absent;
    MUST((conditions_evaluate(&other, v) == CONDITION_FAILED) == (result == CONDITION_FAILED));

    /* 8.8.3.2: tags that match strongly also match weakly. */
    if (c->if_match.p) {
        struct conditions strong = {.if_match = c->if_match}, weak = {.if_none_match = c->if_match};
        if (conditions_evaluate(&strong, v) == CONDITION_PROCEED)
            MUST(conditions_evaluate(&weak, v) == CONDITION_NOT_MODIFIED);
        else
            MUST(conditions_evaluate(&strong, v) == CONDITION_FAILED);
    }

    /* A range of another version would be a corrupt file: the tag must be equal to ours, or the date that
     * of a file that cannot have changed unnoticed. */
    if (c->if_range.p && conditions_range_allowed(c, v)) {
        struct slice guard = slice_trim(c->if_range);
        if (guard.n > 0 && guard.p[0] == '"')
            MUST(slice_eq(guard, v->etag));
        else
            MUST(v->modified != 0 && v->modified < v->now && !slice_starts(guard, SLICE("W/")));
    }
    if (!c->if_range.p)
        MUST(conditions_range_allowed(c, v));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct conditions c = read_fields(fuzz_input(data, size));
    const struct validators v[] = {
        {SLICE("\"a\""), modified, now, modified},
        {SLICE("W/\"a\""), modified, now, modified},
        {SLICE(""), modified, now, modified},
        {SLICE("\"a\""), 0, now, modified},
        {SLICE(""), 0, now, modified},
        {SLICE("\"a\""), modified, modified, modified}, /* changed within this second */
        {SLICE("\"a\""), now + 1, now, modified},       /* from the future */
        {SLICE("\"a\""), now + 1, now, now + 1},
    };
    for (size_t i = 0; i < sizeof v / sizeof *v; i++)
        check(&c, &v[i]);
    return 0;
}
