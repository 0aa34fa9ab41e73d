/* A group of connections that all ask for the same kind of thing; and what came of it. */
#pragma once

#include "histogram.h"

#include <stdbool.h>
#include <stddef.h>

#define GROUP_REQUEST_MAX 1024

struct group {
    const char *name;
    const char *target; /* What is asked for; a '%' in it is a number below `count`, in five digits. */
    uint64_t connections;
    uint64_t count;
    uint64_t length;  /* Of each answer; 0: whatever the first one has. */
    uint64_t range;   /* Asks for this many bytes from a random place of a file... */
    uint64_t of;      /* ...with this many. */
    uint64_t rate;    /* Bytes a second that each connection takes; 0: all it gets. */
    uint64_t window;  /* SO_RCVBUF; 0: the kernel's choice. */
    uint64_t each;    /* Requests on each connection, which then stays idle; 0: no end. */
    uint64_t least;   /* Answers without which the measured time does not end. */
    uint64_t sources; /* Own addresses (127.0.0.2 and up) to connect from; 0: the kernel's choice. */
    bool fresh;       /* A new connection for each request. */
    bool plain;       /* The plain dialect: a name, and bytes up to the end. */
    bool once;    /* Each of the `count` names once, in order, from the beginning of the measured time; the
                   * measured time ends with the last of them. */
    bool check;   /* Looks at each byte of each answer. */
    bool arrival; /* An answer's time ends when the kernel has its last byte, not when this program comes to
                   * take it, which is busy with other groups. */

    /* What is under way. */
    char request[GROUP_REQUEST_MAX]; /* The one that is sent each time, once it is known that there is but
                                        one. */
    size_t request_n;
    uint64_t next; /* The next name, in order. */
    uint64_t open; /* Connections of it that are not done. */

    /* What came of it within the measured time. */
    uint64_t requests;
    uint64_t bytes;
    uint64_t reconnects;
    struct histogram latency;
};

/* Reads one word of its description; what it cannot be ends the program. */
void group_read(struct group *g, const char *word);

/* Says whether there is one more to ask for, and writes it; the number of the file and the place in it are
 * what the answer's bytes depend on. */
bool group_ask(struct group *g, char request[GROUP_REQUEST_MAX], size_t *ret_n, uint64_t *ret_file,
               uint64_t *ret_at);

void group_print(const struct group *g);
