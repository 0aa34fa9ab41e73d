/* The whole server: what is served, to whom, on which loops. */
#pragma once

#include "io/ports.h"
#include "server/access_line.h"
#include "site/site.h"

struct server_config {
    struct site_config site;
    const char *const *listen; /* "[HOST]:PORT", listen_count of them */
    unsigned listen_count;
    unsigned threads;     /* loops */
    bool pin;             /* each one always on a processor of its own; there are as many */
    unsigned max_clients; /* 0: no limit but memory and descriptors */
    uint64_t max_memory;  /* for all clients; 0: half of the memory available to this process */
    unsigned drain_seconds;
    const char *log; /* a path; NULL: log_fd */
    int log_fd;      /* -1: no access log */
    enum access_format log_format;
    bool quiet; /* no messages but errors */
    /* Clients can connect at these addresses from now on. */
    void (*listening)(const struct server_config *config, const struct address *at, unsigned n);
};

/* Serves until SIGINT or SIGTERM. Returns STATUS_DONE after an orderly end, or fills *e. What it changes in
 * the process is in process.h. */
enum status server_run(const struct server_config *config, struct err *e);
