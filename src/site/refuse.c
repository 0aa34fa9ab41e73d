/* The body of an error, for people: text, or a page if HTML is preferred. */
#include "http/accept.h"
#include "http/head.h"
#include "http/url.h"
#include "site/respond.h"

#include "content/error_page.h"

#include <stdio.h>

static const char *next_step(int status)
{
    switch (status) {
    case 403:
        return "This may not be read.\n";
    case 404:
        return "There is no such file here.\n";
    case 405:
        return "Only GET, HEAD and OPTIONS are answered here, and for a folder QUERY and POST.\n";
    case 408:
        return "The request was not complete in time.\n";
    case 413:
        return "The body of a request may have 1 MiB.\n";
    case 414:
        return "A request line may have 8,192 bytes.\n";
    case 415:
        return "Only a list of names can be sent to a folder: application/vnd.ferry.names.\n";
    case 416:
        return "The range is outside the file.\n";
    case 421:
        return "This server does not answer to the name in the address. To allow it: ferry serve "
               "--allow-host NAME\n";
    case 422:
        return "A list has names below the folder, each ended by a NUL, without \".\" and \"..\".\n";
    case 431:
        return "A request head may have 100 fields and 32,768 bytes.\n";
    case 503:
        return "The server has no memory, descriptor, thread or turn left for this. Try again later.\n";
    case 507:
        return "There is too much in that folder for such an archive. A tar holds more than a zip.\n";
    default:
        return "";
    }
}

/* Browsers prefer HTML to text; curl accepts both equally. */
static bool prefers_page(const struct exchange *x)
{
    char room[1024];
    struct slice accept = request_list_field(&x->request, x->in, FIELD_ACCEPT, room, sizeof room);
    return accept_quality(accept, SLICE("text/html")) > accept_quality(accept, SLICE("text/plain"));
}

struct source *refuse(const struct exchange *x, int status)
{
    struct slice said = head_status(status);
    struct slice why = slice_of(x->found.why ? x->found.why : next_step(status));
    if (prefers_page(x)) {
        struct target target;
        bool split =
            x->request.bad_status == 0 && url_split_target(request_target(&x->request, x->in), &target);
        return source_open_error_page(&(struct error_page){
            .status = said,
            .why = why,
            .path = split ? target.path : SLICE(""),
            .look = &x->cache->site->look,
        });
    }
    char text[256];
    int n = snprintf(text, sizeof text, "%.*s\n%.*s", (int)said.n, said.p, (int)why.n, why.p);
    return source_open_memory((struct slice){text, (size_t)n}, "text/plain; charset=utf-8");
}
