/* What an archive of a folder holds: taken in one walk, and held against the folder in every later one.
 *
 * Memory must not grow with the folder, so the first walk keeps no list of what it saw, but a chain of
 * digests: each is of the one before and of one member's path, size, times and inode. The digests at the ends
 * of up to RUNS_MAX runs of members are kept; when there are more, every other one goes and the runs are
 * twice as long. A later walk reads a run into memory, and gives its members out once the run's digest is the
 * one that was kept. So whatever is sent belongs to the archive that was promised, or is not sent.
 *
 * The time of change (ctime) is among it because nobody can set it back: a folder that was different for a
 * while, and was put back, has a new digest. */
#include "source/manifest.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "source/walk.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>

/* Up to here every single member is checked before it is sent. */
#define RUNS_MAX 8192
/* What one run may take in memory: a hundred million members with paths of 200 bytes. */
#define RUN_BYTES (4 * 1024 * 1024)
#define DIGEST_BYTES 32
/* As much of a digest as is kept: nobody can look for collisions of 128 bits. */
#define KEPT_BYTES 16

/* What a digest is made of, with the path's bytes behind it. No padding: it would be in the digest. */
struct record {
    uint64_t size, inode;
    int64_t modified, modified_ns, changed, changed_ns;
    uint32_t folder, path_len;
};
_Static_assert(sizeof(struct record) == 6 * 8 + 2 * 4, "without padding");

struct run {
    unsigned char digest[KEPT_BYTES]; /* at its end */
    uint32_t bytes;                   /* of its records */
};

struct manifest {
    const struct root *root;
    struct walk *walk;
    EVP_MD *sha256;
    EVP_MD_CTX *digester;
    struct manifest_facts facts;
    struct run runs[RUNS_MAX]; /* memory that is not touched is none */
    unsigned run_count;
    uint64_t run_members; /* how many members each of them has; there may be a shorter one behind the last */
    unsigned char first[DIGEST_BYTES], last[DIGEST_BYTES]; /* of the chain */

    /* A later walk. */
    unsigned char chain[DIGEST_BYTES];
    unsigned runs_read;
    struct buf run; /* its records that were not given out yet */
    bool walked;
    struct record record; /* of the member that came last */
    int fd;
    const char *broken;
    size_t name_len, top_len;
    char path[TAR_PATH_MAX + 1]; /* in the archive: top, '/', and the path below the folder */
    char name[];
};

static bool digest(struct manifest *m, unsigned char chain[static DIGEST_BYTES], const void *p, size_t n)
{
    return EVP_DigestInit_ex2(m->digester, m->sha256, NULL) == 1 &&
           EVP_DigestUpdate(m->digester, chain, DIGEST_BYTES) == 1 &&
           EVP_DigestUpdate(m->digester, p, n) == 1 && EVP_DigestFinal_ex(m->digester, chain, NULL) == 1;
}

static struct record record_of(const struct stat *st, size_t path_len)
{
    bool folder = S_ISDIR(st->st_mode);
    return (struct record){
        .size = folder ? 0 : (uint64_t)st->st_size, /* A folder's own says nothing of what is in it. */
        .inode = st->st_ino,
        .modified = st->st_mtim.tv_sec,
        .modified_ns = st->st_mtim.tv_nsec,
        .changed = st->st_ctim.tv_sec,
        .changed_ns = st->st_ctim.tv_nsec,
        .folder = folder,
        .path_len = (uint32_t)path_len,
    };
}

/* An entry as the bytes that are digested. */
static bool add_record(struct buf *out, const struct walk_entry *e)
{
    struct record r = record_of(&e->stat, e->path.n);
    buf_add(out, (struct slice){(const char *)&r, sizeof r});
    buf_add(out, e->path);
    return !out->failed;
}

static struct tar_member member_of(struct manifest *m, const struct record *r, struct slice path)
{
    size_t n = m->top_len;
    if (path.n > 0) {
        m->path[n++] = '/';
        memcpy(m->path + n, path.p, path.n);
        n += path.n;
    }
    return (struct tar_member){{m->path, n}, r->folder != 0, r->size, r->modified};
}

/* ---- the first walk ---- */

static bool merge_runs(struct manifest *m)
{
    for (unsigned i = 0; i < RUNS_MAX / 2; i++) {
        uint32_t bytes = m->runs[2 * i].bytes + m->runs[2 * i + 1].bytes;
        if (bytes > RUN_BYTES)
            return false;
        m->runs[i] = m->runs[2 * i + 1];
        m->runs[i].bytes = bytes;
    }
    m->run_count = RUNS_MAX / 2;
    m->run_members *= 2;
    return true;
}

