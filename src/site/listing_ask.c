/* What a request wants from a folder's listing, from its target and its Accept field. */
#include "site/listing_ask.h"

#include "http/accept.h"
#include "http/query.h"

/* HTML, unless the client prefers another format. */
static enum listing_format choose_format(struct slice accept)
{
    enum listing_format best = LISTING_HTML;
    int html = accept_quality(accept, SLICE("text/html"));
    int json = accept_quality(accept, SLICE("application/json"));
    int text = accept_quality(accept, SLICE("text/plain"));
    if (json > html)
        best = LISTING_JSON;
    if (text > html && text > json)
        best = LISTING_TEXT;
    return best;
}

static bool read_format(struct slice word, enum listing_format *ret)
{
    if (slice_eq(word, SLICE("html")))
        *ret = LISTING_HTML;
    else if (slice_eq(word, SLICE("json")))
        *ret = LISTING_JSON;
    else if (slice_eq(word, SLICE("text")))
        *ret = LISTING_TEXT;
    else
        return false;
    return true;
}

static struct order read_order(struct slice query)
{
    struct order order = {.key = ORDER_NAME};
    char room[16];
    struct slice word;
    if (query_get(query, SLICE("sort"), room, sizeof room, &word)) {
        if (slice_eq(word, SLICE("size")))
            order.key = ORDER_SIZE;
        else if (slice_eq(word, SLICE("time")))
            order.key = ORDER_TIME;
    }
    if (query_get(query, SLICE("order"), room, sizeof room, &word))
        order.descending = slice_eq(word, SLICE("desc"));
    return order;
}

static unsigned read_limit(struct slice query, enum listing_format format)
{
    char room[32];
    struct slice word;
    uint64_t limit;
    if (query_get(query, SLICE("limit"), room, sizeof room, &word) && slice_to_u64(word, &limit) && limit > 0)
        return limit < LISTING_LIMIT_MAX ? (unsigned)limit : LISTING_LIMIT_MAX;
    return format == LISTING_HTML ? LISTING_PAGE : 0;
}

/* Whether a parameter exists, even with an invalid value. */
static bool has(struct slice query, struct slice name)
{
    struct slice pair, key;
    while (slice_cut(&query, '&', &pair))
        if (slice_cut(&pair, '=', &key) && slice_eq(key, name))
            return true;
    return false;
}

struct listing_query listing_ask(const struct request *r, struct slice in, struct slice query)
{
    char room[512];
    struct slice word;
    struct entry place;
    struct listing_query q = {.order = read_order(query)};
    q.format_named =
        query_get(query, SLICE("format"), room, sizeof room, &word) && read_format(word, &q.format);
    if (!q.format_named)
        q.format = choose_format(request_list_field(r, in, FIELD_ACCEPT, room, sizeof room));
    q.limit = read_limit(query, q.format);
    if (has(query, SLICE("after")))
        q.broken = !query_get(query, SLICE("after"), q.after, sizeof q.after, &word) ||
                   !order_read_place(&q.order, q.after, &place);
    return q;
}
