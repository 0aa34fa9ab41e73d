/* A regular file as a source: the bytes of one version of it, and no loop waits for its disk. */
#pragma once

#include "content/source.h"
#include "content/version.h"

/* Takes the reference, also on failure: NULL when memory ran out, or when there is no version for want of it.
 */
struct source *source_open_file(struct version *v);
