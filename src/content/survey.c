/* One walk of a folder for all clients that ask for the same part of it. */
#include "content/survey.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* How long one worker continues: other jobs wait in the same lane, with small folders. */
#define STRIDE_MS 2
/* Names between two looks at the clock. */
#define STRIDE_NAMES 64

/* The listing fails: a listing is never shorter than the folder. */
static void fail(struct survey *s, int error)
{
    s->for_now = true;
    switch (-error) {
    case ENOMEM:
        s->broken = "there is not enough memory for its listing";
        return;
    case EMFILE:
    case ENFILE:
        s->broken = "there are no descriptors left to look at its entries";
        return;
    case EBUSY:
        s->broken = "other programs rename files too fast to look at its entries";
        return;
    default:
        s->for_now = false;
        s->broken = "its entries could not be looked at";
        return;
    }
}

static int stat_link(const struct survey *s, const char *name, struct stat *ret)
{
    char full[PATH_MAX];
    int n = snprintf(full, sizeof full, "%.*s%s%s", (int)s->path_len, s->path, s->path_len ? "/" : "", name);
    return (size_t)n < sizeof full ? root_stat(s->root, full, ret) : -ENAMETOOLONG;
}

/* For a link, describes what it leads to, if that is inside: the size of a file outside is not a client's
 * business. Returns 0 or a negative errno; one of root_says_gone() if it is not served. */
