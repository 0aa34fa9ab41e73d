/* Hashes on a disk.
 *
 * Nothing is synced: a file that lost its bytes in a power cut does not have its digest. */
#include "content/hash_store.h"

#include "base/cleanup.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>

/* What a file takes at least. */
#define BLOCK_BYTES 4096
/* Files that are compared by age at once: all that fit, and as many again. */
#define NAME_BYTES 32

struct hash_store {
    int dir;
    uint64_t most;
    pthread_mutex_t lock; /* held while a file is written, and while old ones are removed */
    uint64_t written;     /* bytes since old ones were last removed; UINT64_MAX: never */
};

/* The file: this, the digests of the pieces that are known, and the digest of all that. In the processor's
 * order of bytes: another one finds a wrong mark. */
struct file_head {
    uint64_t mark;
    struct hash_key key;
    uint32_t ready, is_whole;
    struct sha256_digest whole;
};

/* Change it together with the format. */
#define MARK UINT64_C(0x6665727279683031)

/* Makes the folder with its parents, as the XDG Base Directory Specification wants them. */
static int make_folder(const char *path)
{
    AUTO_FREE char *name = strdup(path);
    if (!name)
        return -ENOMEM;
    for (char *slash = strchr(name + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(name, 0700);
        *slash = '/';
    }
    return mkdir(name, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

enum status hash_store_open(struct hash_store **ret, const char *path, uint64_t most_bytes, struct err *e)
{
    struct stat st;
    struct escaped name = escape(slice_of(path));
    int error = make_folder(path);
    AUTO_CLOSE int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0 || fstat(dir, &st) < 0)
        return err_set(e, STATUS_FAILED, "cannot keep hashes in %s: %s", name.text,
                       strerror(error < 0 ? -error : errno));
    if (st.st_uid != geteuid() || st.st_mode & (S_IWGRP | S_IWOTH))
        return err_set(e, STATUS_FAILED,
                       "cannot keep hashes in %s: others can write there (chmod go-w, or another folder)",
                       name.text);
    struct hash_store *s = malloc(sizeof *s);
    if (!s)
        return err_set(e, STATUS_FAILED, "cannot keep hashes: %s", strerror(ENOMEM));
    *s = (struct hash_store){.dir = TAKE_FD(dir), .most = most_bytes, .written = UINT64_MAX};
    pthread_mutex_init(&s->lock, NULL);
    *ret = s;
    return STATUS_DONE;
}

void hash_store_close(struct hash_store *s)
{
    if (!s)
        return;
    close(s->dir);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static void name_of(const struct hash_key *key, char to[static SHA256_HEX_BYTES + 1])
{
    struct sha256_digest d = sha256_of((struct slice){(const char *)key, sizeof *key});
    sha256_to_hex(&d, to);
    to[NAME_BYTES] = '\0';
}

static size_t file_bytes(uint32_t ready)
{
    return sizeof(struct file_head) + ((size_t)ready + 1) * SHA256_BYTES;
}

static struct sha256_digest digest_of(const char *file, size_t n)
{
    return sha256_of((struct slice){file, n - SHA256_BYTES});
}

/* ---- loading ---- */

/* What the file says, if it is right to its last byte. */
static bool is_right(const char *file, size_t n, const struct hash_key *key, struct file_head *ret)
{
    memcpy(ret, file, sizeof *ret);
    if (ret->mark != MARK || memcmp(&ret->key, key, sizeof *key) != 0 || ret->ready > hash_key_pieces(key) ||
        n != file_bytes(ret->ready))
        return false;
    struct sha256_digest d = digest_of(file, n);
    return memcmp(file + n - SHA256_BYTES, d.bytes, SHA256_BYTES) == 0;
}

static int open_file(const struct hash_store *s, const struct hash_key *key)
{
    char name[SHA256_HEX_BYTES + 1];
    name_of(key, name);
    return openat(s->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

/* All of the file, to be freed, and its head; NULL if it is not right. */
static char *read_file(int fd, const struct hash_key *key, struct file_head *ret)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return NULL;
    size_t n = (size_t)st.st_size;
    if (n < file_bytes(0) || n > file_bytes((uint32_t)hash_key_pieces(key)))
        return NULL;
    AUTO_FREE char *file = malloc(n);
    if (!file || pread(fd, file, n, 0) != (ssize_t)n || !is_right(file, n, key, ret))
        return NULL;
    return TAKE_PTR(file);
}

void hash_store_load(struct hash_store *s, struct hash_record *r)
{
    struct file_head head;
    AUTO_CLOSE int fd = open_file(s, &r->key);
    AUTO_FREE char *file = fd >= 0 ? read_file(fd, &r->key, &head) : NULL;
    if (!file)
        return;
    memcpy(r->pieces, file + sizeof head, head.ready * sizeof r->pieces[0]);
    r->whole = head.whole;
    r->is_whole = head.is_whole;
    r->ready = head.ready;
    futimens(fd, NULL); /* it was used */
}

bool hash_store_load_whole(struct hash_store *s, const struct hash_key *key, struct sha256_digest *ret)
{
    struct file_head head;
    AUTO_CLOSE int fd = open_file(s, key);
    AUTO_FREE char *file = fd >= 0 ? read_file(fd, key, &head) : NULL;
    if (!file || !head.is_whole)
        return false;
    *ret = head.whole;
    return true;
}

/* ---- removing old ones ---- */

struct kept {
    struct timespec used;
    uint64_t bytes;
    char name[NAME_BYTES + 1];
};

static int by_age(const void *a, const void *b)
{
    const struct timespec x = ((const struct kept *)a)->used, y = ((const struct kept *)b)->used;
    if (x.tv_sec != y.tv_sec)
        return x.tv_sec < y.tv_sec ? -1 : 1;
    return x.tv_nsec < y.tv_nsec ? -1 : x.tv_nsec > y.tv_nsec;
}

static bool look_at(const struct hash_store *s, const char *name, struct kept *ret)
{
    struct stat st;
    if (strlen(name) > NAME_BYTES || fstatat(s->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
        !S_ISREG(st.st_mode))
        return false;
    strcpy(ret->name, name);
    ret->used = st.st_mtim;
    ret->bytes = (uint64_t)st.st_size < BLOCK_BYTES ? BLOCK_BYTES : (uint64_t)st.st_size;
    return true;
}

/* Removes the oldest files until three quarters of the room are used. More files than the room has blocks
 * for are removed as they are found. */
static void remove_old(struct hash_store *s)
{
    size_t n = 0, most = s->most / BLOCK_BYTES + 1;
    uint64_t bytes = 0;
    AUTO_FREE struct kept *all = malloc(most * sizeof *all);
    int fd = openat(s->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir && fd >= 0)
        close(fd);
    for (const struct dirent *d; all && dir && (d = readdir(dir));) {
        struct kept one;
        if (!look_at(s, d->d_name, &one))
            continue;
        if (n == most) {
            unlinkat(s->dir, one.name, 0);
            continue;
        }
        bytes += one.bytes;
        all[n++] = one;
    }
    if (dir)
        closedir(dir);
    if (bytes <= s->most)
        return;
    qsort(all, n, sizeof *all, by_age);
    for (size_t i = 0; i < n && bytes > s->most / 4 * 3; bytes -= all[i++].bytes)
        unlinkat(s->dir, all[i].name, 0);
}

/* ---- saving ---- */

static bool write_all(int fd, struct slice rest)
{
    while (rest.n > 0) {
        ssize_t n = write(fd, rest.p, rest.n);
        if (n <= 0)
            return false;
        rest = slice_from(rest, (size_t)n);
    }
    return true;
}

static bool write_beside(struct hash_store *s, const char *name, struct slice file)
{
    char beside[NAME_BYTES + 1];
    uint64_t random;
    if (getrandom(&random, sizeof random, 0) != sizeof random)
        return false;
    snprintf(beside, sizeof beside, "new-%016lx", (unsigned long)random);
    AUTO_CLOSE int fd = openat(s->dir, beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    if (write_all(fd, file) && renameat(s->dir, beside, s->dir, name) == 0)
        return true;
    unlinkat(s->dir, beside, 0);
    return false;
}

void hash_store_save(struct hash_store *s, const struct hash_record *r)
{
    char name[SHA256_HEX_BYTES + 1];
    pthread_mutex_lock(&s->lock);
    /* Read with the lock held, so that of two that save the same key the later one knows more. */
    struct file_head head = {
        .mark = MARK, .key = r->key, .ready = atomic_load(&r->ready), .is_whole = atomic_load(&r->is_whole)};
    if (head.ready < r->count) /* a part of them is of no use */
        head.ready = 0;
    if (head.is_whole)
        head.whole = r->whole;
    size_t n = file_bytes(head.ready);
    AUTO_FREE char *file = malloc(n);
    if (file) {
        memcpy(file, &head, sizeof head);
        memcpy(file + sizeof head, r->pieces, head.ready * sizeof r->pieces[0]);
        struct sha256_digest d = digest_of(file, n);
        memcpy(file + n - SHA256_BYTES, d.bytes, SHA256_BYTES);
        name_of(&r->key, name);
        if (s->written >= s->most / 16) {
            remove_old(s);
            s->written = 0;
        }
        if (write_beside(s, name, (struct slice){file, n}))
            s->written += n < BLOCK_BYTES ? BLOCK_BYTES : n;
    }
    pthread_mutex_unlock(&s->lock);
}
