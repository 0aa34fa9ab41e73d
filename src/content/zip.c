/* A folder as a zip, generated while it is sent, so its length is not known in advance.
 *
 * Everything here blocks or computes, so it runs on workers: load() makes a stretch, read() copies it. */
#include "content/zip.h"

#include "base/buf.h"
#include "content/zip_record.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

/* How much is generated ahead of the connection. */
#define STRETCH_BYTES (256 * 1024)
#define PIECE_BYTES (64 * 1024)
/* As many as fit without zip64, which not every unzip knows. */
#define MEMBERS_MAX 65535
/* A zip ends with a directory, which is collected in memory. */
#define DIRECTORY_MAX (8 * 1024 * 1024)

struct zip {
    struct source source;
    struct manifest *manifest;
    z_stream deflater; /* Compressed, if lightly: a stored member cannot be unpacked from a stream, because
                          its length comes after it. */
    enum { ZIP_NEXT, ZIP_DATA, ZIP_DIRECTORY, ZIP_END } at;
    struct zip_member member; /* the current member; its name belongs to the manifest until the next one */
    uint64_t done;            /* bytes of the member that were read */
    uint64_t members, made;   /* made: bytes of the archive */
    struct buf out, directory;
    unsigned char piece[PIECE_BYTES];
};

static bool fail(struct zip *z)
{
    manifest_break(z->manifest, &z->source);
    return false;
}

static bool fits(struct zip *z)
{
    bool failed = z->out.failed || z->directory.failed;
    if (failed)
        source_break_for_now(&z->source, "there was no memory for its zip");
    return !failed;
}

static bool end_member(struct zip *z)
{
    struct zip_member *m = &z->member;
    size_t before = buf_len(&z->out);
    zip_add_tail(&z->out, m);
    zip_add_entry(&z->directory, m);
    z->made += buf_len(&z->out) - before;
    z->members++;
    z->at = ZIP_NEXT;
    return fits(z);
}

static bool begin_member(struct zip *z, const struct tar_member *m)
{
    size_t before = buf_len(&z->out);
    z->member = (struct zip_member){
        .name = m->path,
        .folder = m->folder,
        .modified = m->modified,
        .size = m->size,
        .offset = z->made,
        .crc = (uint32_t)crc32(0, NULL, 0),
    };
    zip_add_head(&z->out, &z->member);
    z->made += buf_len(&z->out) - before;
    z->done = 0;
    z->at = ZIP_DATA;
    deflateReset(&z->deflater);
    return fits(z) && (m->size > 0 || end_member(z));
}

static bool next_member(struct zip *z)
{
    struct tar_member m;
    switch (manifest_next(z->manifest, &m)) {
    case MANIFEST_MEMBER:
        return begin_member(z, &m);
    case MANIFEST_END:
        zip_add_end(&z->directory, z->members, z->made, buf_len(&z->directory));
        z->at = ZIP_DIRECTORY;
        return fits(z);
    case MANIFEST_FAIL:
        return fail(z);
    }
    __builtin_unreachable();
}

/* Compresses all of this piece into `out`. */
static bool pack(struct zip *z, int flush)
{
    do {
        char *to = buf_reserve(&z->out, PIECE_BYTES);
        if (!to)
            return fits(z);
        z->deflater.next_out = (unsigned char *)to;
        z->deflater.avail_out = PIECE_BYTES;
        deflate(&z->deflater, flush);
        size_t n = PIECE_BYTES - z->deflater.avail_out;
        buf_grew(&z->out, n);
        z->member.packed += n;
        z->made += n;
    } while (z->deflater.avail_out == 0);
    return true;
}

static bool add_data(struct zip *z)
{
    uint64_t left = z->member.size - z->done;
    size_t n = left < PIECE_BYTES ? (size_t)left : PIECE_BYTES;
    if (!manifest_read(z->manifest, z->done, z->piece, n))
        return fail(z);
    z->done += n;
    z->member.crc = (uint32_t)crc32(z->member.crc, z->piece, (unsigned)n);
    z->deflater.next_in = z->piece;
    z->deflater.avail_in = (unsigned)n;
    bool is_last = z->done == z->member.size;
    return pack(z, is_last ? Z_FINISH : Z_NO_FLUSH) && (!is_last || end_member(z));
}

static bool add_directory(struct zip *z)
{
    struct slice next = buf_slice(&z->directory);
    if (next.n > PIECE_BYTES)
        next.n = PIECE_BYTES;
    buf_add(&z->out, next);
    buf_consume(&z->directory, next.n);
    if (buf_len(&z->directory) == 0)
        z->at = ZIP_END;
    return fits(z);
}

static bool make_more(struct zip *z)
{
    switch (z->at) {
    case ZIP_NEXT:
        return next_member(z);
    case ZIP_DATA:
        return add_data(z);
    case ZIP_DIRECTORY:
        return add_directory(z);
    case ZIP_END:
        break;
    }
    return false;
}

static void zip_load(struct source *s)
{
    struct zip *z = (struct zip *)s;
    while (buf_len(&z->out) < STRETCH_BYTES && make_more(z))
        ;
}

static enum io zip_read(struct source *s, void *to, size_t cap, size_t *ret_n)
{
    struct zip *z = (struct zip *)s;
    return source_read_made(s, &z->out, z->at == ZIP_END, to, cap, ret_n);
}

static void zip_close(struct source *s)
{
    struct zip *z = (struct zip *)s;
    deflateEnd(&z->deflater);
    manifest_free(z->manifest);
    buf_free(&z->out);
    buf_free(&z->directory);
    free(z);
}

static const struct source_ops zip_ops = {.read = zip_read, .load = zip_load, .close = zip_close};

int source_open_zip(struct manifest *m, struct source **ret)
{
    const struct stock *stock = manifest_stock(m);
    bool fits = stock->members <= MEMBERS_MAX &&
                stock->members * (ZIP_ENTRY_MAX + 1) + stock->path_bytes <= DIRECTORY_MAX;
    struct zip *z = fits ? calloc(1, sizeof *z) : NULL;
    /* Without a zlib header, with its usual window and memory: 260 KiB. */
    if (!z || deflateInit2(&z->deflater, 1, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        free(z);
        manifest_free(m);
        return fits ? -ENOMEM : -E2BIG;
    }
    z->source = (struct source){
        .ops = &zip_ops,
        .kind = SOURCE_ARCHIVE,
        /* including the directory, which may take twice its size while its buffer grows */
        .held = 4 * STRETCH_BYTES + 2 * (stock->members * (ZIP_ENTRY_MAX + 1) + stock->path_bytes),
        .distant = true, /* another file system may be mounted below */
        .length = SOURCE_LENGTH_UNKNOWN,
        .type = "application/zip",
    };
    z->manifest = m;
    /* A stretch, and a piece that passes its end together with bytes that deflate() has kept back. */
    z->out = buf_new(STRETCH_BYTES + 4 * PIECE_BYTES);
    z->directory = buf_new(DIRECTORY_MAX + 256);
    *ret = &z->source;
    return 0;
}
