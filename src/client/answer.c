/* Reads the head of an HTTP answer, and judges whether it fits the bytes that we already have. */
#include "client/answer.h"

#include "http/coding.h"
#include "http/date.h"
#include "http/digest.h"
#include "http/link.h"

#include <stdio.h>

/* The longest wait of our own, and the longest that Retry-After can ask for. */
#define WAIT_MOST_S 30
#define RETRY_AFTER_MOST_S 300

static bool store(struct slice value, char *to, size_t cap)
{
    if (value.n >= cap) {
        to[0] = '\0';
        return false;
    }
    memcpy(to, value.p, value.n);
    to[value.n] = '\0';
    return true;
}

/* entity-tag = [ "W/" ] DQUOTE *etagc DQUOTE (RFC 9110 8.8.3). */
static bool etag_ok(struct slice tag)
{
    if (slice_starts(tag, SLICE("W/")))
        tag = slice_from(tag, 2);
    if (tag.n < 2 || tag.p[0] != '"' || tag.p[tag.n - 1] != '"')
        return false;
    for (size_t i = 1; i + 1 < tag.n; i++)
        if ((unsigned char)tag.p[i] <= ' ' || tag.p[i] == '"' || tag.p[i] == 0x7f)
            return false;
    return true;
}

/* RFC 9110 14.4: "bytes 5-9/10", with '*' for an unknown total; in a 416, '*' instead of "5-9". */
static void read_content_range(struct answer *a, struct slice value)
{
    struct slice unit, span, first;
    a->ranged = a->totalled = false;
    if (++a->spans > 1 || !slice_cut(&value, ' ', &unit) || !slice_eq_nocase(unit, SLICE("bytes")) ||
        !slice_cut(&value, '/', &span))
        return;
    bool any_total = slice_eq(value, SLICE("*"));
    bool totalled = slice_to_u64(value, &a->total);
    if (slice_eq(span, SLICE("*"))) {
        a->totalled = totalled && a->code == 416;
        return;
    }
    if (!slice_cut(&span, '-', &first) || !slice_to_u64(first, &a->first) || !slice_to_u64(span, &a->last) ||
        a->last < a->first || (!totalled && !any_total) || (totalled && a->last >= a->total))
        return;
    a->ranged = true;
    a->totalled = totalled;
}

/* 1*DIGIT, possibly repeated in a list or in further fields, which RFC 9112 6.3 allows. With a
 * Transfer-Encoding, the length does not end the body. */
static void read_length(struct answer *a, struct slice value)
{
    struct slice item;
    uint64_t size = 0;
    a->in_size = true;
    if (value.n == 0 || value.p[value.n - 1] == ',')
        a->unframed = true;
    while (slice_cut(&value, ',', &item)) {
        if (!slice_to_u64(slice_trim(item), &size) || (a->sized && size != a->size))
            a->unframed = true;
        a->sized = true;
        a->size = size;
    }
}

static void read_retry_after(struct answer *a, struct slice value, time_t now)
{
    uint64_t seconds;
    time_t at;
    if (slice_to_u64(value, &seconds)) {
        a->retry_given = true;
        a->retry_after = seconds > UINT32_MAX ? UINT32_MAX : (unsigned)seconds;
    } else if (date_parse(value, now, &at)) {
        a->retry_given = true;
        a->retry_after = at <= now ? 0 : at - now > UINT32_MAX ? UINT32_MAX : (unsigned)(at - now);
    }
}

static void read_media_type(struct answer *a, struct slice value)
{
    struct slice type;
    if (!slice_cut(&value, ';', &type) || !store(slice_trim(type), a->media_type, sizeof a->media_type))
        return;
    for (char *c = a->media_type; *c; c++)
        *c = ascii_lower(*c);
}

/* Names that are not compressions ("utf-8", "aws-chunked") occur as well; the bytes are the file's then. */
static void read_coding(struct answer *a, struct slice value)
{
    static const char *const known[] = {"gzip", "x-gzip", "deflate", "br", "zstd", "compress", "x-compress"};
    for (struct slice item; slice_cut(&value, ',', &item);)
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            a->coded |= slice_eq_nocase(slice_trim(item), slice_of(known[i]));
}

static void read_link(struct answer *a, struct slice value)
{
    struct slice target;
    if (!a->described_by[0] &&
        link_find(value, SLICE("describedby"), SLICE("application/metalink4+xml"), &target) &&
        !memchr(target.p, '\0', target.n))
        store(target, a->described_by, sizeof a->described_by);
}

static void read_status_line(struct answer *a, struct slice line)
{
    struct slice version = SLICE("HTTP/1"), code;
    uint64_t number;
    *a = (struct answer){.place = a->place, .url = a->url, .away = a->away};
    if (slice_cut(&line, ' ', &version) && slice_cut(&line, ' ', &code) && slice_to_u64(code, &number) &&
        number < 1000)
        a->code = (int)number;
    a->multiplexed = !slice_starts(version, SLICE("HTTP/1"));
}

