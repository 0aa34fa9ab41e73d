/* The beginning of a text, looked at once, and without making a loop wait. */
#pragma once

#include "content/version.h"

/* Whether a text that begins like this may be called UTF-8; is_cut: more of it follows. What it says itself
 * of its encoding stands below what an answer says, for whoever shows it, and so the answer must not differ.
 * `type` is a text's, by which that is known. */
enum sample sample_judge(struct slice begin, bool is_cut, const char *type);

/* SAMPLE_LATER: it would wait, or cannot be told from waiting: ask on a worker. */
enum sample sample_text(struct version *v, enum reach reach);
