/* A regular file as a source: the bytes of one version of it, and no loop waits for its disk. */
#pragma once

#include "source/root.h"
#include "source/source.h"

/* Takes fd, also on failure. `st` and `kind` as root_open() gave them; `type` is static. NULL when memory ran
 * out. */
struct source *source_open_file(int fd, const struct stat *st, enum fs_kind kind, const char *type);
