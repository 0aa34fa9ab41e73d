/* The least that a server can do: epoll, recv, and send of a fixed answer.
 *
 *   epoll port=P head=BYTES body=BYTES [close]
 *
 * Of a request it only finds the end. With `close` it ends the connection after each answer; with head=0
 * the answer is the body only, as in the plain dialect. */
#include "door.h"

struct answer {
    char *bytes;
    size_t n;
    bool plain;
    bool close;
};

static void serve(int fd, const struct answer *a)
{
    char request[16384];
    ssize_t n = recv(fd, request, sizeof request, 0);
    if (n <= 0) {
        close(fd);
        return;
    }
    /* The bench's load generator sends each request in one piece. */
    if (a->plain ? request[n - 1] != '\n' : n < 4 || memcmp(request + n - 4, "\r\n\r\n", 4) != 0)
        DIE("half a request");
    if (send(fd, a->bytes, a->n, 0) != (ssize_t)a->n)
        DIE("an answer of %zu bytes is too long for one call", a->n);
    if (a->close)
        close(fd);
}

int main(int argc, char **argv)
{
    uint64_t port = 0, head = 0, body = 0;
    struct answer a = {0};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "close") == 0)
            a.close = true;
        else if (!word_number(argv[i], "port", &port) && !word_number(argv[i], "head", &head) &&
                 !word_number(argv[i], "body", &body))
            DIE("what is '%s'?", argv[i]);
    }
    a.n = head + body;
    a.plain = head == 0;
    a.bytes = calloc(a.n + 1, 1);
    if (!a.bytes)
        DIE("out of memory");
    if (head)
        door_head(a.bytes, head, 200, body);

    int door = door_open((uint16_t)port), epoll = epoll_create1(EPOLL_CLOEXEC), client;
    struct epoll_event events[BATCH];
    door_watch(epoll, door, EPOLLIN);
    for (;;) {
        int n = epoll_wait(epoll, events, BATCH, -1);
        for (int i = 0; i < n; i++) {
            if (events[i].data.fd != door)
                serve(events[i].data.fd, &a);
            else
                while ((client = door_accept(door)) >= 0)
                    door_watch(epoll, client, EPOLLIN | EPOLLET);
        }
    }
}
