/* Standard input as lines: watched by epoll if possible, otherwise (a plain file) read in turns. */
#include "message/inlet.h"

#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <unistd.h>

static void read_some(struct inlet *i)
{
    /* If the buffer were full, on_input() would have neither taken lines nor held; reading 0 bytes would
     * look like the end. */
    assert(buf_space(&i->held) > 0);
    char *to = buf_reserve(&i->held, buf_space(&i->held));
    ssize_t n = to ? read(i->fd, to, buf_tail(&i->held)) : -1;
    if (n > 0) {
        buf_grew(&i->held, (size_t)n);
        return;
    }
    if (n < 0 && to && (errno == EAGAIN || errno == EINTR))
        return;
    inlet_hold(i);
    i->state = INLET_ENDED;
    i->error = n < 0 ? (to ? errno : ENOMEM) : 0;
}

static void offer(struct inlet *i)
{
    if (inlet_lines(i).n == 0 && i->state != INLET_ENDED)
        return;
    if (inlet_lines(i).n == INLET_LINE_MAX && !i->told_long &&
        !memchr(buf_slice(&i->held).p, '\n', INLET_LINE_MAX)) {
        i->told_long = true;
        log_line("a line on stdin is longer than 64 KiB: it is passed on in pieces");
    }
    i->on_input(i);
}

static void wait_for_more(struct inlet *i)
{
    if (i->state != INLET_READING)
        return;
    if (i->kind == INLET_READY_WHEN_POLLED && !i->watched) {
        int r = loop_watch(i->loop, i->fd, EPOLLIN, &i->watch);
        i->watched = r == 0;
        /* A plain file, or something like /dev/null, never blocks, and epoll refuses it. */
        if (r == -EPERM) {
            i->kind = INLET_ALWAYS_READY;
        } else if (r != 0) {
            i->state = INLET_ENDED;
            i->error = -r;
            offer(i);
        }
    }
    if (i->kind == INLET_ALWAYS_READY && list_empty(&i->turn.node))
        loop_again(i->loop, &i->turn);
}

static void on_turn(struct task *t)
{
    struct inlet *i = container_of(t, struct inlet, turn);
    if (i->state == INLET_READING && i->kind == INLET_ALWAYS_READY && inlet_lines(i).n == 0)
        read_some(i);
    offer(i);
    wait_for_more(i);
}

static void on_ready(struct watch *w, uint32_t events)
{
    struct inlet *i = container_of(w, struct inlet, watch);
    (void)events;
    if (i->state != INLET_READING) /* held by an earlier event of this batch */
        return;
    read_some(i);
    offer(i);
}

void inlet_init(struct inlet *i, struct loop *l, int fd, void (*on_input)(struct inlet *i))
{
    *i = (struct inlet){
        .loop = l, .fd = fd, .state = INLET_HELD, .watch.on_ready = on_ready, .on_input = on_input};
    i->held = buf_new(INLET_LINE_MAX);
    task_init(&i->turn, on_turn);
}

void inlet_free(struct inlet *i)
{
    if (i->state == INLET_UNUSED)
        return;
    inlet_hold(i);
    buf_free(&i->held);
    i->state = INLET_UNUSED;
}

void inlet_hold(struct inlet *i)
{
    /* Watching it for no events is not enough: for a pipe whose writer has gone, epoll would still return. */
    if (i->watched)
        loop_unwatch(i->loop, i->fd);
    i->watched = false;
    list_remove(&i->turn.node);
    if (i->state == INLET_READING)
        i->state = INLET_HELD;
}

void inlet_resume(struct inlet *i)
{
    if (i->state == INLET_HELD)
        i->state = INLET_READING;
    if (i->state != INLET_UNUSED && list_empty(&i->turn.node))
        loop_again(i->loop, &i->turn);
}

struct slice inlet_lines(const struct inlet *i)
{
    struct slice all = buf_slice(&i->held);
    const char *last = memrchr(all.p, '\n', all.n);
    if (i->state == INLET_ENDED || (!last && all.n == INLET_LINE_MAX))
        return all;
    return (struct slice){all.p, last ? (size_t)(last - all.p) + 1 : 0};
}

void inlet_take(struct inlet *i, size_t n)
{
    buf_consume(&i->held, n);
}
