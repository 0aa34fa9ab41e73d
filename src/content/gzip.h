/* Compresses another source while it is read (gzip, RFC 1952). */
#pragma once

#include "content/source.h"

/* Takes `of`, whose length is unknown. NULL if memory ran out; then `of` still belongs to the caller. */
struct source *source_open_gzip(struct source *of);
