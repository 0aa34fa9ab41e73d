/* The order of names in a folder, and a place in that order as text. */
#include "content/order.h"

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

/* Compares two runs of digits by value, however long they are, and moves past both. */
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
    return strcmp(a, b); /* differ only in case or leading zeros: "A" and "a", "1" and "01" */
}

struct number {
    int64_t whole;
    uint32_t billionths;
};

static struct number number_of(const struct order *o, const struct entry *e)
{
    switch (o->key) {
    case ORDER_NAME:
        return (struct number){0, 0};
    case ORDER_SIZE: /* The size of a folder means nothing. */
        return (struct number){e->folder ? 0 : (int64_t)e->size, 0};
    case ORDER_TIME:
        return (struct number){e->modified, e->modified_ns};
    }
    __builtin_unreachable();
}

static int compare_numbers_of(struct number a, struct number b)
{
    if (a.whole != b.whole)
        return a.whole < b.whole ? -1 : 1;
    return a.billionths < b.billionths ? -1 : a.billionths > b.billionths;
}

int order_compare(const struct order *o, const struct entry *a, const struct entry *b)
{
    if (a->folder != b->folder)
        return a->folder ? -1 : 1;
    int order = compare_numbers_of(number_of(o, a), number_of(o, b));
    if (order != 0)
        return o->descending ? -order : order;
    order = order_compare_names(a->name, b->name);
    return o->key == ORDER_NAME && o->descending ? -order : order;
}

void order_add_place(struct buf *out, const struct order *o, const struct entry *e)
{
    struct number n = number_of(o, e);
    buf_printf(out, "%c%" PRId64, e->folder ? 'd' : 'f', n.whole);
    if (o->key == ORDER_TIME)
        buf_printf(out, ".%09" PRIu32, n.billionths);
    buf_add(out, SLICE("/"));
    buf_add(out, slice_of(e->name));
}

/* "-12" or "-12.000000345". The decimals are added to -12, as in a struct timespec. */
static bool read_number(struct slice s, struct number *ret)
{
    bool minus = s.n > 0 && s.p[0] == '-';
    struct slice digits, decimals = slice_from(s, minus);
    uint64_t number, billionths = 0;
    bool has_decimals = memchr(s.p, '.', s.n);
    if (!slice_cut(&decimals, '.', &digits) || !slice_to_u64(digits, &number) ||
        number > (uint64_t)INT64_MAX + minus)
        return false;
    if (has_decimals && (decimals.n != 9 || !slice_to_u64(decimals, &billionths)))
        return false;
    *ret = (struct number){minus ? (int64_t)(0 - number) : (int64_t)number, (uint32_t)billionths};
    return true;
}

bool order_read_place(const struct order *o, char *text, struct entry *ret)
{
    char *slash = strchr(text, '/');
    if (!slash || !slash[1] || strchr(slash + 1, '/') || (text[0] != 'd' && text[0] != 'f'))
        return false;
    struct number number;
    if (!read_number((struct slice){text + 1, (size_t)(slash - text) - 1}, &number))
        return false;
    *ret = (struct entry){.name = slash + 1, .folder = text[0] == 'd'};
    if (o->key == ORDER_SIZE)
        ret->size = (uint64_t)number.whole;
    if (o->key == ORDER_TIME) {
        ret->modified = number.whole;
        ret->modified_ns = number.billionths;
    }
    return true;
}
