/* A read-only file system on which every read takes 300 ms: a slow disk that must not delay other files.
 *
 * It has slow-00.bin, slow-01.bin, ...: each 8-byte word of a file is its own offset, little-endian. If a
 * file is named after the mount point, it also has `image` with that file's bytes: a slow local disk. */
#define FUSE_USE_VERSION 31
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FILES 32
/* No download ends during the test: at 128 KiB a read it takes two and a half minutes. */
#define FILE_BYTES (INT64_C(64) << 20)
#define READ_MS 300

static int image = -1;

static bool is_image(const char *path)
{
    return image >= 0 && strcmp(path, "/image") == 0;
}

static int file_number(const char *path)
{
    int number, end = 0;
    if (sscanf(path, "/slow-%2d.bin%n", &number, &end) == 1 && end > 0 && path[end] == '\0' && number >= 0 &&
        number < FILES)
        return number;
    return -1;
}

static void *slow_init(struct fuse_conn_info *conn, struct fuse_config *config)
{
    (void)conn;
    config->kernel_cache = 0;
    puts("mounted");
    fflush(stdout);
    return NULL;
}

static int slow_getattr(const char *path, struct stat *st, struct fuse_file_info *file)
{
    (void)file;
    memset(st, 0, sizeof *st);
    st->st_mtime = 1700000000;
    if (strcmp(path, "/") == 0) {
        st->st_mode = S_IFDIR | 0755;
        st->st_nlink = 2;
        return 0;
    }
    if (file_number(path) < 0 && !is_image(path))
        return -ENOENT;
    st->st_mode = S_IFREG | 0444;
    st->st_nlink = 1;
    st->st_size = is_image(path) ? lseek(image, 0, SEEK_END) : FILE_BYTES;
    return 0;
}

static int slow_readdir(const char *path, void *out, fuse_fill_dir_t add, off_t offset,
                        struct fuse_file_info *file, enum fuse_readdir_flags flags)
{
    (void)offset, (void)file, (void)flags;
    if (strcmp(path, "/") != 0)
        return -ENOTDIR;
    for (int i = 0; i < FILES; i++) {
        char name[32];
        snprintf(name, sizeof name, "slow-%02d.bin", i);
        add(out, name, NULL, 0, 0);
    }
    return 0;
}

static int slow_open(const char *path, struct fuse_file_info *file)
{
    (void)file;
    return file_number(path) < 0 && !is_image(path) ? -ENOENT : 0;
}

static int slow_read(const char *path, char *to, size_t size, off_t offset, struct fuse_file_info *file)
{
    const struct timespec pause = {.tv_nsec = READ_MS * 1000000L};
    (void)file;
    nanosleep(&pause, NULL);
    if (is_image(path)) {
        ssize_t n = pread(image, to, size, offset);
        return n < 0 ? -errno : (int)n;
    }
    if (offset >= FILE_BYTES)
        return 0;
    if ((int64_t)size > FILE_BYTES - offset)
        size = (size_t)(FILE_BYTES - offset);
    for (size_t i = 0; i < size; i++) {
        uint64_t at = (uint64_t)offset + i;
        to[i] = (char)((at & ~UINT64_C(7)) >> (at & 7) * 8);
    }
    return (int)size;
}

static const struct fuse_operations operations = {
    .init = slow_init,
    .getattr = slow_getattr,
    .readdir = slow_readdir,
    .open = slow_open,
    .read = slow_read,
};

int main(int argc, char **argv)
{
    if (argc != 2 && argc != 3) {
        fprintf(stderr, "usage: slowfs MOUNTPOINT [IMAGE]\n");
        return 2;
    }
    if (argc == 3 && (image = open(argv[2], O_RDONLY | O_CLOEXEC)) < 0) {
        perror(argv[2]);
        return 1;
    }
    char foreground[] = "-f", option[] = "-oro";
    char *fuse_argv[] = {argv[0], foreground, option, argv[1], NULL};
    return fuse_main(4, fuse_argv, &operations, NULL);
}
