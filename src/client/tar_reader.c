/* Reads a tar as it arrives. */
#include "client/tar_reader.h"

/* Where the fields of a header are (POSIX.1-2017, pax: ustar). */
#define NAME_LEN 100
#define SIZE_AT 124
#define SIZE_LEN 12
#define SUM_AT 148
#define SUM_LEN 8
#define TYPE_AT 156
#define MAGIC_AT 257
#define PREFIX_AT 345
#define PREFIX_LEN 155

static bool octal(const char *field, size_t cap, uint64_t *ret)
{
    size_t i = 0;
    *ret = 0;
    while (i < cap && field[i] == ' ')
        i++;
    size_t from = i;
    for (; i < cap && field[i] >= '0' && field[i] <= '7'; i++)
        *ret = *ret << 3 | (uint64_t)(field[i] - '0');
    return i > from && (i == cap || field[i] == '\0' || field[i] == ' ');
}

static bool sum_is_right(const char *block)
{
    uint64_t told, sum = 0;
    for (size_t i = 0; i < TAR_BLOCK; i++)
        sum += i >= SUM_AT && i < SUM_AT + SUM_LEN ? ' ' : (unsigned char)block[i];
    return octal(block + SUM_AT, SUM_LEN, &told) && told == sum;
}

static bool set_path(struct tar_reader *r, struct slice path)
{
    if (path.n == 0 || path.n >= sizeof r->path || memchr(path.p, '\0', path.n))
        return false;
    memcpy(r->path, path.p, path.n);
    r->path[path.n] = '\0';
    r->path_len = path.n;
    return true;
}

/* "LENGTH KEY=VALUE\n" */
static bool read_record(struct tar_reader *r, struct slice *rest)
{
    struct slice all = *rest, number, key;
    uint64_t len;
    if (!memchr(all.p, ' ', all.n) || !slice_cut(&all, ' ', &number) || !slice_to_u64(number, &len) ||
        len > rest->n || len < number.n + 2 || rest->p[len - 1] != '\n')
        return false;
    struct slice record = {all.p, len - number.n - 2};
    *rest = slice_from(*rest, len);
    if (!memchr(record.p, '=', record.n))
        return false;
    slice_cut(&record, '=', &key);
    if (slice_eq(key, SLICE("path")))
        return set_path(r, record);
    if (slice_eq(key, SLICE("size")))
        return slice_to_u64(record, &r->size) && r->size <= INT64_MAX;
    if (slice_eq(key, SLICE("FERRY.sha256"))) {
        r->hashed = sha256_from_hex(record, &r->digest);
        return r->hashed;
    }
    if (slice_eq(key, SLICE("FERRY.error"))) {
        size_t n = record.n < sizeof r->error ? record.n : sizeof r->error - 1;
        memcpy(r->error, record.p, n);
        r->error[n] = '\0';
        r->marked = true;
    }
    return true;
}

/* The path that a header without a record of it has. */
static bool read_path(struct tar_reader *r)
{
    char path[PREFIX_LEN + 1 + NAME_LEN];
    size_t prefix = strnlen(r->block + PREFIX_AT, PREFIX_LEN), name = strnlen(r->block, NAME_LEN);
    memcpy(path, r->block + PREFIX_AT, prefix);
    path[prefix] = '/';
    memcpy(path + prefix + 1, r->block, name);
    return prefix > 0 ? set_path(r, (struct slice){path, prefix + 1 + name})
                      : set_path(r, (struct slice){r->block, name});
}

static enum tar_event bad(struct tar_reader *r)
{
    r->at = TAR_AT_ERROR;
    return TAR_BAD;
}

/* A block is complete. TAR_MORE: it was no member's. */
static enum tar_event take_head(struct tar_reader *r)
{
    static const char zeros[TAR_BLOCK];
    uint64_t size;
    r->have = 0;
    if (memcmp(r->block, zeros, TAR_BLOCK) == 0) {
        r->at = TAR_AT_END;
        return r->pax_len > 0 ? bad(r) : TAR_ENDED;
    }
    if (memcmp(r->block + MAGIC_AT, "ustar", 5) != 0 || !sum_is_right(r->block) ||
        !octal(r->block + SIZE_AT, SIZE_LEN, &size))
        return bad(r);
    if (r->block[TYPE_AT] == 'x') {
        if (size == 0 || size > sizeof r->pax || r->pax_len > 0)
            return bad(r);
        r->pax_len = (size_t)size;
        r->at = TAR_AT_PAX;
        return TAR_MORE;
    }
    if (r->block[TYPE_AT] != '0' || !read_path(r))
        return bad(r);
    r->size = size;
    r->hashed = r->marked = false;
    for (struct slice rest = {r->pax, r->pax_len}; rest.n > 0;)
        if (!read_record(r, &rest))
            return bad(r);
    r->pax_len = 0;
    r->at = TAR_AT_BODY;
    r->left = r->size;
    return TAR_MEMBER;
}

static void begin_padding(struct tar_reader *r, uint64_t size)
{
    r->at = TAR_AT_PADDING;
    r->left = tar_padding(size);
}

/* Adds to a block or a pax header. True if it has all `n` bytes. */
static bool collect(struct tar_reader *r, char *to, size_t n, struct slice *in)
{
    size_t some = n - r->have < in->n ? n - r->have : in->n;
    memcpy(to + r->have, in->p, some);
    r->have += some;
    *in = slice_from(*in, some);
    return r->have == n;
}

enum tar_event tar_reader_next(struct tar_reader *r, struct slice *in)
{
    for (;;) {
        switch (r->at) {
        case TAR_AT_HEAD:
            if (in->n == 0 || !collect(r, r->block, TAR_BLOCK, in))
                return TAR_MORE;
            enum tar_event event = take_head(r);
            if (event != TAR_MORE)
                return event;
            break;
        case TAR_AT_PAX:
            if (in->n == 0 || !collect(r, r->pax, r->pax_len, in))
                return TAR_MORE;
            r->have = 0;
            begin_padding(r, r->pax_len);
            break;
        case TAR_AT_BODY:
            if (r->left == 0) {
                begin_padding(r, r->size);
                return TAR_MEMBER_END;
            }
            if (in->n == 0)
                return TAR_MORE;
            r->bytes = (struct slice){in->p, in->n < r->left ? in->n : (size_t)r->left};
            r->left -= r->bytes.n;
            *in = slice_from(*in, r->bytes.n);
            return TAR_BYTES;
        case TAR_AT_PADDING:
            if (in->n < r->left) {
                r->left -= in->n;
                *in = slice_from(*in, in->n);
                return TAR_MORE;
            }
            *in = slice_from(*in, (size_t)r->left);
            r->at = TAR_AT_HEAD;
            break;
        case TAR_AT_END: /* more zeros */
            *in = slice_from(*in, in->n);
            return TAR_MORE;
        case TAR_AT_ERROR:
            return TAR_BAD;
        }
    }
}
