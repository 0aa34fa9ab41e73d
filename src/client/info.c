/* The information about a part file that is needed to resume it. */
#include "client/info.h"

#include <inttypes.h>
#include <stdio.h>

/* The number is the version of the format: a ferry that writes another one must not be misread. */
static const char opening[] = "ferry-part 1";

static const char any_version[] = "ferry-part ";
static const char claim[] = "ferry-part 1\nnothing to go on with\n";

static bool is_line(const char *text)
{
    return text[0] != '\0' && !strpbrk(text, "\r\n");
}

bool info_add(struct buf *out, const struct info *i)
{
    if (!is_line(i->url) || !is_line(i->place) || !is_line(i->validator) || !is_line(i->boot))
        return false;
    buf_printf(out, "%s\nurl %s\nplace %s\nvalidator %s\n", opening, i->url, i->place, i->validator);
    if (i->totalled)
        buf_printf(out, "total %" PRIu64 "\n", i->total);
    else
        buf_printf(out, "total ?\n");
    /* "end" shows that the text is complete: a power cut may shorten a file. */
    buf_printf(out, "synced %" PRIu64 "\nboot %s\nend\n", i->synced, i->boot);
    return !out->failed;
}

static bool next(struct slice *rest, struct slice key, struct slice *ret)
{
    struct slice line;
    if (!slice_cut(rest, '\n', &line) || !slice_starts(line, key))
        return false;
    *ret = slice_from(line, key.n);
    return true;
}

static bool next_text(struct slice *rest, struct slice key, char *to, size_t cap)
{
    struct slice value;
    if (!next(rest, key, &value) || value.n == 0 || value.n >= cap || memchr(value.p, 0, value.n))
        return false;
    memcpy(to, value.p, value.n);
    to[value.n] = '\0';
    return true;
}

bool info_parse(struct slice text, struct info *ret)
{
    struct slice value;
    *ret = (struct info){.totalled = false};
    if (!next(&text, slice_of(opening), &value) || value.n > 0 ||
        !next_text(&text, SLICE("url "), ret->url, sizeof ret->url) ||
        !next_text(&text, SLICE("place "), ret->place, sizeof ret->place) ||
        !next_text(&text, SLICE("validator "), ret->validator, sizeof ret->validator) ||
        !next(&text, SLICE("total "), &value))
        return false;
    ret->totalled = !slice_eq(value, SLICE("?"));
    if (ret->totalled && !slice_to_u64(value, &ret->total))
        return false;
    if (!next(&text, SLICE("synced "), &value) || !slice_to_u64(value, &ret->synced) ||
        !next_text(&text, SLICE("boot "), ret->boot, sizeof ret->boot))
        return false;
    return slice_eq(text, SLICE("end\n"));
}

/* A query may be a signature, which changes each time. With a strong tag and a length, which the answer
 * must repeat, the query may differ; a date may be that of any file. */
static bool same_url(const struct info *i, const char *url)
{
    struct slice ours = slice_of(i->url), theirs = slice_of(url);
    if (i->validator[0] == '"' && i->totalled) {
        ours.n = strcspn(i->url, "?");
        theirs.n = strcspn(url, "?");
    }
    return slice_eq(ours, theirs);
}

uint64_t info_trusted(const struct info *i, const char *url, const char *boot, uint64_t size)
{
    bool same_boot = boot[0] != '\0' && slice_eq(slice_of(i->boot), slice_of(boot));
    if (!same_url(i, url) || (i->totalled && size > i->total) || size < i->synced)
        return 0;
    return same_boot ? size : i->synced;
}

bool info_is_ours(struct slice beginning)
{
    size_t zeros = 0;
    while (zeros < beginning.n && beginning.p[zeros] == '\0')
        zeros++;
    return zeros == beginning.n || slice_starts(beginning, slice_of(any_version)) ||
           slice_starts(slice_of(any_version), beginning);
}

struct slice info_claim(void)
{
    return slice_of(claim);
}
