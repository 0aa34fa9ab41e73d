/* A folder as a zip. */
#pragma once

#include "content/manifest.h"
#include "content/source.h"

/* Takes m, also on failure. Returns 0 with *ret, or a negative errno; -E2BIG if the folder is too large. */
int source_open_zip(struct manifest *m, struct source **ret);
