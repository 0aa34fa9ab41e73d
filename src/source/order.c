/* In what order the names of a folder stand, and a place in that order as text. */
#include "source/order.h"

#include <inttypes.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t digits(const char *s)
{
    size_t n = 0;
    while (is_digit(s[n]))
        n++;
    return n;
}

/* Two runs of digits by their value, however long they are; goes behind both. */
static int compare_numbers(const char **a, const char **b)
{
    while (**a == '0')
        ++*a;
    while (**b == '0')
        ++*b;
    size_t x = digits(*a), y = digits(*b);
    int order = x != y ? (x < y ? -1 : 1) : memcmp(*a, *b, x);
    *a += x;
    *b += y;
    return order;
}

int order_compare_names(const char *a, const char *b)
{
    const char *p = a, *q = b;
    while (*p && *q) {
        int order;
        if (is_digit(*p) && is_digit(*q)) {
            order = compare_numbers(&p, &q);
        } else {
            order = (unsigned char)ascii_lower(*p) - (unsigned char)ascii_lower(*q);
            p++;
            q++;
        }
        if (order != 0)
            return order;
    }
    if (*p || *q)
        return *p ? 1 : -1;
    return strcmp(a, b); /* "A" and "a", "1" and "01" */
}

static int64_t number_of(const struct order *o, const struct entry *e)
{
    switch (o->key) {
    case ORDER_NAME:
        return 0;
    case ORDER_SIZE: /* A folder has none that says anything. */
        return e->folder ? 0 : (int64_t)e->size;
    case ORDER_TIME:
        return e->modified;
    }
    __builtin_unreachable();
}

int order_compare(const struct order *o, const struct entry *a, const struct entry *b)
{
    if (a->folder != b->folder)
        return a->folder ? -1 : 1;
    int64_t x = number_of(o, a), y = number_of(o, b);
    if (x != y)
        return (x < y) != o->descending ? -1 : 1;
    int order = order_compare_names(a->name, b->name);
    return o->key == ORDER_NAME && o->descending ? -order : order;
}

void order_add_place(struct buf *out, const struct order *o, const struct entry *e)
{
    buf_printf(out, "%c%" PRId64 "/", e->folder ? 'd' : 'f', number_of(o, e));
    buf_add(out, slice_of(e->name));
}

bool order_read_place(const struct order *o, char *text, struct entry *ret)
{
    char *slash = strchr(text, '/');
    if (!slash || !slash[1] || strchr(slash + 1, '/') || (text[0] != 'd' && text[0] != 'f'))
        return false;
    bool minus = text[1] == '-';
    const char *from = text + 1 + minus;
    uint64_t number;
    if (!slice_to_u64((struct slice){from, (size_t)(slash - from)}, &number) || number > INT64_MAX)
        return false;
    int64_t value = minus ? -(int64_t)number : (int64_t)number;
    *ret = (struct entry){.name = slash + 1, .folder = text[0] == 'd'};
    if (o->key == ORDER_SIZE)
        ret->size = (uint64_t)value;
    if (o->key == ORDER_TIME)
        ret->modified = value;
    return true;
}