static int count_member(struct manifest *m, const struct walk_entry *e, struct buf *scratch)
{
    char head[TAR_HEAD_MAX];
    struct record r = record_of(&e->stat, e->path.n);
    struct tar_member member = member_of(m, &r, e->path);
    buf_consume(scratch, buf_len(scratch));
    if (!add_record(scratch, e))
        return -ENOMEM;
    struct slice bytes = buf_slice(scratch);
    if (!digest(m, m->last, bytes.p, bytes.n))
        return -ENOMEM;
    m->facts.members++;
    m->facts.path_bytes += member.path.n;
    m->facts.tar_length += tar_head(&member, head) + r.size + tar_padding(r.size);
    return 0;
}

static int first_walk(struct manifest *m, struct buf *scratch)
{
    uint64_t members = 0, bytes = 0; /* of the run that is being filled */
    struct walk_entry e;
    enum walk_result result;
    while ((result = walk_next(m->walk, &e)) == WALK_ENTRY) {
        int error = count_member(m, &e, scratch);
        if (error < 0)
            return error;
        bytes += buf_len(scratch);
        members++;
        if (bytes > RUN_BYTES)
            return -E2BIG;
        if (members < m->run_members)
            continue;
        if (m->run_count == RUNS_MAX) { /* What is full by the old measure is half full by the new one. */
            if (!merge_runs(m))
                return -E2BIG;
            continue;
        }
        struct run *run = &m->runs[m->run_count++];
        memcpy(run->digest, m->last, KEPT_BYTES);
        run->bytes = (uint32_t)bytes;
        members = bytes = 0;
    }
    return result == WALK_END ? 0 : walk_error(m->walk);
}

static bool begin_chain(struct manifest *m)
{
    /* Whoever changes what tar_head() writes changes this: the tag is of the archive's bytes, too. */
    static const char version[] = "ferry archive 1";
    return digest(m, m->first, version, sizeof version) && digest(m, m->first, m->path, m->top_len);
}

static int take_stock(struct manifest *m)
{
    m->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    m->digester = EVP_MD_CTX_new();
    m->walk = walk_new(m->root, (struct slice){m->name, m->name_len});
    if (!m->sha256 || !m->digester || !m->walk || !begin_chain(m))
        return -ENOMEM;
    memcpy(m->last, m->first, DIGEST_BYTES);
    struct buf scratch = buf_new(sizeof(struct record) + PATH_MAX);
    int error = first_walk(m, &scratch);
    buf_free(&scratch);
    if (error < 0)
        return error;
    m->facts.tar_length += TAR_END;
    for (size_t i = 0; i < KEPT_BYTES; i++)
        snprintf(m->facts.digest + 2 * i, 3, "%02x", m->last[i]);
    manifest_rewind(m);
    return 0;
}

int manifest_new(const struct root *root, struct slice name, struct slice top, struct manifest **ret)
{
    *ret = NULL;
    if (top.n > NAME_MAX || name.n >= PATH_MAX)
        return -ENAMETOOLONG;
    struct manifest *m = calloc(1, sizeof *m + name.n + 1);
    if (!m)
        return -ENOMEM;
    m->root = root;
    m->fd = -1;
    m->run_members = 1;
    m->run = buf_new(RUN_BYTES);
    m->top_len = top.n;
    memcpy(m->path, top.p, top.n);
    while (name.n > 0 && name.p[name.n - 1] == '/')
        name.n--;
    m->name_len = name.n;
    if (name.n > 0)
        memcpy(m->name, name.p, name.n);
    int error = take_stock(m);
    /* What EVP_MD_fetch() leaves with a thread is freed when that ends; a worker may be ending still when the
     * process is over, and that would look like a leak. */
    OPENSSL_thread_stop();
    if (error < 0) {
        manifest_free(m);
        return error;
    }
    *ret = m;
    return 0;
}

static void close_file(struct manifest *m)
{
    if (m->fd >= 0)
        close(m->fd);
    m->fd = -1;
}

void manifest_free(struct manifest *m)
{
    if (!m)
        return;
    close_file(m);
    buf_free(&m->run);
    walk_free(m->walk);
    EVP_MD_CTX_free(m->digester);
    EVP_MD_free(m->sha256);
    free(m);
}