void answer_add_line(struct answer *a, struct slice line, time_t now)
{
    struct slice name, value = line;
    while (value.n > 0 && (value.p[value.n - 1] == '\n' || value.p[value.n - 1] == '\r'))
        value.n--;
    if (slice_starts(value, SLICE("HTTP/"))) {
        read_status_line(a, value);
        return;
    }
    if (value.n > 0 && (value.p[0] == ' ' || value.p[0] == '\t')) { /* a folded line (RFC 9112 5.2) */
        a->unframed |= a->in_size;
        return;
    }
    a->in_size = false;
    if (!memchr(value.p, ':', value.n) || !slice_cut(&value, ':', &name))
        return;
    value = slice_trim(value);
    if (slice_eq_nocase(name, SLICE("content-length"))) {
        read_length(a, value);
    } else if (slice_eq_nocase(name, SLICE("transfer-encoding"))) {
        a->transfer_coded = true;
    } else if (slice_eq_nocase(name, SLICE("content-range"))) {
        read_content_range(a, value);
    } else if (slice_eq_nocase(name, SLICE("etag"))) {
        a->etags++;
        store(etag_ok(value) ? value : SLICE(""), a->etag, sizeof a->etag);
    } else if (slice_eq_nocase(name, SLICE("last-modified"))) {
        if (!date_parse(value, now, &a->modified) || !store(value, a->modified_text, sizeof a->modified_text))
            a->modified = 0;
    } else if (slice_eq_nocase(name, SLICE("date"))) {
        if (!date_parse(value, now, &a->date))
            a->date = 0;
    } else if (slice_eq_nocase(name, SLICE("retry-after"))) {
        read_retry_after(a, value, now);
    } else if (slice_eq_nocase(name, SLICE("content-type"))) {
        read_media_type(a, value);
    } else if (slice_eq_nocase(name, SLICE("content-encoding"))) {
        read_coding(a, value);
    } else if (slice_eq_nocase(name, SLICE("link"))) {
        read_link(a, value);
    } else if (slice_eq_nocase(name, SLICE("repr-digest"))) {
        a->digested = digest_parse(value, &a->digest) || a->digested;
    } else if (slice_eq_nocase(name, SLICE("digest")) && !a->digested) {
        a->digested = digest_parse_old(value, &a->digest);
    }
}

bool answer_validator(const struct answer *a, char out[VALIDATOR_SIZE])
{
    if (a->etags > 0) {
        if (a->etags > 1 || a->etag[0] != '"')
            return false;
        snprintf(out, VALIDATOR_SIZE, "%s", a->etag);
        return true;
    }
    /* RFC 9110 8.8.2.2: a file may change twice within one second, so a date is strong only if the answer
     * is at least a second younger than the change. */
    if (a->modified == 0 || a->date == 0 || a->date - a->modified < 1)
        return false;
    snprintf(out, VALIDATOR_SIZE, "%s", a->modified_text);
    return true;
}

bool answer_framed(const struct answer *a)
{
    return !a->unframed || a->transfer_coded;
}

bool answer_ends(const struct answer *a)
{
    return a->sized || a->transfer_coded || a->multiplexed;
}

bool answer_is_coded(const struct answer *a, struct slice name)
{
    static const struct slice endings[] = {SLICE(".tgz"), SLICE(".svgz"), SLICE(".taz"), SLICE(".tzst"),
                                           SLICE(".Z")};
    static const char *const types[] = {"application/gzip", "application/x-gzip", "application/zstd",
                                        "application/x-compress"};
    bool itself = coding_is_in_name(name);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        itself |=
            name.n > endings[i].n && slice_eq_nocase(slice_from(name, name.n - endings[i].n), endings[i]);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        itself |= slice_eq(slice_of(a->media_type), slice_of(types[i]));
    return a->coded && !itself;
}

bool answer_total(const struct answer *a, uint64_t *ret)
{
    if (a->code == 206) {
        *ret = a->total;
        return a->ranged && a->totalled;
    }
    *ret = a->size;
    return a->sized && !a->transfer_coded && !a->decoded;
}

/* A 206 repeats the ETag of the 200 (RFC 9110 15.3.7). If it does not, the server did not understand
 * If-Range, and we do not know whose bytes these are. */
bool answer_same_version(const struct answer *a, const struct asked *asked)
{
    bool tagged = asked->validator[0] == '"';
    return a->etags == (tagged ? 1 : 0) &&
           slice_eq(slice_of(tagged ? a->etag : a->modified_text), slice_of(asked->validator));
}

/* Whether a 200 is a part after all: some servers honour Range and still answer 200. */
static bool is_piece(const struct answer *a, const struct asked *asked)
{
    uint64_t total;
    bool sized = answer_total(a, &total);
    if (a->spans > 0 && (!a->ranged || !a->totalled || a->first != 0 || a->last + 1 != a->total ||
                         (sized && total != a->total)))
        return true;
    if (asked->from == 0 || !asked->totalled || !sized || total == asked->total ||
        !answer_same_version(a, asked))
        return false;
    /* One version has one length, if the validator is a tag. A date can be that of another file. */
    return asked->validator[0] == '"' || total == asked->total - asked->from;
}

enum fit answer_fit(const struct answer *a, const struct asked *asked)
{
    if (a->code == 416)
        return FIT_NOT_AT_ALL;
    if (a->code != 206)
        return is_piece(a, asked) ? FIT_NONSENSE : FIT_WHOLE;
    if (asked->from == 0 || !a->ranged || a->first != asked->from || !answer_same_version(a, asked) ||
        !slice_eq(slice_of(a->place), slice_of(asked->place)))
        return FIT_NOT_AT_ALL;
    if (asked->totalled ? !a->totalled || a->total != asked->total : a->totalled && a->total < asked->have)
        return FIT_NOT_AT_ALL;
    return FIT_GO_ON;
}

unsigned answer_wait_seconds(const struct answer *a, unsigned failed)
{
    unsigned wait = failed < 5 ? 1u << failed : WAIT_MOST_S;
    if (!a->retry_given || a->retry_after <= wait)
        return wait;
    return a->retry_after < RETRY_AFTER_MOST_S ? a->retry_after : RETRY_AFTER_MOST_S;
}
