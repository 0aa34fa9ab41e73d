/* The progress bar of a command. */
#pragma once

#include "client/progress.h"

/* A bar if stderr is a terminal that can show one. */
struct progress bar_on_stderr(bool quiet);
