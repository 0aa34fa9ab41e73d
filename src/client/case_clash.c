/* Finds names that differ only by case. */
#include "client/case_clash.h"

#include "base/buf.h"
#include "base/text.h"

#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wctype.h>

void case_clash_begin(struct case_clash *t, int stage)
{
    struct stat st;
    *t = (struct case_clash){.folds = false};
    int fd = stage < 0 ? -1 : openat(stage, "case", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    t->folds = fstatat(stage, "CASE", &st, AT_SYMLINK_NOFOLLOW) == 0;
    close(fd);
    unlinkat(stage, "case", 0);
}

/* In small letters: those of ASCII, and of Unicode as far as the C library knows them without a language. */
static void fold(struct buf *out, struct slice path, locale_t locale)
{
    while (path.n > 0) {
        uint32_t c;
        size_t n = utf8_decode(path, &c);
        if (n == 0) { /* not UTF-8: the byte as it is */
            buf_add(out, (struct slice){path.p, 1});
            path = slice_from(path, 1);
            continue;
        }
        uint32_t small = locale     ? (uint32_t)towlower_l((wint_t)c, locale)
                         : c < 0x80 ? (uint32_t)ascii_lower((char)c)
                                    : c;
        buf_add(out, (struct slice){(const char *)&small, sizeof small});
        path = slice_from(path, n);
    }
}

enum name_set_result case_clash_add(struct case_clash *t, const char *path)
{
    if (!t->folds)
        return NAME_SET_NEW;
    locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    struct buf folded = buf_new(4 * PATH_MAX);
    fold(&folded, slice_of(path), locale);
    enum name_set_result result = folded.failed ? NAME_SET_FULL : name_set_add(&t->seen, buf_slice(&folded));
    buf_free(&folded);
    if (locale)
        freelocale(locale);
    return result;
}

void case_clash_free(struct case_clash *t)
{
    name_set_free(&t->seen);
}
