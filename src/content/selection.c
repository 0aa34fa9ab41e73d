/* The first entries of a folder in some order, out of any number. Collects twice as many as are wanted,
 * sorts them, and keeps half: n log n for any order of the folder, where a heap needs twice the comparisons
 * for the worst one. */
#include "content/selection.h"

#include <stdlib.h>

bool selection_wants(const struct selection *s, const struct entry *e)
{
    return !s->full || order_compare(&s->order, e, &s->entries[s->keep - 1]) < 0;
}

static int compare(const void *a, const void *b, void *order)
{
    return order_compare(order, a, b);
}

void selection_cut(struct selection *s, size_t from)
{
    while (s->count > from)
        free((char *)s->entries[--s->count].name);
}

void selection_sort(struct selection *s)
{
    if (s->count == 0)
        return;
    qsort_r(s->entries, s->count, sizeof *s->entries, compare, &s->order);
    s->full = s->count >= s->keep;
    selection_cut(s, s->keep);
}

static bool make_room(struct selection *s)
{
    if (s->count < s->cap)
        return true;
    if (s->cap == 2 * s->keep) {
        selection_sort(s);
        return true;
    }
    size_t cap = s->cap ? s->cap * 2 : 64;
    if (cap > 2 * s->keep)
        cap = 2 * s->keep;
    struct entry *entries = realloc(s->entries, cap * sizeof *entries);
    if (!entries)
        return false;
    s->entries = entries;
    s->cap = cap;
    return true;
}

void selection_shrink(struct selection *s)
{
    struct entry *entries = s->count > 0 ? realloc(s->entries, s->count * sizeof *entries) : NULL;
    if (!entries)
        return;
    s->entries = entries;
    s->cap = s->count;
}

bool selection_add(struct selection *s, const struct entry *e)
{
    if (!make_room(s))
        return false;
    char *name = strdup(e->name);
    if (!name)
        return false;
    s->entries[s->count] = *e;
    s->entries[s->count++].name = name;
    return true;
}

void selection_free(struct selection *s)
{
    selection_cut(s, 0);
    free(s->entries);
    s->entries = NULL;
    s->cap = 0;
}
