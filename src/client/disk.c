/* Writes to local disks, and words their errors. */
#include "client/disk.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/statvfs.h>
#include <unistd.h>

int disk_write(int fd, struct slice bytes)
{
    while (bytes.n > 0) {
        ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno != EINTR)
            return errno;
        if (n > 0)
            bytes = slice_from(bytes, (size_t)n);
    }
    return 0;
}

int disk_write_at(int fd, struct slice bytes, uint64_t off)
{
    while (bytes.n > 0) {
        ssize_t n = pwrite(fd, bytes.p, bytes.n, (off_t)off);
        if (n < 0 && errno != EINTR)
            return errno;
        if (n > 0) {
            off += (uint64_t)n;
            bytes = slice_from(bytes, (size_t)n);
        }
    }
    return 0;
}

int disk_copy(int from, int to, uint64_t off, uint64_t n)
{
    struct file_clone_range range = {.src_fd = from, .src_offset = off, .src_length = n, .dest_offset = off};
    char block[32 << 10];
    if (ioctl(to, FICLONERANGE, &range) == 0)
        return 0;
    while (n > 0) {
        off_t source = (off_t)off, target = (off_t)off;
        size_t most = n < (1u << 30) ? (size_t)n : 1u << 30;
        ssize_t done = copy_file_range(from, &source, to, &target, most, 0);
        if (done <= 0) { /* not between these two, or not by this kernel */
            done = pread(from, block, most < sizeof block ? most : sizeof block, (off_t)off);
            int why = done < 0 ? errno : 0;
            if (why && why != EINTR)
                return why;
            if (done == 0)
                return EIO; /* it became shorter */
            why = done > 0 ? disk_write_at(to, (struct slice){block, (size_t)done}, off) : 0;
            if (why)
                return why;
            done = done > 0 ? done : 0;
        }
        off += (uint64_t)done;
        n -= (uint64_t)done;
    }
    return 0;
}

bool disk_free(int fd, uint64_t *ret)
{
    struct statvfs fs;
    if (fstatvfs(fd, &fs) < 0)
        return false;
    *ret = (uint64_t)fs.f_bavail * fs.f_frsize;
    return true;
}

enum status disk_error(struct err *e, int fd, const char *name, const char *verb, int why, uint64_t needed)
{
    char room[128] = "";
    uint64_t free_bytes = 0;
    if (why == ENOSPC || why == EDQUOT) {
        bool known = disk_free(fd, &free_bytes);
        if (needed > 0 && known && why == ENOSPC)
            snprintf(room, sizeof room,
                     ": %s more are needed, %s are free (free some space, or save it elsewhere with -d)",
                     size_text(needed).text, size_text(free_bytes).text);
        else if (needed > 0)
            snprintf(room, sizeof room,
                     ": %s more are needed (free some space, or save it elsewhere with -d)",
                     size_text(needed).text);
        else
            snprintf(room, sizeof room, " (free some space, or save it elsewhere with -d)");
    }
    if (why == EFBIG)
        snprintf(room, sizeof room, " (see 'ulimit -f' and the file system's own limit)");
    return err_set(e, STATUS_LOCAL_DISK, "cannot %s %s: %s%s", verb, escape(slice_of(name)).text,
                   strerror(why), room);
}
