/* What an operation on bytes can answer. Shared by io, http and source, which never include each other. */
#pragma once

enum io {
    IO_OK,          /* bytes moved, or the operation is complete */
    IO_WANT_READ,   /* the peer must send first: wait until the descriptor is readable */
    IO_WANT_WRITE,  /* the peer must take first: wait until the descriptor is writable */
    IO_WANT_WORKER, /* it would wait for a disk: run the source's load() on a worker, then ask again */
    IO_EOF,         /* the orderly end */
    IO_FAIL,        /* it broke; errno says why where the system said it */
};

enum parse {
    PARSE_DONE,
    PARSE_MORE, /* right so far, but not all here yet */
    PARSE_BAD,  /* no further byte can make it right */
};
