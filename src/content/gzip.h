/* Another source, compressed while it is read (gzip, RFC 1952). */
#pragma once

#include "content/source.h"

/* Takes `of`, whose length is unknown. NULL when memory ran out: then `of` is still the caller's. */
struct source *source_open_gzip(struct source *of);
