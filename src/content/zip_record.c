/* The records of a zip. */
#include "content/zip_record.h"

#include "base/text.h"

#include <time.h>

enum { HEAD = 0x04034b50, TAIL = 0x08074b50, ENTRY = 0x02014b50, END = 0x06054b50 };
enum { END_64 = 0x06064b50, END_64_AT = 0x07064b50 };
enum { EXTRA_64 = 0x0001, EXTRA_TIME = 0x5455 };
enum { FLAG_TAIL = 1 << 3, FLAG_UTF8 = 1 << 11 };
enum { STORED = 0, DEFLATED = 8 };
enum { UNIX = 3 << 8, VERSION = 20, VERSION_64 = 45 };

/* In a field of so many bits, this means: see the zip64 field. */
#define FULL_16 0xffff
#define FULL_32 0xffffffff

/* A member of this size may take more than 32 bits when it is compressed: deflate adds less than a
 * thousandth to incompressible data. */
#define SIZE_64 0xff000000

/* The range of DOS times, which count in two seconds; a time zone is a day at most. */
#define DAY_SECONDS 86400
#define DOS_FIRST (INT64_C(315532800) + DAY_SECONDS)
#define DOS_LAST (INT64_C(4354819198) - DAY_SECONDS)

static void add_le(struct buf *out, uint64_t value, size_t bytes)
{
    char to[8];
    for (size_t i = 0; i < bytes; i++)
        to[i] = (char)(value >> 8 * i);
    buf_add(out, (struct slice){to, bytes});
}

static void add_16(struct buf *out, uint64_t value)
{
    add_le(out, value < FULL_16 ? value : FULL_16, 2);
}

static void add_32(struct buf *out, uint64_t value)
{
    add_le(out, value < FULL_32 ? value : FULL_32, 4);
}

static void add_64(struct buf *out, uint64_t value)
{
    add_le(out, value, 8);
}

static bool is_64(const struct zip_member *m)
{
    return m->size >= SIZE_64;
}

static bool has_tail(const struct zip_member *m)
{
    return m->size > 0;
}

/* A name that is not ASCII is marked as UTF-8 if it is; otherwise its bytes stay unmarked. */
static bool is_marked_utf8(struct slice name)
{
    for (size_t i = 0; i < name.n; i++)
        if ((unsigned char)name.p[i] >= 0x80)
            return text_is_utf8(name);
    return false;
}

/* A time that DOS cannot express becomes the nearest one that it can. */
static void add_dos_time(struct buf *out, int64_t modified)
{
    time_t t = modified < DOS_FIRST ? DOS_FIRST : modified > DOS_LAST ? DOS_LAST : modified;
    struct tm tm;
    localtime_r(&t, &tm);
    add_le(out, (uint64_t)(tm.tm_hour << 11 | tm.tm_min << 5 | tm.tm_sec / 2), 2);
    add_le(out, (uint64_t)((tm.tm_year - 80) << 9 | (tm.tm_mon + 1) << 5 | tm.tm_mday), 2);
}

/* Whether the time fits 31 bits; readers disagree whether the 32nd is a sign. */
static bool has_seconds(const struct zip_member *m)
{
    return m->modified >= 0 && m->modified <= INT32_MAX;
}

static void add_seconds(struct buf *out, const struct zip_member *m)
{
    add_le(out, EXTRA_TIME, 2);
    add_le(out, 5, 2);
    add_le(out, 1, 1); /* only the modification time */
    add_le(out, (uint64_t)m->modified, 4);
}

#define SECONDS_LEN 9

/* The common part of a head and an entry, from the version to the time. */
static void add_common(struct buf *out, const struct zip_member *m, bool as_64)
{
    add_le(out, as_64 ? VERSION_64 : VERSION, 2);
    add_le(out, (has_tail(m) ? FLAG_TAIL : 0) | (is_marked_utf8(m->name) ? FLAG_UTF8 : 0), 2);
    add_le(out, has_tail(m) ? DEFLATED : STORED, 2);
    add_dos_time(out, m->modified);
}

