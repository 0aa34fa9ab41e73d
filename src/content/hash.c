/* SHA-256 of one version of a file: of each piece, and of the whole.
 *
 * The pieces and the whole are two strands, each computed from front to back by one thread at a time. The
 * pieces go first, because a client can use each one at once. The whole follows at a distance that the page
 * cache can hold, so that a disk is read once. */
#include "content/hash.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "content/hash_store.h"
#include "content/settled.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

/* How long one worker continues: other jobs wait in the same lane. */
#define STRIDE_MS 2
/* Stays in the processor's cache between the copy out of the page cache and the digest. */
#define READ_BYTES (64 * 1024)
/* Memory of hashes that nobody uses at the moment. */
#define IDLE_BYTES (8 * 1024 * 1024)
/* The part of the machine's memory that a file may have in the page cache between the two strands. */
#define AHEAD_SHARE 4

_Static_assert(sizeof(struct hash_key) == 8 * 8, "without padding");

static const char has_changed[] = "it changed while its hash was computed";

struct hash {
    struct hash *next; /* in its bucket */
    struct list node;  /* in hashes.idle */
    struct hashes *all;
    atomic_uint refs;                        /* changed only with the lock of `all` */
    size_t held;                             /* of the budget */
    struct version *version;                 /* to read from, while it is in use; whichever was there first */
    atomic_bool is_looked_up;                /* in the store */
    bool is_single;                          /* of one user: it is in no bucket */
    bool is_fresh;                           /* its times do not vouch for its bytes: it is not kept */
    pthread_mutex_t pieces_lock, whole_lock; /* held by the thread that computes that strand */
    struct sha256 whole_state;
    _Atomic uint64_t whole_off;
    _Atomic(const char *) broken;
    struct hash_record record;
    struct sha256_digest pieces[];
};

uint64_t hash_piece_bytes(uint64_t length)
{
    uint64_t piece = length < HASH_LARGE_FILE ? HASH_PIECE_BYTES : 4 * HASH_PIECE_BYTES;
    while (length / piece >= HASH_PIECES_MAX)
        piece *= 2;
    return piece;
}

static struct hash_key key_of(const struct stat *st)
{
    return (struct hash_key){
        .device = st->st_dev,
        .inode = st->st_ino,
        .length = (uint64_t)st->st_size,
        .piece = hash_piece_bytes((uint64_t)st->st_size),
        .modified = st->st_mtim.tv_sec,
        .modified_ns = st->st_mtim.tv_nsec,
        .changed = st->st_ctim.tv_sec,
        .changed_ns = st->st_ctim.tv_nsec,
    };
}

