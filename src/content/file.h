/* A regular file as a source: the bytes of one version, without blocking a loop on its disk. */
#pragma once

#include "content/source.h"
#include "content/version.h"

/* Takes the reference, also on failure. NULL if memory ran out, or if v is NULL because it had. */
struct source *source_open_file(struct version *v);
