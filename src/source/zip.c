/* A folder as a zip, written by libarchive while it is sent: nobody knows its length before.
 *
 * Everything here blocks or computes, and so all of it runs on workers: load() makes a stretch, read() copies
 * it. */
#include "source/zip.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"
#include "source/libarchive.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>

/* Made ahead of what the connection takes. */
#define STRETCH_BYTES (256 * 1024)
#define PIECE_BYTES (64 * 1024)
/* As many as fit without zip64, which not every unzip knows. */
#define MEMBERS_MAX 65535
/* A zip ends in a directory of itself, which libarchive collects in memory and writes in one go. */
#define DIRECTORY_MAX (8 * 1024 * 1024)
/* What a member takes there, besides its name: 46 bytes, and at most 60 of extra fields (sizes, times,
 * owner). */
#define DIRECTORY_ENTRY 106

struct zip {
    struct source source;
    struct manifest *manifest;
    struct archive *writer;
    struct archive_entry *entry;
    locale_t utf8, bytes;
    enum { ZIP_NEXT, ZIP_DATA, ZIP_END } at;
    uint64_t size, done; /* of the member at hand */
    bool unwanted;       /* what is still written */
    struct buf out;
    char piece[PIECE_BYTES];
};

static la_ssize_t take(struct archive *a, void *context, const void *p, size_t n)
{
    struct zip *z = context;
    if (z->unwanted)
        return (la_ssize_t)n;
    buf_add(&z->out, (struct slice){p, n});
    if (!z->out.failed)
        return (la_ssize_t)n;
    libarchive.set_error(a, ENOMEM, "it does not fit");
    return -1;
}

static bool fail(struct zip *z, const char *why)
{
    z->source.broken = why;
    return false;
}

static const char not_written[] = "there was no memory for its zip";

static bool is_utf8(struct slice s)
{
    uint32_t c;
    for (size_t n; s.n > 0; s = slice_from(s, n))
        if ((n = utf8_decode(s, &c)) == 0)
            return false;
    return true;
}

/* libarchive takes a name's bytes as they are, and says that they are UTF-8 when the thread's locale is. */
static int write_header(struct zip *z, struct slice name)
{
    locale_t before = uselocale(is_utf8(name) ? z->utf8 : z->bytes);
    int result = libarchive.write_header(z->writer, z->entry);
    uselocale(before);
    return result;
}

static bool begin_member(struct zip *z, const struct tar_member *m)
{
    char name[TAR_PATH_MAX + 2];
    memcpy(name, m->path.p, m->path.n);
    name[m->path.n] = '\0';
    libarchive.entry_clear(z->entry);
    libarchive.entry_copy_pathname(z->entry, name);
    libarchive.entry_set_filetype(z->entry, m->folder ? AE_IFDIR : AE_IFREG);
    libarchive.entry_set_perm(z->entry, m->folder ? 0755 : 0644);
    libarchive.entry_set_mtime(z->entry, m->modified, 0);
    libarchive.entry_set_size(z->entry, (la_int64_t)m->size);
    if (write_header(z, m->path) < ARCHIVE_WARN)
        return fail(z, not_written);
    z->size = m->size;
    z->done = 0;
    z->at = ZIP_DATA;
    return true;
}

static bool next_member(struct zip *z)
{
    struct tar_member m;
    switch (manifest_next(z->manifest, &m)) {
    case MANIFEST_MEMBER:
        return begin_member(z, &m);
    case MANIFEST_END:
        z->at = ZIP_END;
        return libarchive.write_close(z->writer) == ARCHIVE_OK || fail(z, not_written);
    case MANIFEST_FAIL:
        return fail(z, manifest_broken(z->manifest));
    }
    __builtin_unreachable();
}

static bool add_data(struct zip *z)
{
    size_t n = z->size - z->done < PIECE_BYTES ? (size_t)(z->size - z->done) : PIECE_BYTES;
    if (n == 0) {
        z->at = ZIP_NEXT;
        return libarchive.write_finish_entry(z->writer) == ARCHIVE_OK || fail(z, not_written);
    }
    if (!manifest_read(z->manifest, z->done, z->piece, n))
        return fail(z, manifest_broken(z->manifest));
    z->done += n;
    return libarchive.write_data(z->writer, z->piece, n) == (la_ssize_t)n || fail(z, not_written);
}