const struct manifest_facts *manifest_facts(const struct manifest *m)
{
    return &m->facts;
}

const char *manifest_broken(const struct manifest *m)
{
    return m->broken;
}

/* ---- later walks ---- */

static bool fail(struct manifest *m, const char *why)
{
    m->broken = why;
    return false;
}

static const char changed[] = "the folder changed while its archive was being sent";

/* The next run, whole and checked. */
static bool read_run(struct manifest *m)
{
    struct walk_entry e;
    buf_free(&m->run); /* The next one may be far smaller. */
    if (!m->walk && !(m->walk = walk_new(m->root, (struct slice){m->name, m->name_len})))
        return fail(m, "there was no memory to walk the folder");
    for (uint64_t i = 0; i < m->run_members && !m->walked; i++) {
        size_t before = buf_len(&m->run);
        switch (walk_next(m->walk, &e)) {
        case WALK_ENTRY:
            if (!add_record(&m->run, &e)) /* It fitted once. */
                return fail(m, changed);
            struct slice bytes = slice_from(buf_slice(&m->run), before);
            if (!digest(m, m->chain, bytes.p, bytes.n))
                return fail(m, "there was no memory to check the folder");
            break;
        case WALK_END:
            m->walked = true;
            break;
        case WALK_FAIL:
            return fail(m, "the folder could not be read to its end");
        }
    }
    bool right = m->walked ? m->runs_read == m->run_count && memcmp(m->chain, m->last, DIGEST_BYTES) == 0
                           : m->runs_read < m->run_count &&
                                 memcmp(m->chain, m->runs[m->runs_read].digest, KEPT_BYTES) == 0;
    m->runs_read++;
    return right || fail(m, changed);
}

enum manifest_result manifest_next(struct manifest *m, struct tar_member *ret)
{
    close_file(m);
    if (m->broken)
        return MANIFEST_FAIL;
    if (buf_len(&m->run) == 0 && !m->walked && !read_run(m))
        return MANIFEST_FAIL;
    if (buf_len(&m->run) == 0)
        return MANIFEST_END;
    memcpy(&m->record, m->run.base + m->run.start, sizeof m->record);
    buf_consume(&m->run, sizeof m->record);
    struct slice path = {buf_slice(&m->run).p, m->record.path_len};
    *ret = member_of(m, &m->record, path);
    buf_consume(&m->run, path.n);
    return MANIFEST_MEMBER;
}

void manifest_rewind(struct manifest *m)
{
    close_file(m);
    buf_free(&m->run);
    walk_free(m->walk);
    m->walk = NULL; /* Until it is needed: HEAD never does. */
    memcpy(m->chain, m->first, DIGEST_BYTES);
    m->runs_read = 0;
    m->walked = false;
}

static bool same_version(const struct manifest *m, const struct stat *st)
{
    struct record now = record_of(st, m->record.path_len);
    return memcmp(&now, &m->record, sizeof now) == 0;
}

static bool open_file(struct manifest *m)
{
    char name[PATH_MAX];
    struct stat st;
    enum fs_kind kind;
    const char *below = m->path + m->top_len; /* with its slash in front */
    if (m->name_len + m->record.path_len + 1 >= sizeof name)
        return fail(m, changed);
    memcpy(name, m->name, m->name_len);
    memcpy(name + m->name_len, below, m->record.path_len + 1);
    m->fd = root_open(m->root, (struct slice){name, m->name_len + m->record.path_len + 1}, REACH_ANYWHERE,
                      &st, &kind);
    if (m->fd == -EMFILE || m->fd == -ENFILE)
        return fail(m, "there were no descriptors left to open a file in it");
    if (m->fd < 0)
        return fail(m, "a file in it could no longer be opened");
    return same_version(m, &st) || fail(m, changed);
}

bool manifest_read(struct manifest *m, uint64_t offset, void *to, size_t n)
{
    struct stat st;
    if (m->broken || (m->fd < 0 && !open_file(m)))
        return false;
    for (size_t done = 0; done < n;) {
        ssize_t got = pread(m->fd, (char *)to + done, n - done, (off_t)(offset + done));
        if (got < 0)
            return fail(m, "a file in it could not be read");
        if (got == 0)
            return fail(m, changed);
        done += (size_t)got;
    }
    /* After the copy, so that no byte written meanwhile can be among those that are sent. */
    return (fstat(m->fd, &st) == 0 && same_version(m, &st)) || fail(m, changed);
}
