/* The sockets that a server listens on, from the words of its command line. */
#include "io/ports.h"

#include <errno.h>
#include <unistd.h>

/* A port that was free on the first address may be taken on the second. That is rare; ten times in a row,
 * it has another cause. */
#define TRIES 10

/* The message for an address that could not be used, with the (positive) errno `why`. */
static enum status refused(struct err *e, const struct address *at, int why)
{
    struct address_text name = address_text(at);
    unsigned port = address_port(at);
    switch (why) {
    case EADDRINUSE:
        return err_set(e, STATUS_FAILED,
                       "cannot listen on %s: address already in use (is another server running? try --listen "
                       ":%u)",
                       name.text, port < UINT16_MAX ? port + 1 : 0);
    case EACCES: /* 80 is for root what 8080 is for other users. */
        return err_set(e, STATUS_FAILED, "cannot listen on %s: permission denied (try --listen :%u)",
                       name.text, port < 1024 ? port + 8000 : port);
    case EADDRNOTAVAIL:
        return err_set(e, STATUS_FAILED,
                       "cannot listen on %s: this machine has no such address (try --listen :%u)", name.text,
                       port);
    default:
        return err_set(e, STATUS_FAILED, "cannot listen on %s: %s (try --listen :%u)", name.text,
                       strerror(why), port);
    }
}

static void close_from(struct ports *p, size_t first)
{
    while (p->n > first)
        close(p->all[--p->n].fd);
}

/* Tries once to listen on all addresses of one word. Returns 0, or a positive errno with the failing
 * address in *ret_at. */
static int listen_on_all(struct ports *p, const struct address *want, size_t n, struct address *ret_at)
{
    size_t before = p->n;
    uint16_t picked = 0;
    int missing = 0;
    for (size_t i = 0; i < n; i++) {
        struct port *port = &p->all[p->n];
        port->at = want[i];
        if (picked != 0)
            address_set_port(&port->at, picked);
        *ret_at = port->at;
        port->fd = sock_listen(&port->at, true);
        if (port->fd >= 0) {
            p->n++;
            picked = address_port(&port->at);
        } else if (port->fd == -EAFNOSUPPORT || port->fd == -EADDRNOTAVAIL) {
            missing = -port->fd; /* A machine without IPv6 still listens on IPv4. */
        } else {
            int why = -port->fd;
            close_from(p, before);
            return why;
        }
    }
    return p->n > before ? 0 : missing;
}

enum status ports_add(struct ports *p, struct slice text, uint16_t default_port, struct err *e)
{
    struct address want[PORTS_MAX], at;
    size_t n;
    if (p->n == PORTS_MAX)
        return err_set(e, STATUS_USAGE, "at most %d addresses to listen on are possible (leave some out)",
                       PORTS_MAX);
    enum status status = sock_resolve_listen(text, default_port, want, PORTS_MAX - p->n, &n, e);
    if (status != STATUS_DONE)
        return status;
    int why = EADDRINUSE;
    for (int tries = address_port(&want[0]) == 0 ? TRIES : 1; tries > 0 && why == EADDRINUSE; tries--)
        why = listen_on_all(p, want, n, &at);
    return why == 0 ? STATUS_DONE : refused(e, &at, why);
}

void ports_close(struct ports *p)
{
    close_from(p, 0);
}
