/* The local side of a tree: its top folder, safe look-ups below it, and files that get their names in
 * batches.
 *
 * No path leads through a symbolic link or out of the top: the kernel resolves it (openat2). New files are
 * written in a hidden folder in the top, and renamed to their places once a syncfs() has put the whole batch
 * on the disk: a power cut leaves old files or new ones, and one flush serves hundreds of files. */
#pragma once

#include "base/err.h"
#include "client/name.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/stat.h>

/* In the top folder: what ferry brought, and the files that do not have their names yet. */
#define LOCAL_TREE_LEDGER ".ferry-tree"
#define LOCAL_TREE_STAGE ".ferry-tree.new"

struct staged;

struct local_tree {
    int top;
    int stage;     /* locked: one ferry at a time; -1: nothing is to be written */
    bool made_top; /* by us */
    mode_t mask;
    char parent[4096];     /* the folder that was looked into last, */
    int parent_fd;         /* -1: none */
    pthread_mutex_t lock;  /* for the rest */
    unsigned number;       /* of the next staged file */
    struct staged *staged; /* the batch */
    unsigned n_staged;
    uint64_t staged_bytes;
};

/* A file's place and marks. */
struct local_file {
    const char *path; /* below the top */
    uint64_t size;
    bool timed;
    struct timespec modified;
    mode_t mode;   /* local_tree_mode() */
    bool replaces; /* what has that name may be replaced */
    bool verified; /* for who is told of it */
};

/* Opens the folder `path`. If it does not exist, it is made if `make` is set, or else g->top stays -1.
 * `mask` is the process's umask. local_tree_close() is called in any case. */
enum status local_tree_open(struct local_tree *g, const char *path, bool make, mode_t mask, struct err *e);
/* Makes the stage, and removes what a killed ferry left there. */
enum status local_tree_begin(struct local_tree *g, struct err *e);
void local_tree_close(struct local_tree *g);

/* The permissions of a new file or folder: the ordinary bits of `mode`, without those of the mask; its owner
 * can always read it, and always write into a folder. */
mode_t local_tree_mode(const struct local_tree *g, unsigned mode, bool folder);

/* Returns 0, or a negative errno: -ENOENT also if its folder does not exist, -ENOTDIR or -ELOOP if its folder
 * is something else. Not thread-safe. */
int local_tree_look(struct local_tree *g, const char *path, struct stat *ret);
/* A descriptor of the folder that `path` is in; `make`: folders that do not exist are made. -errno on
 * failure. */
int local_tree_parent(const struct local_tree *g, const char *path, bool make);
/* Makes a folder. Returns 0 (also if it exists), or a negative errno. */
int local_tree_make_folder(const struct local_tree *g, const char *path, mode_t mode);

/* A new file of the stage, open for writing; ret_name is for local_tree_put(). -errno on failure.
 * Thread-safe, as are the next two. */
int local_tree_new_file(struct local_tree *g, char ret_name[16]);
/* The staged file gets its time and mode, and joins the batch; its name comes with a commit. `done` is called
 * from there, in whichever thread, with 0 or an errno. Takes fd. Returns 0 or a positive errno (then `done`
 * is not called, and the file is removed). */
int local_tree_put(struct local_tree *g, int fd, const char *name, const struct local_file *p,
                   void (*done)(void *arg, const struct local_file *p, int why), void *arg);
/* Flushes the batch and gives the files their names, if it is full or `all` is set. */
void local_tree_commit(struct local_tree *g, bool all);

/* Removes a file, or a folder that is empty, if it is still as `was` has it. Returns 0 or a negative errno;
 * -EBUSY: it is not. */
int local_tree_remove(const struct local_tree *g, const char *path, const struct stat *was);

/* The last part of a path. */
const char *local_tree_last(const char *path);
