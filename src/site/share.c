/* What a loop knows of names: one look serves many requests, and still nothing is ever stale. */
#include "site/share.h"

#include "content/settled.h"

#include <stdlib.h>
#include <unistd.h>

/* Folders on the path; deeper names are looked up in each batch. */
#define DEPTH_MAX 16

struct share {
    struct list node;        /* in `lasting` or in `fleeting` */
    uint64_t due;            /* in `lasting`: when it expires */
    struct share *next;      /* in the same bucket */
    struct share *parent;    /* the folder that it is in; NULL: the served one */
    struct version *version; /* of a file; NULL for a folder */
    int fd;
    unsigned refs; /* one of the table, and one of each share in this folder */
    bool fleeting;
    bool gone; /* it is not what it was */
    struct timespec changed;
    uint64_t looked_seq; /* `arrivals` at the last look */
    size_t held;         /* its part of shares.bytes */
    uint32_t hash;
    uint32_t name_len;
    char name[];
};

static uint32_t hash_of(struct slice name)
{
    uint32_t hash = 2166136261; /* FNV-1a */
    for (size_t i = 0; i < name.n; i++)
        hash = (hash ^ (unsigned char)name.p[i]) * 16777619;
    return hash ^ hash >> 15;
}

static struct share **bucket_of(struct shares *s, uint32_t hash)
{
    return &s->buckets[hash % SHARE_BUCKETS];
}

static struct share *find(struct shares *s, struct slice name, uint32_t hash, bool folder)
{
    for (struct share *i = *bucket_of(s, hash); i; i = i->next)
        if (i->hash == hash && !i->version == folder && slice_eq(name, (struct slice){i->name, i->name_len}))
            return i;
    return NULL;
}

/* ---- forgetting ---- */

static void drop_version(struct shares *s, struct version *v)
{
    if (s->close_later && version_unref_waits(v))
        s->close_later(s, v);
    else
        version_unref(v);
}

static void unref(struct shares *s, struct share *one)
{
    while (one && --one->refs == 0) {
        struct share *parent = one->parent;
        if (one->version)
            drop_version(s, one->version);
        else
            close(one->fd);
        free(one);
        one = parent;
    }
}

static void forget(struct shares *s, struct share *one)
{
    struct share **at = bucket_of(s, one->hash);
    while (*at != one)
        at = &(*at)->next;
    *at = one->next;
    list_remove(&one->node);
    s->n--;
    s->bytes -= one->held;
    unref(s, one);
}

/* ---- looking again ---- */

static bool same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

/* Whether the name still means what it meant at the last look. */
static bool holds(struct shares *s, struct share *one, uint64_t arrived)
{
    struct stat st;
    if (one->gone || one->looked_seq >= arrived)
        return !one->gone;
    if (one->fleeting)
        return false;
    if ((one->parent && !holds(s, one->parent, arrived)) || fstat(one->fd, &st) < 0 || st.st_nlink == 0 ||
        !same_time(st.st_ctim, one->changed)) {
        one->gone = true;
        return false;
    }
    one->looked_seq = s->arrivals;
    return true;
}

struct version *shares_get(struct shares *s, struct slice name, uint64_t arrived)
{
    struct share *found = find(s, name, hash_of(name), false);
    if (!found)
        return NULL;
    bool is_over = !found->fleeting && found->due <= *s->clock;
    if (!is_over && holds(s, found, arrived))
        return version_ref(found->version);
    forget(s, found);
    return NULL;
}

/* ---- remembering ---- */

static struct share *add(struct shares *s, struct slice name, uint32_t hash, int fd)
{
    struct share *one = s->n < s->max ? malloc(sizeof *one + name.n) : NULL;
    if (!one)
        return NULL;
    *one = (struct share){
        .fd = fd, .refs = 1, .looked_seq = s->arrivals, .hash = hash, .name_len = (uint32_t)name.n};
    memcpy(one->name, name.p, name.n);
    list_init(&one->node);
    one->next = *bucket_of(s, hash);
    *bucket_of(s, hash) = one;
    s->n++;
    return one;
}

static void make_last(struct shares *s, struct share *one)
{
    one->due = *s->clock + SHARE_MS;
    list_append(&s->lasting, &one->node);
}

