/* The served folder: a name resolves inside of it, or not at all. */
#pragma once

#include "base/slice.h"
#include "content/anchor.h"

#include <limits.h>
#include <pthread.h>
#include <sys/stat.h>

/* What a file system does to whoever reads from it. */
enum fs_kind {
    FS_MEMORY, /* never waits (tmpfs) */
    FS_LOCAL,  /* waits for a disk, but can say beforehand whether it would */
    FS_LAYERS, /* lies upon such ones and does not say it, but they do (overlayfs, a container's) */
    FS_SLOW,   /* may wait at any call (network, FUSE, whatever we do not know) */
};

struct root {
    int dir;                    /* always the same number: root_look_again() puts another folder behind it */
    _Atomic(enum fs_kind) kind; /* of the folder's own file system; others may be mounted below it */
    bool show_hidden;
    /* On the folder's own file system each change of a file or a folder, and of the name that it has, becomes
     * a new ctime of it. */
    atomic_bool ctime_tells;
    /* When a single file is served: the one name that exists, and what it is called inside `dir`. */
    char only[NAME_MAX + 1], only_file[NAME_MAX + 1]; /* the second under `lock` */
    struct anchor anchor;
    int nothing; /* what stands behind `dir` while nobody asks: no folder at all. -1: it is always held */
    pthread_mutex_t *lock; /* of whoever puts something behind `dir` */
};

/* Opens the folder, or, for a file, the folder that it is in. 0 or a negative errno; -ENOTSUP when openat2()
 * cannot be had, from the kernel (before Linux 5.6) or in a sandbox. */
int root_init(struct root *r, const char *path, bool show_hidden);
void root_free(struct root *r);

/* The folder's name may stand for another one by now: removed and made anew, renamed, a link that was
 * switched, a disk mounted over it. Then that one is served from now on; and where there is none, anchor.gone
 * is set. May wait for ever. */
void root_look_again(struct root *r);
/* Holds nothing open any more, so that a disk can be unmounted, until root_look_again(). Unless *users is not
 * zero: whoever counts as one, and then sees that it does not rest, may use it. */
void root_rest(struct root *r, const atomic_uint *users);

/* What a name of a folder's entry is on the disk: a single served file may be called otherwise there. */
const char *root_on_disk(const struct root *r, const char *name, char room[NAME_MAX + 1]);

/* How far the look for a name may go. */
enum reach {
    REACH_CACHED,   /* what the caches know: it never waits */
    REACH_OWN,      /* the folder's own file system: it may wait for a disk */
    REACH_ANYWHERE, /* what is mounted below it, too: it may wait for ever */
};

/* Whether an error says that there is nothing by this name that a client could have. Every other one is of
 * the moment, of a disk or of memory: whoever makes a list must not leave a name out for it. */
bool root_says_gone(int error);

/* Whether the kernel makes up what is read from this file's file system (/proc, /sys): what a file in it says
 * to be its size is not true, and each read gives something else. Such a file cannot be had. */
bool root_makes_up(int fd);

/* Opens what `name` (n bytes; may hold a NUL and then names nothing; a leading '/' means the same folder,
 * empty the folder itself) stands for, for reading. Follows links only while they stay inside. Answers
 * -EAGAIN when `reach` does not go far enough to tell: ask again with the next one; -EBUSY, from the last
 * one, while others rename things so fast that no look comes to an end. Returns a descriptor of a
 * file or folder with *ret_stat and *ret_kind filled, or a negative errno: -ENOENT, and -EXDEV and -ELOOP for
 * what leads outside or nowhere; -EACCES for what may not be had, also when it is neither a regular file nor
 * a folder; -ENODATA for a file of which root_makes_up(). */
int root_open(const struct root *r, struct slice name, enum reach reach, struct stat *ret_stat,
              enum fs_kind *ret_kind);

/* As root_open() with REACH_CACHED, but follows no link: -ELOOP when there is one on the way. */
int root_open_straight(const struct root *r, struct slice name, struct stat *ret_stat,
                       enum fs_kind *ret_kind);

/* Opens what `name` stands for as a place to look at again (O_PATH): it can be asked for its ctime, and not
 * be read. Follows no link, and never waits: -EAGAIN when the caches do not know it. Returns a descriptor
 * with *ret_stat filled, or a negative errno. */
int root_open_mark(const struct root *r, struct slice name, struct stat *ret_stat);

/* Whether an entry of a folder may be shown to a client. */
bool root_shows(const struct root *r, struct slice entry_name);

/* What a name stands for, without opening it. May block. 0 or a negative errno; -EBUSY as from root_open().
 */
int root_stat(const struct root *r, const char *name, struct stat *ret);
