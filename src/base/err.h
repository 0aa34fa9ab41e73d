/* An error for a person: what happened, why, and what to do next, in one line; and the exit status that it
 * leads to. */
#pragma once

enum status {
    STATUS_DONE = 0,
    STATUS_FAILED = 1,        /* every other error */
    STATUS_USAGE = 2,         /* the command line is wrong */
    STATUS_NOT_FOUND = 3,     /* no such file on the server */
    STATUS_NOT_ALLOWED = 4,   /* the server refuses it */
    STATUS_NETWORK = 5,       /* the network or the server failed, after the retries */
    STATUS_MISMATCH = 6,      /* the server sent something else than it promised */
    STATUS_LOCAL_DISK = 7,    /* the local disk failed or is full */
    STATUS_WOULD_REPLACE = 8, /* a different file of that name exists */
};

struct err {
    enum status status;
    char text[1024];
};

/* Fills *e and returns `status`, so that a function can end with `return err_set(...)`. Arguments that come
 * from outside must have gone through escape() (base/text.h). */
enum status err_set(struct err *e, enum status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
