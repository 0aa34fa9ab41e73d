/* A group of connections that all request the same kind of thing, and its results. */
#pragma once

#include "histogram.h"

#include <stdbool.h>
#include <stddef.h>

#define GROUP_REQUEST_MAX 1024

struct group {
    const char *name;
    const char *target; /* What is requested; '%' stands for a number below `count`, in five digits. */
    uint64_t connections;
    uint64_t count;
    uint64_t length;  /* Of each answer; 0: the length of the first one. */
    uint64_t range;   /* Requests this many bytes from a random place of a file... */
    uint64_t of;      /* ...that has this many. */
    uint64_t rate;    /* Bytes a second that each connection reads; 0: no limit. */
    uint64_t window;  /* SO_RCVBUF; 0: the kernel's choice. */
    uint64_t each;    /* Requests on each connection, which is idle afterwards; 0: no end. */
    uint64_t least;   /* The measured time does not end before so many answers. */
    uint64_t sources; /* Local addresses (127.0.0.2 and up) to connect from; 0: the kernel's choice. */
    bool fresh;       /* A new connection for each request. */
    bool plain;       /* The plain dialect: a name, and bytes up to the end. */
    bool once;    /* Each of the `count` names once, in order, from the beginning of the measured time, which
                     ends with the last of them. */
    bool check;   /* Checks each byte of each answer. */
    bool arrival; /* An answer's time ends when the kernel has its last byte, not when this program reads it,
                     since it is busy with other groups. */

    /* Current state. */
    char request[GROUP_REQUEST_MAX]; /* If all requests are equal: that request. */
    size_t request_n;
    uint64_t next; /* The next name, in order. */
    uint64_t open; /* Connections that are not done. */

    /* Results within the measured time. */
    uint64_t requests;
    uint64_t bytes;
    uint64_t reconnects;
    struct histogram latency;
};

/* Reads one word of the description; an invalid one ends the program. */
void group_read(struct group *g, const char *word);

/* Writes the next request and returns true, or returns false if there is none. The answer's bytes depend on
 * the number of the file and the offset in it. */
bool group_ask(struct group *g, char request[GROUP_REQUEST_MAX], size_t *ret_n, uint64_t *ret_file,
               uint64_t *ret_at);

void group_print(const struct group *g);
