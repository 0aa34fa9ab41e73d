/* A file's neighbours: NAME.br, NAME.zst and NAME.gz, which may be sent in place of NAME. */
#include "site/neighbour.h"

#include "base/cleanup.h"

#include <errno.h>

/* A tool that keeps a file's time may keep only whole seconds. */
static bool is_older(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec && a->tv_nsec != 0);
}

/* A neighbour that is older than the file was made from another version. An empty one is not complete: no
 * content compresses to nothing. */
static bool can_stand_for(const struct version *neighbour, const struct version *v)
{
    return neighbour->length > 0 && !is_older(&neighbour->modified, &v->modified);
}

/* Errors that may disappear with another attempt, or with a wider reach. */
static bool is_for_now(int error)
{
    switch (-error) {
    case EAGAIN:
    case EBUSY:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
        return true;
    default:
        return false;
    }
}

/* Returns 0 with *ret, which is NULL if there is no such file for clients; or a negative errno. */
static int find(const struct look *l, struct slice name, struct version **ret)
{
    struct opened o;
    *ret = look_shared(l, name);
    if (*ret)
        return 0;
    AUTO_CLOSE int fd = look_open(l, name, &o);
    if (fd < 0)
        return root_says_gone(fd) ? 0 : fd;
    if (!S_ISREG(o.st.st_mode))
        return 0;
    *ret = look_version(l, name, TAKE_FD(fd), &o);
    return *ret ? 0 : -ENOMEM;
}

static int find_coded(const struct look *l, struct slice name, enum coding coding, const struct version *v,
                      struct version **ret)
{
    char room[PATH_MAX];
    struct slice suffix = coding_suffix(coding);
    *ret = NULL;
    if (name.n + suffix.n > sizeof room)
        return 0;
    memcpy(room, name.p, name.n);
    memcpy(room + name.n, suffix.p, suffix.n);
    int error = find(l, (struct slice){room, name.n + suffix.n}, ret);
    if (*ret && !can_stand_for(*ret, v)) {
        version_unref(*ret);
        *ret = NULL;
    }
    return error;
}

int neighbour_choose(const struct look *l, const struct coding_order *order, struct slice name,
                     struct version *v, struct neighbour *ret)
{
    bool is_wanted = true;
    *ret = (struct neighbour){.coding = CODING_IDENTITY};
    if (v->alone_seq < l->arrived)
        v->alone = 0;
    /* stamp with the first probe: only earlier requests may reuse its negative answers */
    if (v->alone == 0)
        v->alone_seq = l->shares ? l->shares->arrivals : 0;
    /* Also looks for codings that this client does not want, until one is found: then another client would
     * get that one. */
    for (size_t i = 0; i < CODING_COUNT && !ret->varies; i++) {
        struct version *found;
        unsigned bit = 1u << order->at[i];
        if (order->at[i] == CODING_IDENTITY)
            is_wanted = false;
        if (order->at[i] == CODING_IDENTITY || v->alone & bit)
            continue;
        int error = find_coded(l, name, order->at[i], v, &found);
        if (is_for_now(error))
            return error;
        if (error < 0) { /* it exists, but the disk fails: a later request may get it */
            ret->varies = true;
            return 0;
        }
        ret->varies = found != NULL;
        v->alone |= found ? 0 : bit;
        if (found && is_wanted) {
            ret->coding = order->at[i];
            ret->version = found;
        } else {
            version_unref(found);
        }
    }
    return 0;
}