static void add_name(struct buf *out, const struct zip_member *m)
{
    buf_add(out, m->name);
    buf_add(out, m->folder ? SLICE("/") : SLICE(""));
}

void zip_add_head(struct buf *out, const struct zip_member *m)
{
    enum { EXTRA_64_LEN = 4 + 2 * 8 };
    add_le(out, HEAD, 4);
    add_common(out, m, is_64(m));
    add_32(out, 0); /* the CRC, which comes after the bytes */
    add_32(out, is_64(m) ? FULL_32 : 0);
    add_32(out, is_64(m) ? FULL_32 : 0);
    add_16(out, m->name.n + m->folder);
    add_16(out, (has_seconds(m) ? SECONDS_LEN : 0) + (is_64(m) ? EXTRA_64_LEN : 0));
    add_name(out, m);
    if (has_seconds(m))
        add_seconds(out, m);
    if (!is_64(m))
        return;
    /* Its presence means that the sizes in the tail have 64 bits. */
    add_le(out, EXTRA_64, 2);
    add_le(out, EXTRA_64_LEN - 4, 2);
    add_64(out, 0);
    add_64(out, 0);
}

void zip_add_tail(struct buf *out, const struct zip_member *m)
{
    size_t bytes = is_64(m) ? 8 : 4;
    if (!has_tail(m))
        return;
    add_le(out, TAIL, 4);
    add_le(out, m->crc, 4);
    add_le(out, m->packed, bytes);
    add_le(out, m->size, bytes);
}

void zip_add_entry(struct buf *out, const struct zip_member *m)
{
    bool far = m->offset >= FULL_32;
    size_t more = (is_64(m) ? 2 * 8 : 0) + (far ? 8 : 0);
    add_le(out, ENTRY, 4);
    add_le(out, UNIX | VERSION_64, 2);
    add_common(out, m, more > 0);
    add_le(out, m->crc, 4);
    add_32(out, is_64(m) ? FULL_32 : m->packed);
    add_32(out, is_64(m) ? FULL_32 : m->size);
    add_16(out, m->name.n + m->folder);
    add_16(out, (has_seconds(m) ? SECONDS_LEN : 0) + (more > 0 ? 4 + more : 0));
    add_16(out, 0); /* no comment, first disk, no special kind */
    add_16(out, 0);
    add_16(out, 0);
    /* The Unix mode, and the DOS attribute of a folder. */
    add_32(out, m->folder ? 040755u << 16 | 0x10 : 0100644u << 16);
    add_32(out, m->offset);
    add_name(out, m);
    if (has_seconds(m))
        add_seconds(out, m);
    if (more == 0)
        return;
    add_le(out, EXTRA_64, 2);
    add_le(out, more, 2);
    if (is_64(m)) {
        add_64(out, m->size);
        add_64(out, m->packed);
    }
    if (far)
        add_64(out, m->offset);
}

void zip_add_end(struct buf *out, uint64_t members, uint64_t at, uint64_t len)
{
    if (members >= FULL_16 || at >= FULL_32 || len >= FULL_32) {
        add_le(out, END_64, 4);
        add_64(out, 44); /* the length of the rest */
        add_le(out, UNIX | VERSION_64, 2);
        add_le(out, VERSION_64, 2);
        add_32(out, 0);
        add_32(out, 0);
        add_64(out, members);
        add_64(out, members);
        add_64(out, len);
        add_64(out, at);
        add_le(out, END_64_AT, 4);
        add_32(out, 0);
        add_64(out, at + len);
        add_32(out, 1); /* number of disks */
    }
    add_le(out, END, 4);
    add_16(out, 0);
    add_16(out, 0);
    add_16(out, members);
    add_16(out, members);
    add_32(out, len);
    add_32(out, at);
    add_16(out, 0); /* no comment */
}