/* The folder `name`, and the folders that it is in, held open to be looked at again; NULL if that would not
 * show every change. */
static struct share *folder(struct shares *s, struct slice name, time_t now, unsigned depth)
{
    struct stat st;
    uint32_t hash = hash_of(name);
    struct share *known = find(s, name, hash, true);
    if (known && holds(s, known, s->arrivals))
        return known;
    if (known)
        forget(s, known);
    const char *slash = memrchr(name.p, '/', name.n);
    struct share *parent = NULL;
    if (slash) {
        parent = depth < DEPTH_MAX
                     ? folder(s, (struct slice){name.p, (size_t)(slash - name.p)}, now, depth + 1)
                     : NULL;
        if (!parent)
            return NULL;
    }
    int fd = root_open_mark(s->root, name, &st);
    struct share *one =
        fd >= 0 && S_ISDIR(st.st_mode) && settled_by_time(st.st_ctim, now) ? add(s, name, hash, fd) : NULL;
    if (!one) {
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    one->changed = st.st_ctim;
    one->parent = parent;
    if (parent)
        parent->refs++;
    make_last(s, one);
    return one;
}

/* Whether looking at open descriptors shows every change; then *ret_parent is the folder that the file is
 * in. The folders are looked at after the file was opened: if the path had been another one then, the
 * change would be too fresh to be settled. */
static bool can_last(struct shares *s, struct slice name, const struct version *v, time_t now,
                     struct share **ret_parent)
{
    const char *slash = memrchr(name.p, '/', name.n);
    *ret_parent = NULL;
    if (!v->straight || !s->root->ctime_tells || !v->settled || !settled_by_time(v->changed, now))
        return false;
    if (slash)
        *ret_parent = folder(s, (struct slice){name.p, (size_t)(slash - name.p)}, now, 0);
    return !slash || *ret_parent;
}

void shares_put(struct shares *s, struct slice name, struct version *v, time_t now)
{
    uint32_t hash = hash_of(name), *asked = &s->asked[hash % SHARE_ASKED];
    struct share *old = find(s, name, hash, false), *parent = NULL;
    size_t held = v->length <= VERSION_SMALL ? v->length : 0;
    bool fits = s->bytes + held <= s->bytes_max;
    /* A name that is requested once is not remembered, unless there is plenty of room. */
    bool comes_again = *asked == hash || s->n < s->max / 2;
    bool lasts = comes_again && can_last(s, name, v, now, &parent);
    *asked = hash;
    if (old)
        forget(s, old);
    struct share *one = add(s, name, hash, v->fd);
    if (!one)
        return;
    one->version = version_ref(v);
    one->changed = v->changed;
    one->fleeting = !lasts;
    if (!lasts) {
        list_append(&s->fleeting, &one->node);
        return;
    }
    v->lean = !fits;
    s->bytes += one->held = fits ? held : 0;
    one->parent = parent;
    if (parent)
        parent->refs++;
    make_last(s, one);
}

/* ---- the table ---- */

void shares_init(struct shares *s, const struct root *root, unsigned max, const uint64_t *clock)
{
    s->root = root;
    s->max = max;
    s->bytes_max = SHARES_BYTES;
    s->clock = clock;
    list_init(&s->fleeting);
    list_init(&s->lasting);
}

static struct share *first_of(struct list *nodes)
{
    return container_of(nodes->next, struct share, node);
}

static void forget_all(struct shares *s, struct list *nodes)
{
    while (!list_empty(nodes))
        forget(s, first_of(nodes));
}

bool shares_give_way(struct shares *s)
{
    bool some = !list_empty(&s->lasting);
    forget_all(s, &s->lasting);
    return some;
}

void shares_end_batch(struct shares *s)
{
    forget_all(s, &s->fleeting);
}

bool shares_expire(struct shares *s)
{
    while (!list_empty(&s->lasting) && first_of(&s->lasting)->due <= *s->clock)
        forget(s, first_of(&s->lasting));
    return !list_empty(&s->lasting);
}

void shares_free(struct shares *s)
{
    s->close_later = NULL;
    forget_all(s, &s->fleeting);
    forget_all(s, &s->lasting);
}
