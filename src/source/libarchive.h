/* libarchive's functions, without their prefix: libarchive.write_new() is archive_write_new(). */
#pragma once

#include <archive.h>
#include <archive_entry.h>

#define LIBARCHIVE_CALLS(X)                                                                                  \
    X(entry_clear)                                                                                           \
    X(entry_copy_pathname)                                                                                   \
    X(entry_free)                                                                                            \
    X(entry_new)                                                                                             \
    X(entry_set_filetype)                                                                                    \
    X(entry_set_mtime)                                                                                       \
    X(entry_set_perm)                                                                                        \
    X(entry_set_size)                                                                                        \
    X(set_error)                                                                                             \
    X(write_close)                                                                                           \
    X(write_data)                                                                                            \
    X(write_finish_entry)                                                                                    \
    X(write_free)                                                                                            \
    X(write_header)                                                                                          \
    X(write_new)                                                                                             \
    X(write_open)                                                                                            \
    X(write_set_bytes_in_last_block)                                                                         \
    X(write_set_bytes_per_block)                                                                             \
    X(write_set_format_option)                                                                               \
    X(write_set_format_zip)

struct libarchive_calls {
#define CALL(name) __typeof__(archive_##name) *name;
    LIBARCHIVE_CALLS(CALL)
#undef CALL
};

/* Empty until libarchive_load() has answered NULL. */
extern struct libarchive_calls libarchive;

/* Once, for all threads. NULL, or why it cannot be had. */
const char *libarchive_load(void);
