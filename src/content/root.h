/* The served folder: a name is resolved inside it or not at all. */
#pragma once

#include "base/slice.h"
#include "content/anchor.h"

#include <limits.h>
#include <pthread.h>
#include <sys/stat.h>

/* How a file system behaves when it is read. */
enum fs_kind {
    FS_MEMORY, /* never blocks (tmpfs) */
    FS_LOCAL,  /* blocks on a disk, but can say in advance whether it would */
    FS_LAYERS, /* overlayfs (containers): it cannot say so itself, but the file systems below it can */
    FS_SLOW,   /* any call may block (network, FUSE, everything unknown) */
};

struct root {
    int dir;                    /* always the same number: root_look_again() replaces the folder behind it */
    _Atomic(enum fs_kind) kind; /* of the folder's own file system; others may be mounted below it */
    bool show_hidden;
    /* On the folder's own file system, every change of a file or folder, or of its name, sets its ctime. */
    atomic_bool ctime_tells;
    /* If a single file is served: the only name that exists, and the file's name in `dir`. */
    char only[NAME_MAX + 1], only_file[NAME_MAX + 1]; /* the second one is protected by `lock` */
    struct anchor anchor;
    int nothing; /* the descriptor that replaces `dir` while there are no clients: no folder at all. -1: the
                    folder is held always */
    pthread_mutex_t *lock; /* held while the folder behind `dir` is replaced */
};

/* Opens the folder, or, for a file, the folder that it is in. Returns 0 or a negative errno; -ENOTSUP if
 * openat2() is missing (before Linux 5.6) or forbidden by a sandbox. */
int root_init(struct root *r, const char *path, bool show_hidden);
void root_free(struct root *r);

/* Looks whether the folder's name means another folder by now: it may have been removed and made anew, or
 * renamed, a link switched, a disk mounted over it. If so, that one is served from now on; if there is
 * none, anchor.gone is set. May block for ever. */
void root_look_again(struct root *r);
/* Closes the folder, so that its disk can be unmounted, until root_look_again(). Does nothing if *users is
 * not zero: a thread that counts itself there, and then sees that the root is not resting, may use it. */
void root_rest(struct root *r, const atomic_uint *users);

/* The name on the disk of a folder's entry: a single served file may have another name there. */
const char *root_on_disk(const struct root *r, const char *name, char room[NAME_MAX + 1]);

/* How far a look-up may go. */
enum reach {
    REACH_CACHED,   /* the kernel's caches: it never blocks */
    REACH_OWN,      /* the folder's own file system: it may block on a disk */
    REACH_ANYWHERE, /* also file systems mounted below it: it may block for ever */
};

/* Whether the error says that there is nothing of this name that a client may have. All other errors are
 * temporary, of a disk or of memory, and a listing must not omit a name because of them. */
bool root_says_gone(int error);

/* How the file system of an open file behaves. */
enum fs_kind root_fs_kind(int fd);

/* Whether the file is made up by the kernel when it is read (/proc, /sys): its size is not true, and each
 * read gives something else, so it is not served. */
bool root_makes_up(int fd);

/* Opens `name` for reading (a leading '/' means the same folder, an empty name the folder itself; a name
 * with a NUL does not exist). Follows links that stay inside. -EAGAIN means that `reach` is not far enough
 * to tell: try again with the next one. -EBUSY, with the last one, means that other processes rename things
 * too fast. Returns a descriptor of a file or folder with *ret_stat and *ret_kind set, or a negative errno:
 * -ENOENT; -EXDEV and -ELOOP for names that lead outside or nowhere; -EACCES for what may not be read, or
 * is neither a regular file nor a folder; -ENODATA for a file of root_makes_up(). */
int root_open(const struct root *r, struct slice name, enum reach reach, struct stat *ret_stat,
              enum fs_kind *ret_kind);

/* root_open() with REACH_ANYWHERE of a path below the folder `folder`. */
int root_open_below(const struct root *r, struct slice folder, struct slice path, struct stat *ret_stat,
                    enum fs_kind *ret_kind);

/* Like root_open() with REACH_CACHED, but follows no link: -ELOOP if there is one on the way. */
int root_open_straight(const struct root *r, struct slice name, struct stat *ret_stat,
                       enum fs_kind *ret_kind);

/* Opens `name` as a mark (O_PATH): its ctime can be read later, but not its content. Follows no link, and
 * never blocks: -EAGAIN if the caches do not know it. Returns a descriptor with *ret_stat set, or a
 * negative errno. */
int root_open_mark(const struct root *r, struct slice name, struct stat *ret_stat);

/* Whether an entry of a folder may be shown to a client. */
bool root_shows(const struct root *r, struct slice entry_name);

/* The stat of a name, without opening it. May block. Returns 0 or a negative errno; -EBUSY as root_open(). */
int root_stat(const struct root *r, const char *name, struct stat *ret);
