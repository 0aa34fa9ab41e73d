/* The width of a terminal, and whether this process is in its foreground. */
#include "base/terminal.h"

#include "base/text.h"

#include <sys/ioctl.h>
#include <unistd.h>

int terminal_width(int fd)
{
    struct winsize size;
    if (!isatty(fd))
        return 0;
    return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

bool terminal_is_ours(int fd)
{
    pid_t group = tcgetpgrp(fd);
    return group < 0 || group == getpgrp();
}

int terminal_add(struct buf *out, struct slice s, int columns)
{
    bool whole = text_columns(s) <= columns;
    int room = whole ? columns : columns - 3, used = 0;
    while (s.n > 0) {
        uint32_t c;
        size_t n = utf8_decode(s, &c);
        struct slice one = {s.p, n ? n : 1};
        int wide = text_columns(one);
        if (used + wide > room)
            break;
        buf_add(out, one);
        used += wide;
        s = slice_from(s, one.n);
    }
    if (whole)
        return used;
    buf_add(out, SLICE("..."));
    return used + 3;
}
