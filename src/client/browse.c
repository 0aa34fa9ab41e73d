/* Asks a server for the content of a folder. */
#include "client/browse.h"

#include "base/list.h"
#include "base/text.h"
#include "client/plain.h"

/* About two million entries: more than anybody reads, and less than a machine's memory holds. */
#define LISTING_MAX (256u << 20)

struct browse {
    struct receiver receiver;
    const struct remote *remote;
    struct buf text;
    struct folder file; /* the listing if SOURCE is a file */
    bool is_file;
};

static struct browse *browse_of(struct receiver *r)
{
    return container_of(r, struct browse, receiver);
}

static bool fail(struct receiver *r)
{
    r->outcome = OUTCOME_FAILED;
    return false;
}

/* For a file, the head of the answer is enough. */
static bool take_file(struct browse *b, const struct answer *a)
{
    struct folder_entry what = {.dated = a->modified != 0, .modified = a->modified};
    what.sized = answer_total(a, &what.size);
    b->is_file = true;
    b->receiver.outcome = OUTCOME_DONE;
    if (!folder_add(&b->file, slice_of(b->remote->last), what)) {
        err_set(&b->receiver.err, STATUS_FAILED, "out of memory");
        b->receiver.outcome = OUTCOME_FAILED;
    }
    return false;
}

static bool browse_begin(struct receiver *r, const struct answer *a)
{
    struct browse *b = browse_of(r);
    struct slice place = slice_of(a->place);
    if (b->remote->scheme == SCHEME_PLAIN) {
        buf_clear(&b->text); /* discards an answer that broke off */
        return true;
    }
    /* A folder's address ends in a slash. A request without it is redirected there, by all web servers. */
    bool folder = place.n > 0 && place.p[place.n - 1] == '/';
    if (!folder && b->remote->last[0])
        return take_file(b, a);
    if (slice_eq(slice_of(a->media_type), SLICE("application/json")))
        return true;
    err_set(&r->err, STATUS_NETWORK,
            "%s: the server does not list folders as JSON, it sends %s (try that address in a browser)",
            escape(slice_of(b->remote->shown)).text,
            a->media_type[0] ? escape(slice_of(a->media_type)).text : "something untold");
    return fail(r);
}

static bool browse_take(struct receiver *r, struct slice piece)
{
    struct browse *b = browse_of(r);
    buf_add(&b->text, piece);
    if (!b->text.failed)
        return true;
    err_set(&r->err, STATUS_FAILED, "%s: the listing is longer than %s (list its folders one by one)",
            escape(slice_of(b->remote->shown)).text, size_text(LISTING_MAX).text);
    return fail(r);
}

static bool browse_idle(struct receiver *r)
{
    (void)r;
    return true;
}

/* With a slash after the name, only a folder is listed; a file's bytes would look like names. */
static enum outcome ask_plain(const struct net_options *net, struct stop *stop, struct browse *b,
                              struct err *e)
{
    char name[REMOTE_PLAIN_NAME_MAX + 2];
    size_t n = strlen(b->remote->name);
    memcpy(name, b->remote->name, n + 1);
    if (n > 0 && name[n - 1] != '/')
        memcpy(name + n, "/", 2);
    struct remote folder = *b->remote;
    folder.name = name;
    return plain_attempt(net, stop, &folder, &b->receiver, e);
}

enum status browse(const struct remote *remote, const struct net_options *net, struct http *http,
                   struct stop *stop, struct folder *ret, struct err *e)
{
    struct browse b = {.receiver = {.begin = browse_begin, .take = browse_take, .idle = browse_idle},
                       .remote = remote,
                       .text = buf_new(LISTING_MAX)};
    enum status status = STATUS_DONE;
    struct answer answer;
    struct http_request q = {.remote = remote, .accept = "application/json", .decode = true};
    enum outcome outcome = remote->scheme == SCHEME_PLAIN ? ask_plain(net, stop, &b, e)
                                                          : http_attempt(http, &q, &b.receiver, &answer, e);
    *ret = (struct folder){.n = 0};
    switch (outcome) {
    case OUTCOME_DONE:
        if (b.is_file) {
            *ret = b.file;
            b.file = (struct folder){.n = 0};
        } else if (remote->scheme == SCHEME_PLAIN) {
            status = folder_read_plain(ret, buf_slice(&b.text), e);
        } else {
            status = folder_read_json(ret, buf_slice(&b.text), e);
        }
        break;
    case OUTCOME_STOPPED:
        status = err_set(e, STATUS_FAILED, "stopped");
        break;
    case OUTCOME_AGAIN:
    case OUTCOME_OVER:
    case OUTCOME_FAILED:
        status = e->status;
        break;
    }
    folder_free(&b.file);
    buf_free(&b.text);
    return status;
}
