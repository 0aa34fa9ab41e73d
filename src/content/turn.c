/* Lets clients that ask for a folder as one file take turns at walking it. */
#include "content/turn.h"

#include "base/list.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#define WALKS_MAX 8

/* A walk to be made, and the clients that it serves. */
struct turn {
    struct list node; /* in `line`, and once the walk begins in `under_way` */
    unsigned refs;
    enum { TURN_WAITS, TURN_WALKS, TURN_OVER } at;
    const struct root *root;
    int error;
    struct stock *stock;
    size_t name_len;
    char name[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct list line = {&line, &line}, under_way = {&under_way, &under_way};
static unsigned walks;

static struct slice name_of(const struct turn *t)
{
    return (struct slice){t->name, t->name_len};
}

/* Called with the lock held, like the functions below. */
static struct turn *find(const struct list *in, const struct root *root, struct slice name)
{
    for (struct list *n = in->next; n != in; n = n->next) {
        struct turn *t = container_of(n, struct turn, node);
        if (t->root == root && slice_eq(name_of(t), name))
            return t;
    }
    return NULL;
}

static struct turn *join(const struct root *root, struct slice name)
{
    struct turn *t = find(&line, root, name);
    if (!t) {
        t = malloc(sizeof *t + name.n);
        if (!t)
            return NULL;
        *t = (struct turn){.root = root, .name_len = name.n};
        if (name.n > 0)
            memcpy(t->name, name.p, name.n);
        list_append(&line, &t->node);
    }
    t->refs++;
    return t;
}

static void leave(struct turn *t)
{
    if (--t->refs > 0)
        return;
    list_remove(&t->node);
    stock_unref(t->stock);
    free(t);
}

/* A folder is walked by one thread at a time: clients that ask meanwhile are all served by the next walk. */
static bool is_walked(const struct turn *t)
{
    return find(&under_way, t->root, name_of(t)) != NULL;
}

static bool is_next(const struct turn *t)
{
    struct list *n = line.next;
    if (t->at != TURN_WAITS || walks == WALKS_MAX)
        return false;
    while (n != &t->node && is_walked(container_of(n, struct turn, node)))
        n = n->next;
    return n == &t->node && !is_walked(t);
}

/* Releases the lock during the walk. */
static void walk(struct turn *t, struct slice top)
{
    list_remove(&t->node);
    list_append(&under_way, &t->node);
    t->at = TURN_WALKS;
    walks++;
    pthread_mutex_unlock(&lock);
    int error = stock_take(t->root, name_of(t), top, &t->stock);
    pthread_mutex_lock(&lock);
    walks--;
    list_remove(&t->node);
    t->error = error;
    t->at = TURN_OVER;
}

static int result(const struct turn *t, struct stock **ret)
{
    switch (t->at) {
    case TURN_WAITS:
        return is_walked(t) ? -EALREADY : -EBUSY;
    case TURN_WALKS:
        return -EALREADY;
    case TURN_OVER:
        break;
    }
    if (t->error == 0)
        *ret = stock_ref(t->stock);
    return t->error;
}

int turn_take(struct turn **mine, const struct root *root, struct slice name, struct slice top,
              struct stock **ret)
{
    int error = -ENOMEM;
    while (name.n > 0 && name.p[0] == '/')
        name = slice_from(name, 1);
    while (name.n > 0 && name.p[name.n - 1] == '/')
        name.n--;
    pthread_mutex_lock(&lock);
    if (!*mine)
        *mine = join(root, name);
    struct turn *t = *mine;
    if (t) {
        if (is_next(t))
            walk(t, top);
        error = result(t, ret);
        if (t->at == TURN_OVER) {
            leave(t);
            *mine = NULL;
        }
    }
    pthread_mutex_unlock(&lock);
    return error;
}

void turn_leave(struct turn **mine)
{
    if (!*mine)
        return;
    pthread_mutex_lock(&lock);
    leave(*mine);
    pthread_mutex_unlock(&lock);
    *mine = NULL;
}
