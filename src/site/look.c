/* A look-up of a name. */
#include "site/look.h"

#include <errno.h>

static int open_once(const struct look *l, struct slice name, struct opened *ret)
{
    const struct root *root = &l->site->root;
    int fd = l->shares ? root_open_straight(root, name, &ret->st, &ret->kind) : -ELOOP;
    ret->straight = fd >= 0;
    return fd == -ELOOP ? root_open(root, name, l->reach, &ret->st, &ret->kind) : fd;
}

int look_open(const struct look *l, struct slice name, struct opened *ret)
{
    int fd = open_once(l, name, ret);
    if ((fd == -EMFILE || fd == -ENFILE) && l->shares && shares_give_way(l->shares))
        fd = open_once(l, name, ret);
    return fd;
}

struct version *look_shared(const struct look *l, struct slice name)
{
    return l->shares ? shares_get(l->shares, name, l->arrived) : NULL;
}

struct version *look_version(const struct look *l, struct slice name, int fd, const struct opened *o)
{
    struct version *v = version_open(fd, &o->st, o->kind, media_type_of(&l->site->types, name));
    if (!v)
        return NULL;
    v->straight = o->straight;
    v->grows = l->site->growing;
    if (l->shares)
        shares_put(l->shares, name, v, l->now);
    return v;
}
