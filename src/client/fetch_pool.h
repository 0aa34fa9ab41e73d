/* Carries out a plan: a few threads, each with a connection of its own, which is kept from file to file. */
#pragma once

#include "client/plan.h"
#include "client/tally.h"
#include "client/transfer.h"

struct fetch_pool_job {
    const struct remote *base;
    const struct transfer_options *o; /* those of the network, and verify.required */
    struct local_tree *local;
    struct plan *plan;
    struct tally *tally;
    struct stop *stop;
    const char *name; /* of the tree, for the progress; went through escape() */
};

/* What becomes of each file is told to the tally. Returns STATUS_DONE also if files failed; *ret_stopped: by
 * a signal. */
enum status fetch_pool_run(const struct fetch_pool_job *job, bool *ret_stopped, struct err *e);
