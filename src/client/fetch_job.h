/* What the threads that fetch a tree are given. */
#pragma once

#include "client/plan.h"
#include "client/tally.h"
#include "client/transfer.h"

struct fetch_job {
    const struct remote *base;
    const struct transfer_options *o; /* those of the network, and verify.required */
    struct local_tree *local;
    struct plan *plan;
    struct tally *tally;
    struct stop *stop;
    const char *name; /* of the tree, for the progress; went through escape() */
};
