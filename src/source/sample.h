/* The beginning of a text, looked at once, and without making a loop wait. */
#pragma once

#include "source/version.h"

/* SAMPLE_LATER: it would wait, or cannot be told from waiting: ask on a worker. */
enum sample sample_text(struct version *v, enum reach reach);
