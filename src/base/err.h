/* An error on its way to a person: what, why and what next in one line, and the exit status it leads to. */
#pragma once

enum status {
    STATUS_DONE = 0,
    STATUS_FAILED = 1,        /* what none of the others says */
    STATUS_USAGE = 2,         /* the command line is wrong */
    STATUS_NOT_FOUND = 3,     /* no such file on the server */
    STATUS_NOT_ALLOWED = 4,   /* the server will not give it to us */
    STATUS_NETWORK = 5,       /* the network or the server failed, after the retries */
    STATUS_MISMATCH = 6,      /* what arrived is not what was promised */
    STATUS_LOCAL_DISK = 7,    /* the local disk failed or is full */
    STATUS_WOULD_REPLACE = 8, /* a different file of that name is there */
};

struct err {
    enum status status;
    char text[1024];
};

/* Fills *e and returns `status`, so that a function can end with `return err_set(...)`. Whatever in the
 * arguments comes from outside must have gone through escape() (base/text.h). */
enum status err_set(struct err *e, enum status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
