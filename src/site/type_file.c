/* The mime.types file that is read at the start. */
#include "site/type_file.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>

#define SYSTEMS_FILE "/etc/mime.types"

/* Returns 0 or a negative errno; -EFBIG if the file does not fit into `text`. */
static int read_all(const char *path, struct buf *text)
{
    AUTO_CLOSE int fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    for (;;) {
        size_t want = buf_space(text) < 65536 ? buf_space(text) : 65536;
        char *to = want > 0 ? buf_reserve(text, want) : NULL;
        if (!to)
            return want > 0 ? -ENOMEM : -EFBIG;
        ssize_t n = read(fd, to, want);
        if (n < 0)
            return -errno;
        if (n == 0)
            return 0;
        buf_grew(text, (size_t)n);
    }
}

static int load(const char *path, struct mime_types **ret)
{
    struct buf text = buf_new(MIME_TYPES_TEXT_MAX + 1); /* to read the largest one whole */
    int error = read_all(path, &text);
    *ret = error == 0 ? mime_types_parse(buf_slice(&text)) : NULL;
    buf_free(&text);
    return error == 0 && !*ret ? -ENOMEM : error;
}

enum status type_file_load(const char *path, struct mime_types **ret, struct err *e)
{
    int error = load(path ? path : SYSTEMS_FILE, ret);
    if (!path) {
        if (error == -ENOENT)
            log_debug("using only the built-in content types: there is no %s", SYSTEMS_FILE);
        else if (error < 0)
            log_line("using only the built-in content types: %s: %s", SYSTEMS_FILE,
                     error == -EFBIG ? "it is too large" : strerror(-error));
        return STATUS_DONE;
    }
    struct escaped name = escape(slice_of(path));
    if (error == -EFBIG)
        return err_set(e, STATUS_FAILED, "cannot take types from %s: it is over %d KiB", name.text,
                       MIME_TYPES_TEXT_MAX / 1024);
    if (error < 0)
        return err_set(e, STATUS_FAILED, "cannot take types from %s: %s", name.text, strerror(-error));
    if ((*ret)->wrong > 0)
        log_line(
            "%s: what is wrong in %u line%s was skipped, first in line %u (a line is 'text/html html htm')",
            name.text, (*ret)->wrong, (*ret)->wrong == 1 ? "" : "s", (*ret)->first_wrong);
    return STATUS_DONE;
}
