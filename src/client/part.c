/* The file that a download grows in, beside its target. */
#include "client/part.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "client/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

/* How many milliseconds of work a power cut may cost; more often, a slow disk would be waited for too
 * much. */
#define SYNC_MS 10000
/* Write-back begins early, so that the last fsync() has little left to wait for. */
#define WRITE_BACK_BYTES (8u << 20)
/* Two URLs and a few short lines. */
#define INFO_TEXT_MAX (2 * INFO_URL_SIZE + 4096)

/* Empty if the kernel does not tell; then no boot equals another. */
static void read_boot(char out[64])
{
    AUTO_CLOSE int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, out, 63) : 0;
    out[n > 0 ? n : 0] = '\0';
    out[strcspn(out, "\n")] = '\0';
}

/* Returns 0 (*ret_has is false if there is no valid info), or a negative errno: a file that cannot be read
 * is not discarded. */
static int read_info(const struct part *p, struct info *ret, bool *ret_has)
{
    AUTO_CLOSE int fd = openat(p->dir, p->claim.info, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    AUTO_FREE char *text = malloc(INFO_TEXT_MAX);
    *ret_has = false;
    if (fd < 0)
        return errno == ENOENT ? 0 : -errno;
    if (!text)
        return -ENOMEM;
    size_t len = 0;
    ssize_t n = 0;
    while (len < INFO_TEXT_MAX && (n = read(fd, text + len, INFO_TEXT_MAX - len)) > 0)
        len += (size_t)n;
    if (n < 0)
        return -errno;
    *ret_has = info_parse((struct slice){text, len}, ret);
    return 0;
}

/* Writes under another name and renames it, so that either the old or the new info is there, never half of
 * one. */
static bool put_info(const struct part *p, struct slice text, bool durable)
{
    /* A leftover of that name is a dead process's, because the part is locked. 0600: URLs may contain
     * secrets. */
    unlinkat(p->dir, p->claim.fresh, 0);
    AUTO_CLOSE int fd = openat(p->dir, p->claim.fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool ok = fd >= 0 && disk_write(fd, text) == 0 && (!durable || fdatasync(fd) == 0) &&
              renameat(p->dir, p->claim.fresh, p->dir, p->claim.info) == 0;
    if (fd >= 0 && !ok)
        unlinkat(p->dir, p->claim.fresh, 0);
    return ok;
}

static bool write_info(struct part *p, bool durable)
{
    struct buf text = buf_new(INFO_TEXT_MAX);
    bool ok = info_add(&text, &p->info) && put_info(p, buf_slice(&text), durable);
    buf_free(&text);
    p->vouches = p->vouches || ok;
    return ok;
}

/* Reduces the info to the claim that the part is ours. */
static void stop_vouching(struct part *p)
{
    if (!p->vouches)
        return;
    if (!put_info(p, info_claim(), false))
        unlinkat(p->dir, p->claim.info, 0);
    if (p->durable)
        fsync(p->dir);
    p->vouches = p->durable = false;
}

/* The permissions of the file to be replaced apply to the part, too. */
static void take_after(const struct part *p, const struct stat *target)
{
    mode_t mode = target->st_mode & 0777;
    /* If the group cannot be set, the mode's group rights must not go to another group: it gets the rights
     * of others. */
    if (fchown(p->fd, target->st_uid, target->st_gid) < 0 && fchown(p->fd, (uid_t)-1, target->st_gid) < 0)
        mode = (mode & 0707) | (mode & 0007) << 3;
    fchmod(p->fd, mode);
}

static enum status cannot_open(const struct part *p, int why, struct err *e)
{
    struct escaped name = escape(slice_of(p->name));
    switch (-why) {
    case EWOULDBLOCK:
        return err_set(
            e, STATUS_FAILED,
            "%s is being fetched by another ferry (wait for it, or save the file elsewhere with -o)",
            name.text);
    case EEXIST:
        return err_set(
            e, STATUS_WOULD_REPLACE,
            "%s.part and all other names for a part file are taken by files that are not ferry's (move "
            "them away, or save the file elsewhere with -o)",
            name.text);
    case EINVAL:
    case ELOOP:
        return err_set(e, STATUS_LOCAL_DISK,
                       "cannot open %s for writing: it exists and is not a regular file",
                       escape(slice_of(p->claim.part)).text);
    default:
        return err_set(e, STATUS_LOCAL_DISK, "cannot open %s for writing: %s",
                       escape(slice_of(p->claim.part)).text, strerror(-why));
    }
}

enum status part_open(struct part *p, int dir, const char *name, const char *url, struct err *e)
{
    char boot[64];
    struct stat st, target;
    *p = (struct part){.dir = dir, .fd = -1};
    snprintf(p->name, sizeof p->name, "%s", name);
    bool replaces = fstatat(dir, name, &target, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(target.st_mode);
    p->fd = claim(&p->claim, dir, name, replaces ? 0600 : 0666);
    if (p->fd < 0)
        return cannot_open(p, TAKE_FD(p->fd), e);
    p->vouches = p->claim.known;
    if (replaces)
        take_after(p, &target);
    read_boot(boot);
    bool has_info;
    int why = fstat(p->fd, &st) < 0 ? -errno : read_info(p, &p->info, &has_info);
    if (why < 0) {
        close(TAKE_FD(p->fd)); /* The content stays. */
        return cannot_open(p, why, e);
    }
    if (has_info)
        p->len = info_trusted(&p->info, url, boot, (uint64_t)st.st_size);
    p->durable = has_info && p->info.synced > 0;
    p->resumable = p->len > 0;
    p->ours = p->resumable || st.st_size == 0;
    p->written_back = p->len;
    p->sync_due = clock_ms() + SYNC_MS;
    p->found = (uint64_t)st.st_size;
    unlinkat(p->dir, p->claim.fresh, 0); /* left by a kill during write_info() */
    p->trusted = p->found == p->len && slice_eq(slice_of(p->info.boot), slice_of(boot));
    snprintf(p->info.boot, sizeof p->info.boot, "%s", boot);
    return STATUS_DONE;
}

enum status part_trust(struct part *p, struct err *e)
{
    if (p->trusted)
        return STATUS_DONE;
    if (ftruncate(p->fd, (off_t)p->len) < 0)
        return disk_error(e, p->dir, p->claim.part, "shorten", errno, 0);
    /* From here on, all of the part can be trusted again within this boot. */
    write_info(p, true);
    p->trusted = true;
    return STATUS_DONE;
}

/* What we wrote is in the file that we have open. If its name now means another file, or the file is
 * shorter than what we wrote, it is not ours to rename, to describe or to remove. */
static enum status still_there(struct part *p, struct err *e)
{
    struct stat mine, named;
    p->lost = p->lost || fstat(p->fd, &mine) < 0 || (uint64_t)mine.st_size < p->len ||
              fstatat(p->dir, p->claim.part, &named, AT_SYMLINK_NOFOLLOW) < 0 ||
              !claim_same_file(&mine, &named);
    if (!p->lost)
        return STATUS_DONE;
    p->resumable = false;
    return err_set(
        e, STATUS_LOCAL_DISK,
        "%s was removed, replaced or shortened by another program during the download (run the same command "
        "again)",
        escape(slice_of(p->claim.part)).text);
}

enum status part_restart(struct part *p, const struct info *info, struct err *e)
{
    char boot[64];
    if (still_there(p, e) != STATUS_DONE)
        return e->status;
    snprintf(boot, sizeof boot, "%s", p->info.boot);
    p->len = p->written_back = p->found = 0;
    p->ours = p->trusted = true;
    p->patched = false;
    /* The old info describes bytes that are about to be removed. If it survived a power cut, it would vouch
     * for other bytes. */
    stop_vouching(p);
    if (ftruncate(p->fd, 0) < 0)
        return disk_error(e, p->dir, p->claim.part, "empty", errno, 0);
    p->info = info ? *info : (struct info){.totalled = false};
    p->info.synced = 0;
    snprintf(p->info.boot, sizeof p->info.boot, "%s", boot);
    p->resumable = info && write_info(p, false);
    return STATUS_DONE;
}

enum status part_patch(struct part *p, uint64_t total, struct err *e)
{
    if (still_there(p, e) != STATUS_DONE)
        return e->status;
    part_doubt(p);
    p->ours = p->patched = true;
    if (part_reserve(p, total, e) != STATUS_DONE)
        return e->status;
    if (ftruncate(p->fd, (off_t)total) < 0)
        return disk_error(e, p->dir, p->claim.part, "write", errno, 0);
    p->len = total;
    return STATUS_DONE;
}

void part_forget(struct part *p)
{
    part_doubt(p);
    p->found = p->len;
    p->len = 0;
}

enum status part_reserve(struct part *p, uint64_t total, struct err *e)
{
    struct stat st;
    p->expected = total;
    if (total == 0)
        return STATUS_DONE;
    if (total > INT64_MAX)
        return disk_error(e, p->dir, p->claim.part, "make room for", EFBIG, total);
    /* Reserves space without changing the size, which tells the next run how much was written. */
    int why;
    do
        why = fallocate(p->fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)total) < 0 ? errno : 0;
    while (why == EINTR);
    if (why == ENOSPC || why == EDQUOT || why == EFBIG || why == EIO)
        return disk_error(e, p->dir, p->claim.part, "make room for", why, total - p->len);
    if (why == 0 || fstat(p->fd, &st) < 0)
        return STATUS_DONE;
    uint64_t here = (uint64_t)st.st_blocks * 512, free_bytes;
    if (total > here && disk_free(p->fd, &free_bytes) && free_bytes < total - here)
        return disk_error(e, p->dir, p->claim.part, "make room for", ENOSPC, total - here);
    return STATUS_DONE;
}

enum status part_write(struct part *p, struct slice bytes, struct err *e)
{
    if (still_there(p, e) != STATUS_DONE)
        return e->status;
    while (bytes.n > 0) {
        ssize_t n = pwrite(p->fd, bytes.p, bytes.n, (off_t)p->len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            uint64_t need = p->expected > p->len ? p->expected - p->len : 0;
            return disk_error(e, p->dir, p->claim.part, "write", errno, need);
        }
        p->len += (uint64_t)n;
        bytes = slice_from(bytes, (size_t)n);
    }
    if (p->len - p->written_back >= WRITE_BACK_BYTES) {
        sync_file_range(p->fd, (off_t)p->written_back, (off_t)(p->len - p->written_back),
                        SYNC_FILE_RANGE_WRITE);
        p->written_back = p->len;
    }
    return clock_ms() >= p->sync_due ? part_sync(p, e) : STATUS_DONE;
}

enum status part_put(struct part *p, uint64_t off, struct slice bytes, struct err *e)
{
    if (still_there(p, e) != STATUS_DONE)
        return e->status;
    int why = disk_write_at(p->fd, bytes, off);
    return why ? disk_error(e, p->dir, p->claim.part, "write", why, 0) : STATUS_DONE;
}

void part_doubt(struct part *p)
{
    stop_vouching(p);
    p->resumable = false;
}

bool part_holds(const struct part *p, uint64_t off, struct slice bytes)
{
    char here[4096];
    while (bytes.n > 0) {
        size_t n = bytes.n < sizeof here ? bytes.n : sizeof here;
        if (pread(p->fd, here, n, (off_t)off) != (ssize_t)n || memcmp(here, bytes.p, n) != 0)
            return false;
        off += n;
        bytes = slice_from(bytes, n);
    }
    return true;
}

enum status part_sync(struct part *p, struct err *e)
{
    p->sync_due = clock_ms() + SYNC_MS;
    if (!p->resumable || !p->trusted)
        return STATUS_DONE;
    if (still_there(p, e) != STATUS_DONE)
        return e->status;
    /* In this order: the info may only count bytes that are on the disk for certain. */
    if (fdatasync(p->fd) < 0)
        return disk_error(e, p->dir, p->claim.part, "write", errno, 0);
    p->info.synced = p->len;
    if (write_info(p, true))
        p->durable = true;
    p->sync_due = clock_ms() + SYNC_MS;
    return STATUS_DONE;
}

/* Returns 0 or a positive errno. */
static int put_in_place(const struct part *p, bool replace)
{
    char own[2 * NAME_SIZE];
    /* The target is nobody's part file, even if its name ends in .part. */
    snprintf(own, sizeof own, "%s.info", p->name);
    if (strlen(own) < NAME_SIZE && claim_whose(p->dir, own) == BESIDE_OURS)
        unlinkat(p->dir, own, 0);
    if (replace)
        return renameat(p->dir, p->claim.part, p->dir, p->name) < 0 ? errno : 0;
    if (renameat2(p->dir, p->claim.part, p->dir, p->name, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
        return errno;
    /* A file system without renameat2(RENAME_NOREPLACE) still has link(), which never replaces either. */
    if (linkat(p->dir, p->claim.part, p->dir, p->name, 0) < 0)
        return errno;
    unlinkat(p->dir, p->claim.part, 0);
    return 0;
}

enum status part_finish(struct part *p, const struct part_marks *marks, bool replace, struct err *e)
{
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, marks->modified};
    if (still_there(p, e) != STATUS_DONE)
        return e->status;
    /* Reserved space that was not needed goes back to the disk. */
    if (ftruncate(p->fd, (off_t)p->len) < 0)
        return disk_error(e, p->dir, p->claim.part, "write", errno, 0);
    if (marks->moded)
        fchmod(p->fd, marks->mode);
    if (marks->timed)
        futimens(p->fd, times);
    if (fsync(p->fd) < 0)
        return disk_error(e, p->dir, p->claim.part, "write", errno, 0);
    if (still_there(p, e) != STATUS_DONE)
        return e->status;
    int why = put_in_place(p, replace);
    if (why == EEXIST && p->resumable)
        return err_set(
            e, STATUS_WOULD_REPLACE,
            "%s was created by another program during the download and is kept; the download is in %s "
            "(--force replaces %s)",
            escape(slice_of(p->name)).text, escape(slice_of(p->claim.part)).text,
            escape(slice_of(p->name)).text);
    if (why == EEXIST)
        return err_set(
            e, STATUS_WOULD_REPLACE,
            "%s was created by another program during the download and is kept (--force replaces it)",
            escape(slice_of(p->name)).text);
    if (why)
        return err_set(e, STATUS_LOCAL_DISK, "cannot rename %s to %s: %s",
                       escape(slice_of(p->claim.part)).text, escape(slice_of(p->name)).text, strerror(why));
    fsync(p->dir);
    unlinkat(p->dir, p->claim.info, 0);
    close(TAKE_FD(p->fd));
    return STATUS_DONE;
}

void part_close(struct part *p)
{
    struct err ignored;
    if (p->fd < 0)
        return;
    if (p->ours && (p->len == 0 || !p->resumable) && !p->patched && still_there(p, &ignored) == STATUS_DONE) {
        unlinkat(p->dir, p->claim.part, 0);
        unlinkat(p->dir, p->claim.info, 0);
    }
    close(TAKE_FD(p->fd));
}

void part_sweep(int dir, const char *name)
{
    struct claim c;
    struct stat part, target;
    bool there = fstatat(dir, name, &target, AT_SYMLINK_NOFOLLOW) == 0;
    for (unsigned n = 1; n <= NAME_PARTS; n++) {
        claim_names(&c, name, n);
        if (claim_whose(dir, c.info) != BESIDE_OURS)
            continue;
        bool gone = fstatat(dir, c.part, &part, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT;
        /* A second name of the target: see put_in_place(). */
        if (!gone && there && claim_same_file(&part, &target))
            gone = unlinkat(dir, c.part, 0) == 0;
        if (gone)
            unlinkat(dir, c.info, 0);
    }
}
