/* A site: what is served, and by which rules. */
#pragma once

#include "base/budget.h"
#include "base/err.h"
#include "content/hash.h"
#include "content/hash_store.h"
#include "content/survey.h"
#include "http/media_type.h"
#include "site/hosts.h"

/* The operator's settings. The strings outlive the site. */
struct site_config {
    const char *path;               /* the folder, or the only file */
    bool hidden;                    /* names that begin with a dot exist, too */
    const char *const *allow_hosts; /* accepted in Host, allow_host_count of them (hosts.h) */
    unsigned allow_host_count;
    struct slice fields; /* complete lines for the head of every HTTP answer (fields.h) */
    bool cors;           /* OPTIONS answers pages of other sites */
    bool index;          /* a folder's index.html replaces its listing */
    bool precompressed;  /* NAME.br, NAME.zst and NAME.gz may replace NAME */
    bool growing;        /* programs that write to a served file append */
    bool copy;           /* no sendfile(), so that no writer can change bytes in flight */
    struct listing_look look;
    const char *hash_cache; /* a folder for hashes; NULL: none */
    bool hash_cache_given;  /* and if it cannot be used, nothing is served */
    const char *mime_types; /* a file, or NULL: the system's */
};

/* Constant while it answers requests; several threads read it at once. (The root looks by itself which
 * folder its name means.) */
struct site {
    struct root root;
    struct hosts hosts;
    struct slice fields;                             /* the operator's lines */
    bool policy_given, caching_given, expires_given; /* which fields these lines have */
    bool cors, index, precompressed, growing, copy;
    struct listing_look look;
    struct media_types types;
    struct mime_types *type_file;
    struct surveys surveys;
    struct hash_store *hash_store; /* NULL: none */
    struct hashes hashes;
    const struct budget *memory; /* of all clients; when it is used up, nothing new is begun */
};

/* Returns STATUS_DONE, or fills *e; then nothing has to be freed. `memory` must outlive it. */
enum status site_open(struct site *s, const struct site_config *config, struct budget *memory, struct err *e);
/* Call it when no request uses the site any more. */
void site_close(struct site *s);