static int describe(const struct survey *s, struct entry *e, bool link)
{
    struct stat st;
    char room[NAME_MAX + 1];
    const char *name = root_on_disk(s->root, e->name, room);
    if (!link && fstatat(dirfd(s->dir), name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    int error = link || S_ISLNK(st.st_mode) ? stat_link(s, name, &st) : 0;
    if (error < 0)
        return error;
    e->folder = S_ISDIR(st.st_mode);
    e->size = (uint64_t)st.st_size;
    e->modified = st.st_mtim.tv_sec;
    e->modified_ns = (uint32_t)st.st_mtim.tv_nsec;
    e->described = true;
    return e->folder || S_ISREG(st.st_mode) ? 0 : -ENOENT;
}

/* Finds what the entry's place in the order depends on; for an order by name, that needs no look at the
 * file. Results as describe(). */
static int identify(const struct survey *s, const struct dirent *d, struct entry *e)
{
    struct slice name = slice_of(d->d_name);
    if (slice_eq(name, SLICE(".")) || slice_eq(name, SLICE("..")) || !root_shows(s->root, name))
        return -ENOENT;
    *e = (struct entry){
        .name = (s->root->only[0] ? s->root->only : d->d_name),
        .folder = d->d_type == DT_DIR,
    };
    if (d->d_type != DT_DIR && d->d_type != DT_REG && d->d_type != DT_LNK && d->d_type != DT_UNKNOWN)
        return -ENOENT;
    if (s->order.key == ORDER_NAME && (d->d_type == DT_DIR || d->d_type == DT_REG))
        return 0;
    return describe(s, e, d->d_type == DT_LNK);
}

static void offer(struct survey *s, const struct dirent *d)
{
    struct entry e;
    int error = identify(s, d, &e);
    if (error < 0) {
        if (!root_says_gone(error))
            fail(s, error);
        return;
    }
    if (s->after.name && order_compare(&s->order, &e, &s->after) <= 0)
        return;
    if (s->limit != 0 && !selection_wants(&s->selection, &e))
        return;
    if (!selection_add(&s->selection, &e))
        fail(s, -ENOMEM);
}

static bool run_is_full(const struct survey *s)
{
    return s->limit == 0 && s->selection.count == LISTING_BATCH;
}

/* The memory of a name is 32 bytes for most names. */
#define ENTRY_BYTES (sizeof(struct entry) + 32)

static void count_memory(struct survey *s, size_t held)
{
    if (s->all->budget)
        budget_change(s->all->budget, &s->held, held);
}

/* Counts the most memory that it may need: otherwise all that begin at once would each find enough. */
static void count_most(struct survey *s)
{
    count_memory(s, sizeof *s + (s->limit ? 2 * s->selection.keep : LISTING_BATCH) * ENTRY_BYTES);
}

static void count_what_there_is(struct survey *s)
{
    count_memory(s, sizeof *s + s->selection.count * ENTRY_BYTES + s->readme.html.cap);
}

/* Each call does one small step. */
static void read_name(struct survey *s)
{
    errno = 0;
    const struct dirent *d = readdir(s->dir);
    if (d) {
        offer(s, d);
        return;
    }
    s->walked = true;
    if (errno != 0)
        s->broken = "the folder could not be read to its end";
}

/* The walk or a run is complete. Only the entries that are shown are described. */
static void choose(struct survey *s)
{
    struct selection *all = &s->selection;
    selection_sort(all);
    if (s->limit != 0 && all->count > s->limit) {
        selection_cut(all, s->limit);
        s->further = true;
        s->last = all->entries[all->count - 1];
        s->last.name = strdup(s->last.name);
        if (!s->last.name)
            fail(s, -ENOMEM);
    }
    s->described_n = 0;
    s->at = SURVEY_DESCRIBING;
}

static void describe_next(struct survey *s)
{
    struct entry *e = &s->selection.entries[s->described_n];
    int error = e->described ? 0 : describe(s, e, false);
    if (error < 0 && !root_says_gone(error)) {
        fail(s, error);
        return;
    }
    if (error < 0) {
        free((char *)e->name);
        e->name = NULL;
    }
    s->described_n++;
}

static void close_folder(struct survey *s)
{
    if (s->dir)
        closedir(s->dir);
    s->dir = NULL;
}

/* All remaining entries are described: removes the gaps of those that have gone. */
static void close_ranks(struct survey *s)
{
    struct selection *all = &s->selection;
    size_t kept = 0;
    for (size_t i = 0; i < all->count; i++)
        if (all->entries[i].name)
            all->entries[kept++] = all->entries[i];
    all->count = kept;
    selection_shrink(all);
    count_what_there_is(s);
    if (s->walked)
        close_folder(s); /* A survey that is read no further holds no descriptor. */
    s->at = SURVEY_READY;
}

static void step(struct survey *s)
{
    switch (s->at) {
    case SURVEY_NEW:
        if (s->with_readme)
            s->readme = readme_load(s->root, (struct slice){s->path, s->path_len});
        if (s->readme.html.failed)
            fail(s, -ENOMEM);
        s->at = SURVEY_WALKING;
        return;
    case SURVEY_WALKING:
        if (s->walked || run_is_full(s))
            choose(s);
        else
            read_name(s);
        return;
    case SURVEY_DESCRIBING:
        if (s->described_n < s->selection.count)
            describe_next(s);
        else
            close_ranks(s);
        return;
    case SURVEY_READY:
        return;
    }
}

/* ---- sharing ---- */

static struct survey **bucket_of(struct surveys *all, ino_t inode)
{
    return &all->waiting[inode % SURVEY_BUCKETS];
}

/* Called with the lock held. From now on, a client that asks for the same needs a walk that begins later. */
static void leave(struct survey *s)
{
    for (struct survey **at = bucket_of(s->all, s->inode); *at; at = &(*at)->next)
        if (*at == s) {
            *at = s->next;
            return;
        }
}

static void begin(struct survey *s)
{
    pthread_mutex_lock(&s->all->lock);
    leave(s);
    pthread_mutex_unlock(&s->all->lock);
}

bool survey_step(struct survey *s)
{
    pthread_mutex_lock(&s->lock);
    uint64_t until = clock_ms() + STRIDE_MS;
    if (s->at == SURVEY_NEW)
        begin(s);
    do
        for (int i = 0; i < STRIDE_NAMES && s->at != SURVEY_READY && !s->broken; i++)
            step(s);
    while (s->at != SURVEY_READY && !s->broken && clock_ms() < until);
    bool ready = s->at == SURVEY_READY || s->broken;
    pthread_mutex_unlock(&s->lock);
    return ready;
}

void survey_next_run(struct survey *s)
{
    selection_cut(&s->selection, 0);
    count_most(s);
    s->at = SURVEY_WALKING;
}

static bool is_same(const struct survey *a, const struct survey *b)
{
    return a->inode == b->inode && a->device == b->device && a->root == b->root && a->limit == b->limit &&
           a->order.key == b->order.key && a->order.descending == b->order.descending &&
           a->with_readme == b->with_readme && a->path_len == b->path_len &&
           memcmp(a->path, b->path, a->path_len) == 0 && strcmp(a->after_text, b->after_text) == 0;
}

static void destroy(struct survey *s)
{
    count_memory(s, 0);
    close_folder(s);
    buf_free(&s->readme.html);
    for (size_t i = 0; i < s->selection.count; i++)
        free((char *)s->selection.entries[i].name); /* NULL for an entry that has gone */
    s->selection.count = 0;
    selection_free(&s->selection);
    free((char *)s->last.name);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

/* Returns an equal survey that has not begun, with one more reference; or s itself. */
static struct survey *join(struct survey *s)
{
    struct survey **bucket = bucket_of(s->all, s->inode), *other;
    pthread_mutex_lock(&s->all->lock);
    for (other = *bucket; other && !is_same(other, s); other = other->next)
        ;
    if (other) {
        other->refs++;
    } else {
        s->next = *bucket;
        *bucket = s;
    }
    pthread_mutex_unlock(&s->all->lock);
    return other ? other : s;
}

struct survey *survey_open(struct surveys *all, int fd, const struct root *root, struct slice path,
                           const struct listing_query *query, bool with_readme)
{
    struct stat st;
    struct survey *s = calloc(1, sizeof *s + path.n + 1);
    DIR *dir = s && fstat(fd, &st) == 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        close(fd);
        free(s);
        return NULL;
    }
    pthread_mutex_init(&s->lock, NULL);
    s->all = all;
    s->refs = 1;
    s->device = st.st_dev;
    s->inode = st.st_ino;
    s->root = root;
    s->order = query->order;
    s->limit = query->limit;
    s->with_readme = with_readme;
    strcpy(s->after_text, query->after);
    if (s->after_text[0])
        order_read_place(&s->order, s->after_text, &s->after);
    s->dir = dir;
    s->path_len = path.n;
    memcpy(s->path, path.p, path.n);
    /* One more than is shown, to know whether there is a further page. */
    s->selection.keep = query->limit ? query->limit + 1 : LISTING_BATCH;
    s->selection.order = query->order;
    count_most(s);
    struct survey *shared = query->limit ? join(s) : s;
    if (shared != s)
        destroy(s);
    return shared;
}

void survey_unref(struct survey *s)
{
    pthread_mutex_lock(&s->all->lock);
    bool last = --s->refs == 0;
    if (last)
        leave(s);
    pthread_mutex_unlock(&s->all->lock);
    if (last)
        destroy(s);
}
