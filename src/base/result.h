/* Results of operations on bytes. Shared by io, http and content, which do not include each other. */
#pragma once

enum io {
    IO_OK,          /* bytes were moved, or the operation is complete */
    IO_WANT_READ,   /* the peer must send first: wait until the descriptor is readable */
    IO_WANT_WRITE,  /* the peer must receive first: wait until the descriptor is writable */
    IO_WANT_WORKER, /* a disk would have to be waited for: run the source's load() on a worker, then try again
                     */
    IO_EOF,         /* the orderly end */
    IO_FAIL,        /* an error; errno has the reason if a system call failed */
};

enum parse {
    PARSE_DONE,
    PARSE_MORE, /* correct so far, but incomplete */
    PARSE_BAD,  /* no further byte can make it correct */
};
