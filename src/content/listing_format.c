/* The formats of a listing; text and JSON are here, the page is in listing_page.c. */
#include "content/listing_format.h"

#include "base/text.h"

#include <inttypes.h>

const char *listing_type(enum listing_format format)
{
    switch (format) {
    case LISTING_TEXT:
        return "text/plain; charset=utf-8";
    case LISTING_HTML:
        return "text/html; charset=utf-8";
    case LISTING_JSON:
        return "application/json";
    }
    __builtin_unreachable();
}

const char *listing_policy(enum listing_format format)
{
    return format == LISTING_HTML ? page_policy : NULL;
}

static const char *format_name(enum listing_format format)
{
    switch (format) {
    case LISTING_TEXT:
        return "text";
    case LISTING_HTML:
        return "html";
    case LISTING_JSON:
        return "json";
    }
    __builtin_unreachable();
}

static const char *key_name(const struct order *o)
{
    switch (o->key) {
    case ORDER_NAME:
        return "name";
    case ORDER_SIZE:
        return "size";
    case ORDER_TIME:
        return "time";
    }
    __builtin_unreachable();
}

void listing_add_query(struct buf *out, const struct listing_query *q, const struct order *order,
                       const struct entry *after, const char *and_then)
{
    const char *before = "?";
    if (q->format_named) {
        buf_printf(out, "%sformat=%s", before, format_name(q->format));
        before = and_then;
    }
    if (order->key != ORDER_NAME || order->descending) {
        buf_printf(out, "%ssort=%s%sorder=%s", before, key_name(order), and_then,
                   order->descending ? "desc" : "asc");
        before = and_then;
    }
    if (q->limit != 0 && !(q->format == LISTING_HTML && q->limit == LISTING_PAGE)) {
        buf_printf(out, "%slimit=%u", before, q->limit);
        before = and_then;
    }
    if (!after)
        return;
    buf_printf(out, "%safter=", before);
    struct buf place = buf_new(PLACE_TEXT_MAX + 32);
    order_add_place(&place, order, after);
    percent_add(out, buf_slice(&place), false);
    out->failed |= place.failed;
    buf_free(&place);
}

static void add_json_entry(struct buf *out, const struct listing_entry *e, bool first)
{
    buf_add(out, first ? SLICE("\n{\"name\":") : SLICE(",\n{\"name\":"));
    json_add_string(out, e->name);
    buf_add(out, SLICE(",\"href\":\""));
    percent_add(out, e->name, false);
    if (e->folder)
        buf_add(out, SLICE("/\",\"kind\":\"folder\",\"mtime\":"));
    else
        buf_printf(out, "\",\"kind\":\"file\",\"size\":%" PRIu64 ",\"mtime\":", e->size);
    struct time_text moment = time_text(e->modified);
    if (moment.text[0])
        buf_printf(out, "\"%s\"}", moment.text);
    else
        buf_add(out, SLICE("null}"));
}

static void add_json_head(struct buf *out, struct slice path)
{
    buf_add(out, SLICE("{\"path\":"));
    struct buf full = buf_new(path.n + 2);
    buf_add(&full, SLICE("/"));
    buf_add(&full, path);
    buf_add(&full, path.n > 0 ? SLICE("/") : SLICE(""));
    json_add_string(out, buf_slice(&full));
    out->failed |= full.failed;
    buf_free(&full);
    buf_add(out, SLICE(",\"entries\":["));
}

static void add_json_tail(struct buf *out, const struct listing_frame *f)
{
    buf_add(out, SLICE("\n]"));
    if (f->last) {
        buf_add(out, SLICE(",\"next\":\"")); /* All bytes of a place can be in a JSON string as they are. */
        listing_add_query(out, f->query, &f->query->order, f->last, "&");
        buf_add(out, SLICE("\""));
    }
    buf_add(out, SLICE("}\n"));
}

void listing_add_head(struct buf *out, const struct listing_frame *f)
{
    switch (f->query->format) {
    case LISTING_TEXT:
        return;
    case LISTING_HTML:
        listing_page_add_head(out, f);
        return;
    case LISTING_JSON:
        add_json_head(out, f->path);
        return;
    }
}

void listing_add_entry(struct buf *out, const struct listing_frame *f, const struct listing_entry *e)
{
    switch (f->query->format) {
    case LISTING_TEXT:
        /* A name with a newline would look like two names, and the plain dialect cannot ask for it anyway. */
        if (memchr(e->name.p, '\n', e->name.n))
            return;
        buf_add(out, e->name);
        buf_add(out, e->folder ? SLICE("/\n") : SLICE("\n"));
        return;
    case LISTING_HTML:
        listing_page_add_entry(out, f, e);
        return;
    case LISTING_JSON:
        add_json_entry(out, e, f->folders + f->files == 0);
        return;
    }
}

void listing_add_tail(struct buf *out, const struct listing_frame *f)
{
    switch (f->query->format) {
    case LISTING_TEXT:
        return;
    case LISTING_HTML:
        listing_page_add_tail(out, f);
        return;
    case LISTING_JSON:
        add_json_tail(out, f);
        return;
    }
}

void listing_add_end(struct buf *out, const struct listing_frame *f)
{
    if (f->query->format == LISTING_HTML)
        listing_page_add_end(out, f);
}
