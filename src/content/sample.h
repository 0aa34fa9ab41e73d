/* Looks at the beginning of a text once, without blocking a loop. */
#pragma once

#include "content/version.h"

/* Whether a text that begins like this may be called UTF-8; is_cut: more follows. An answer's charset
 * overrides a declaration in the text, so it must not contradict that. `type` is the type of a text, which
 * determines how declarations look. */
enum sample sample_judge(struct slice begin, bool is_cut, const char *type);

/* SAMPLE_LATER: it would block, or might: ask again on a worker. */
enum sample sample_text(struct version *v, enum reach reach);