static bool same_key(const struct hash_key *a, const struct hash_key *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* ---- the table ---- */

void hashes_init(struct hashes *all, struct hash_store *store, struct budget *budget)
{
    *all = (struct hashes){.store = store, .budget = budget};
    pthread_mutex_init(&all->lock, NULL);
    list_init(&all->idle);
}

static struct hash **bucket_of(struct hashes *all, const struct hash_key *key)
{
    return &all->buckets[(key->inode ^ (uint64_t)key->changed_ns) % HASH_BUCKETS];
}

static size_t bytes_of(const struct hash *h)
{
    return sizeof *h + h->record.count * sizeof h->pieces[0];
}

static void count_memory(struct hash *h, size_t held)
{
    if (h->all->budget)
        budget_change(h->all->budget, &h->held, held);
}

static void destroy(struct hash *h)
{
    pthread_mutex_destroy(&h->pieces_lock);
    pthread_mutex_destroy(&h->whole_lock);
    free(h);
}

/* Called with the lock held, like the functions below. */
static void forget(struct hash *h)
{
    struct hash **at = bucket_of(h->all, &h->record.key);
    while (!h->is_single && *at != h)
        at = &(*at)->next;
    if (!h->is_single)
        *at = h->next;
    if (!list_empty(&h->node))
        h->all->idle_bytes -= bytes_of(h);
    list_remove(&h->node);
    destroy(h);
}

/* One that has failed stays with those that use it. */
static struct hash *find(struct hashes *all, const struct hash_key *key)
{
    struct hash *h = *bucket_of(all, key);
    while (h && (hash_broken(h) || !same_key(&h->record.key, key)))
        h = h->next;
    return h;
}

static struct hash *make(struct hashes *all, const struct hash_key *key)
{
    uint64_t count = hash_key_pieces(key);
    struct hash *h = malloc(sizeof *h + count * sizeof h->pieces[0]);
    if (!h)
        return NULL;
    *h = (struct hash){.all = all, .record = {.key = *key, .count = (uint32_t)count}};
    h->record.pieces = h->pieces;
    list_init(&h->node);
    pthread_mutex_init(&h->pieces_lock, NULL);
    pthread_mutex_init(&h->whole_lock, NULL);
    sha256_begin(&h->whole_state);
    if (count == 0) {
        h->record.whole = sha256_of(SLICE(""));
        h->record.is_whole = true;
    }
    return h;
}

static struct hash *make_shared(struct hashes *all, const struct hash_key *key)
{
    struct hash *h = make(all, key), **bucket = bucket_of(all, key);
    if (h) {
        h->next = *bucket;
        *bucket = h;
    }
    return h;
}

static void use(struct hash *h, struct version *v)
{
    if (!list_empty(&h->node)) {
        list_remove(&h->node);
        h->all->idle_bytes -= bytes_of(h);
    }
    h->refs++;
    if (!h->version)
        h->version = version_ref(v);
    count_memory(h, bytes_of(h));
}

void hashes_free(struct hashes *all)
{
    while (!list_empty(&all->idle))
        forget(container_of(all->idle.next, struct hash, node));
    pthread_mutex_destroy(&all->lock);
}

/* The file still is what the version was opened as. */
static bool is_version(const struct version *v, const struct stat *st)
{
    return (uint64_t)st->st_size == v->length && st->st_mtim.tv_sec == v->modified.tv_sec &&
           st->st_mtim.tv_nsec == v->modified.tv_nsec && st->st_ctim.tv_sec == v->changed.tv_sec &&
           st->st_ctim.tv_nsec == v->changed.tv_nsec;
}

/* Its times vouch for its bytes. A file that was changed within the last seconds is not trusted, whatever
 * else is known: what is found now may be kept for years. */
static bool is_trusted(const struct version *v, const struct stat *st)
{
    return v->settled && settled_by_time(st->st_ctim, time(NULL)) && is_version(v, st);
}

/* Those that ask for it meanwhile wait for the answer of the disk. */
static void look_up(struct hash *h)
{
    if (h->is_looked_up || h->is_fresh)
        return;
    pthread_mutex_lock(&h->pieces_lock);
    pthread_mutex_lock(&h->whole_lock);
    if (!h->is_looked_up && h->all->store)
        hash_store_load(h->all->store, &h->record);
    h->is_looked_up = true;
    pthread_mutex_unlock(&h->whole_lock);
    pthread_mutex_unlock(&h->pieces_lock);
}

int hash_open(struct hashes *all, struct version *v, struct hash **ret)
{
    struct stat st;
    if (fstat(v->fd, &st) < 0 || !is_trusted(v, &st))
        return -EAGAIN;
    struct hash_key key = key_of(&st);
    pthread_mutex_lock(&all->lock);
    struct hash *h = find(all, &key);
    if (!h)
        h = make_shared(all, &key);
    if (h)
        use(h, v);
    pthread_mutex_unlock(&all->lock);
    if (!h)
        return -ENOMEM;
    look_up(h);
    *ret = h;
    return 0;
}

int hash_open_single(struct hashes *all, struct version *v, struct hash **ret)
{
    struct stat st;
    if (fstat(v->fd, &st) < 0)
        return -errno;
    struct hash_key key = key_of(&st);
    struct hash *h = make(all, &key);
    if (!h)
        return -ENOMEM;
    h->is_single = true;
    h->is_fresh = !is_trusted(v, &st);
    if (!is_version(v, &st))
        h->broken = has_changed;
    pthread_mutex_lock(&all->lock);
    use(h, v);
    pthread_mutex_unlock(&all->lock);
    look_up(h);
    *ret = h;
    return 0;
}

void hash_unref(struct hash *h)
{
    struct version *version = NULL;
    if (!h)
        return;
    struct hashes *all = h->all;
    pthread_mutex_lock(&all->lock);
    if (--h->refs == 0) {
        version = TAKE_PTR(h->version);
        count_memory(h, 0);
        if (hash_broken(h) || h->is_single) {
            forget(h);
        } else {
            list_append(&all->idle, &h->node);
            all->idle_bytes += bytes_of(h);
        }
        while (all->idle_bytes > IDLE_BYTES)
            forget(container_of(all->idle.next, struct hash, node));
    }
    pthread_mutex_unlock(&all->lock);
    version_unref(version);
}

bool hash_unref_waits(const struct hash *h)
{
    return h->refs == 1 && version_unref_waits(h->version);
}

bool hashes_know(struct hashes *all, const struct stat *st, struct sha256_digest *ret)
{
    if (st->st_size == 0) { /* is nothing, whatever its times say */
        *ret = sha256_of(SLICE(""));
        return true;
    }
    if (!settled_by_time(st->st_ctim, time(NULL)))
        return false;
    struct hash_key key = key_of(st);
    pthread_mutex_lock(&all->lock);
    const struct hash *h = find(all, &key);
    const struct sha256_digest *whole = h ? hash_whole(h) : NULL;
    if (whole)
        *ret = *whole;
    pthread_mutex_unlock(&all->lock);
    return whole || (all->store && hash_store_load_whole(all->store, &key, ret));
}

/* ---- computing ---- */

const char *hash_broken(const struct hash *h)
{
    return atomic_load_explicit(&h->broken, memory_order_acquire);
}

static bool fail(struct hash *h, const char *why)
{
    atomic_store_explicit(&h->broken, why, memory_order_release);
    return false;
}

/* By ctime, too: what is kept must not outlive any change, and for a change of the name alone, it is computed
 * again. */
static bool is_unchanged(struct hash *h)
{
    struct stat st;
    if (fstat(h->version->fd, &st) < 0)
        return fail(h, has_changed);
    struct hash_key now = key_of(&st);
    return same_key(&now, &h->record.key) || fail(h, has_changed);
}

/* Whether it is all a hole: it need not be read, and takes no room in the page cache. */
static bool is_hole(const struct hash *h, uint64_t off, uint64_t len)
{
    const struct version *v = h->version;
    if (v->kind == FS_SLOW)
        return false;
    off_t data = lseek(v->fd, (off_t)off, SEEK_DATA);
    return data < 0 ? errno == ENXIO : (uint64_t)data >= off + len;
}

/* Looks at the file after the bytes were read: none that was written before can be among them. */
static bool digest(struct hash *h, uint64_t off, uint64_t len, struct sha256 *s)
{
    char bytes[READ_BYTES];
    bool hole = is_hole(h, off, len);
    if (hole)
        memset(bytes, 0, sizeof bytes);
    while (len > 0) {
        ssize_t n = (ssize_t)(len < sizeof bytes ? len : sizeof bytes);
        if (!hole)
            n = pread(h->version->fd, bytes, (size_t)n, (off_t)off);
        if (n < 0)
            return fail(h, "it could not be read");
        if (n == 0)
            break;
        sha256_add(s, (struct slice){bytes, (size_t)n});
        off += (uint64_t)n;
        len -= (uint64_t)n;
    }
    return is_unchanged(h) && (len == 0 || fail(h, "it is shorter than the file system says"));
}

static uint64_t piece_at(const struct hash_record *r, uint64_t off)
{
    uint64_t left = r->key.length - off;
    return left < r->key.piece ? left : r->key.piece;
}

static void set_whole(struct hash *h, struct sha256_digest d)
{
    h->record.whole = d;
    atomic_store_explicit(&h->record.is_whole, true, memory_order_release);
}

static unsigned ready(const struct hash *h)
{
    return atomic_load_explicit(&h->record.ready, memory_order_acquire);
}

static void next_piece(struct hash *h)
{
    struct hash_record *r = &h->record;
    struct sha256 s;
    unsigned i = ready(h);
    uint64_t off = i * r->key.piece;
    sha256_begin(&s);
    if (!digest(h, off, piece_at(r, off), &s))
        return;
    r->pieces[i] = sha256_end(&s);
    atomic_store_explicit(&r->ready, i + 1, memory_order_release);
    if (r->count == 1)
        set_whole(h, r->pieces[0]);
}

static void more_of_whole(struct hash *h)
{
    struct hash_record *r = &h->record;
    uint64_t off = h->whole_off, n = piece_at(r, off);
    if (!digest(h, off, n, &h->whole_state))
        return;
    h->whole_off = off + n;
    if (off + n == r->key.length)
        set_whole(h, sha256_end(&h->whole_state));
}

static bool are_pieces_missing(const struct hash *h, unsigned wanted)
{
    const struct hash_record *r = &h->record;
    return ready(h) < r->count && (wanted & HASH_PIECES || (r->count == 1 && !hash_whole(h)));
}

static bool is_whole_missing(const struct hash *h, unsigned wanted)
{
    return wanted & HASH_WHOLE && !hash_whole(h) && h->record.count > 1;
}

/* Whether the page cache might drop bytes before the whole's turn comes. */
static bool is_far_ahead(const struct hash *h)
{
    uint64_t memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    return ready(h) * h->record.key.piece > h->whole_off + memory / AHEAD_SHARE;
}

/* Takes a strand that needs work and that no other thread works on. If there is none, waits for the thread
 * that works on it, for one stride of that. */
static pthread_mutex_t *take_strand(struct hash *h, unsigned wanted)
{
    bool pieces = are_pieces_missing(h, wanted), whole = is_whole_missing(h, wanted);
    if (pieces && whole && is_far_ahead(h))
        pieces = false;
    if (pieces && pthread_mutex_trylock(&h->pieces_lock) == 0)
        return &h->pieces_lock;
    if (whole && pthread_mutex_trylock(&h->whole_lock) == 0)
        return &h->whole_lock;
    pthread_mutex_t *lock = pieces ? &h->pieces_lock : &h->whole_lock;
    pthread_mutex_lock(lock);
    return lock;
}

static bool is_done(const struct hash *h, unsigned wanted)
{
    return hash_broken(h) || (!are_pieces_missing(h, wanted) && !is_whole_missing(h, wanted));
}

bool hash_step(struct hash *h, unsigned wanted)
{
    uint64_t until = clock_ms() + STRIDE_MS;
    bool is_news = false;
    if (is_done(h, wanted))
        return true;
    pthread_mutex_t *strand = take_strand(h, wanted);
    bool is_pieces = strand == &h->pieces_lock;
    unsigned mine = !is_pieces ? HASH_WHOLE : h->record.count == 1 ? wanted : HASH_PIECES;
    while (!is_done(h, mine)) {
        if (is_pieces)
            next_piece(h);
        else
            more_of_whole(h);
        is_news = is_done(h, mine) && !hash_broken(h);
        if (clock_ms() >= until)
            break;
    }
    pthread_mutex_unlock(strand);
    if (is_news && h->all->store && !h->is_fresh)
        hash_store_save(h->all->store, &h->record);
    return is_done(h, wanted);
}

bool hash_range(struct hash *h, uint64_t off, uint64_t len, struct sha256_digest *ret)
{
    struct sha256 s;
    sha256_begin(&s);
    if (!digest(h, off, len, &s))
        return false;
    *ret = sha256_end(&s);
    return true;
}

/* ---- what is known ---- */

const struct hash_record *hash_record(const struct hash *h)
{
    return &h->record;
}

uint64_t hash_progress(const struct hash *h)
{
    return hash_whole(h) ? h->record.key.length : h->whole_off;
}

const struct sha256_digest *hash_whole(const struct hash *h)
{
    return atomic_load_explicit(&h->record.is_whole, memory_order_acquire) ? &h->record.whole : NULL;
}

bool hash_knows_range(const struct hash *h, uint64_t off, uint64_t len, struct sha256_digest *ret)
{
    const struct hash_record *r = &h->record;
    uint64_t i = off / r->key.piece;
    bool is_piece = len > 0 && off % r->key.piece == 0 && off < r->key.length && len == piece_at(r, off);
    if (is_piece && i < ready(h))
        *ret = r->pieces[i];
    else if (off == 0 && len == r->key.length && hash_whole(h))
        *ret = r->whole;
    else
        return false;
    return true;
}
