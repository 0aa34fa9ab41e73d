/* A site: what is served, and by which rules. */
#pragma once

#include "base/budget.h"
#include "base/err.h"
#include "content/survey.h"
#include "http/media_type.h"
#include "site/hosts.h"

/* What the operator wants. The strings outlive the site. */
struct site_config {
    const char *path;               /* of the folder, or of the one file */
    bool hidden;                    /* names with a dot in front exist too */
    const char *const *allow_hosts; /* right in Host, allow_host_count of them (hosts.h) */
    unsigned allow_host_count;
    struct slice fields; /* whole lines of every HTTP answer's head (fields.h) */
    bool cors;           /* OPTIONS answers other sites' pages */
    bool index;          /* a folder's index.html stands for the folder */
    bool precompressed;  /* NAME.br, NAME.zst and NAME.gz may stand for NAME */
    bool growing;        /* whoever writes to a served file appends */
    bool copy;           /* no sendfile(): no writer can change what is on its way */
    struct listing_look look;
    const char *mime_types; /* a file, or NULL: the system's */
};

/* Constant while requests are answered by it; several threads read it at once. (The root looks again by
 * itself at which folder its name stands for.) */
struct site {
    struct root root;
    struct hosts hosts;
    struct slice fields;                             /* the operator's lines */
    bool policy_given, caching_given, expires_given; /* what these lines say themselves */
    bool cors, index, precompressed, growing, copy;
    struct listing_look look;
    struct media_types types;
    struct mime_types *type_file;
    struct surveys surveys;
    const struct budget *memory; /* of all clients; beyond it nothing new is begun */
};

/* STATUS_DONE, or fills *e; then nothing is to be freed. `memory` must outlive it. */
enum status site_open(struct site *s, const struct site_config *config, struct budget *memory, struct err *e);
/* When no request uses it any more. */
void site_close(struct site *s);
