/* Carries out a plan: a few threads, each with a connection of its own, which is kept from file to file. */
#pragma once

#include "client/fetch_job.h"

/* What becomes of each file is told to the tally. Returns STATUS_DONE also if files failed; *ret_stopped: by
 * a signal. */
enum status fetch_pool_run(const struct fetch_job *job, bool *ret_stopped, struct err *e);