static void zip_load(struct source *s)
{
    struct zip *z = (struct zip *)s;
    bool right = true;
    while (right && z->at != ZIP_END && buf_len(&z->out) < STRETCH_BYTES)
        right = z->at == ZIP_NEXT ? next_member(z) : add_data(z);
}

static enum io zip_read(struct source *s, void *to, size_t cap, size_t *ret_n)
{
    struct zip *z = (struct zip *)s;
    struct slice ready = buf_slice(&z->out);
    if (s->broken)
        return IO_FAIL;
    if (ready.n == 0)
        return z->at == ZIP_END ? IO_EOF : IO_WANT_WORKER;
    if (ready.n > cap)
        ready.n = cap;
    memcpy(to, ready.p, ready.n);
    buf_consume(&z->out, ready.n);
    *ret_n = ready.n;
    return IO_OK;
}

static void zip_free(struct zip *z)
{
    /* This writes what would still come, the directory above all, and take() throws it away: libarchive 3.6
     * leaks when it is told by archive_write_fail() not to. */
    z->unwanted = true;
    if (z->writer)
        libarchive.write_free(z->writer);
    libarchive.entry_free(z->entry);
    if (z->utf8)
        freelocale(z->utf8);
    if (z->bytes)
        freelocale(z->bytes);
    manifest_free(z->manifest);
    buf_free(&z->out);
    free(z);
}

static void zip_close(struct source *s)
{
    zip_free((struct zip *)s);
}

static const struct source_ops zip_ops = {.read = zip_read, .load = zip_load, .close = zip_close};

static bool set_up(struct zip *z)
{
    z->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    z->bytes = newlocale(LC_CTYPE_MASK, "C", (locale_t)0);
    z->entry = libarchive.entry_new();
    z->writer = libarchive.write_new();
    /* Compressed, if lightly: what is merely stored cannot be unpacked from a stream, since its length stands
     * behind it. */
    return z->utf8 && z->bytes && z->entry && z->writer &&
           libarchive.write_set_format_zip(z->writer) == ARCHIVE_OK &&
           libarchive.write_set_format_option(z->writer, "zip", "compression-level", "1") == ARCHIVE_OK &&
           libarchive.write_set_bytes_per_block(z->writer, 0) == ARCHIVE_OK &&
           libarchive.write_set_bytes_in_last_block(z->writer, 1) == ARCHIVE_OK &&
           libarchive.write_open(z->writer, z, NULL, take, NULL) == ARCHIVE_OK;
}

int source_open_zip(struct manifest *m, struct source **ret)
{
    const struct manifest_facts *facts = manifest_facts(m);
    if (facts->members > MEMBERS_MAX ||
        facts->members * DIRECTORY_ENTRY + facts->path_bytes > DIRECTORY_MAX) {
        manifest_free(m);
        return -E2BIG;
    }
    const char *why_not = libarchive_load();
    if (why_not) {
        log_line("cannot make a zip: %s (is libarchive installed?)", why_not);
        manifest_free(m);
        return -ENOSYS;
    }
    struct zip *z = calloc(1, sizeof *z);
    if (!z) {
        manifest_free(m);
        return -ENOMEM;
    }
    z->source = (struct source){
        .ops = &zip_ops,
        .distant = true, /* Nobody knows what is mounted below. */
        .length = SOURCE_LENGTH_UNKNOWN,
        .type = "application/zip",
    };
    z->manifest = m;
    /* A stretch, the piece that goes over its end, and the directory behind it. */
    z->out = buf_new(STRETCH_BYTES + 4 * PIECE_BYTES + DIRECTORY_MAX);
    if (!set_up(z)) {
        zip_free(z);
        return -ENOMEM;
    }
    *ret = &z->source;
    return 0;
}
