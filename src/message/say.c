/* The message server: its listening sockets, its input, and its end. */
#include "message/say.h"

#include "base/log.h"
#include "base/text.h"
#include "io/ports.h"
#include "message/hearer.h"
#include "message/inlet.h"

#include <errno.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* Clients accepted before the loop does anything else. */
#define ACCEPT_TURN 1024
/* If there is no descriptor for a client, how often to try again. */
#define FULL_MS 100
/* After a signal: time for what is queued. */
#define HURRY_MS 2000
/* At the end: time for the reader of our stdout to take what clients typed. */
#define TYPED_MS 10000

enum say_state {
    SAY_GATHERING, /* stdin is not read before enough clients are connected */
    SAY_OPEN,
    SAY_WAITING, /* stdin waits for a client whose queue is full */
    SAY_ENDING,  /* no new clients; the others get what is queued */
};

struct door {
    struct watch watch;
    struct say *say;
    int fd;
};

struct say {
    struct hall hall;
    enum say_state state;
    enum status status;
    struct inlet in;
    struct outlet out;
    struct ports ports;
    struct door doors[PORTS_MAX];
    int stop;
    struct watch on_stop;
    struct timer_queue full_queue, hurry_queue, typed_queue;
    struct timer full, hurry, typed;
    uint64_t wait;
    bool told_full;
};

static void end(struct say *s)
{
    if (s->state == SAY_ENDING)
        return;
    s->state = SAY_ENDING;
    inlet_free(&s->in);
    ports_close(&s->ports);
    timer_disarm(&s->full);
    hall_finish(&s->hall);
}

static void open_doors(struct say *s)
{
    for (size_t i = 0; i < s->ports.n; i++) {
        struct door *d = &s->doors[i];
        int r = loop_watch(&s->hall.loop, d->fd, EPOLLIN, &d->watch);
        if (r == 0)
            continue;
        log_line("cannot wait for clients: %s", strerror(-r));
        s->status = STATUS_FAILED;
        end(s);
    }
}

static void on_full_over(struct timer_queue *q, struct timer *t)
{
    (void)q;
    open_doors(container_of(t, struct say, full));
}

static void shut_doors_for_now(struct say *s, int why)
{
    for (size_t i = 0; i < s->ports.n; i++)
        loop_unwatch(&s->hall.loop, s->doors[i].fd);
    timer_arm(&s->hall.loop, &s->full_queue, &s->full);
    if (!s->told_full)
        log_line("cannot let in more than %zu clients: %s (further ones wait; see 'ulimit -n')",
                 s->hall.count, strerror(why));
    s->told_full = true;
}

static void let_in(struct door *d)
{
    struct say *s = d->say;
    for (int i = 0; i < ACCEPT_TURN && s->state != SAY_ENDING && !timer_armed(&s->full); i++) {
        struct address peer;
        int fd = sock_accept(d->fd, &peer);
        if (fd >= 0)
            hall_admit(&s->hall, fd, &peer);
        else if (errno == EAGAIN)
            return;
        else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            shut_doors_for_now(s, errno);
        /* Any other error concerns only that connection. */
    }
}

static void on_knock(struct watch *w, uint32_t events)
{
    (void)events;
    let_in(container_of(w, struct door, watch));
}

static void on_input(struct inlet *in)
{
    struct say *s = container_of(in, struct say, in);
    /* A client that connected before a line came must get it, in whatever order epoll reports the two. */
    for (size_t i = 0; i < s->ports.n; i++)
        let_in(&s->doors[i]);
    struct slice lines = inlet_lines(in);
    if (lines.n > 0 && !hall_has_room(&s->hall, lines.n)) {
        inlet_hold(in);
        s->state = SAY_WAITING;
        return;
    }
    if (lines.n > 0) {
        hall_say(&s->hall, lines);
        inlet_take(in, lines.n);
    }
    if (in->state != INLET_ENDED)
        return;
    if (in->error != 0) {
        log_line("cannot read stdin: %s (what was read before is sent)", strerror(in->error));
        s->status = STATUS_FAILED;
    }
    end(s);
}

static void on_stop(struct watch *w, uint32_t events)
{
    struct say *s = container_of(w, struct say, on_stop);
    struct signalfd_siginfo one;
    (void)events;
    while (read(s->stop, &one, sizeof one) > 0) {
        if (timer_armed(&s->hurry)) { /* a second request */
            s->status = STATUS_FAILED;
            loop_stop(&s->hall.loop);
        }
        end(s);
        timer_arm(&s->hall.loop, &s->hurry_queue, &s->hurry);
    }
}

static void on_hurry_over(struct timer_queue *q, struct timer *t)
{
    struct say *s = container_of(t, struct say, hurry);
    (void)q;
    hall_clear(&s->hall);
    loop_stop(&s->hall.loop);
}

static void on_typed_over(struct timer_queue *q, struct timer *t)
{
    struct say *s = container_of(t, struct say, typed);
    (void)q;
    log_line("nobody reads stdout: %s of what clients typed is lost",
             size_text(buf_len(&s->out.waiting)).text);
    s->status = STATUS_FAILED;
    loop_stop(&s->hall.loop);
}

static void check_stdout(struct say *s)
{
    if (s->out.error == 0 || s->status != STATUS_DONE)
        return;
    s->status = s->out.error == EPIPE ? STATUS_FAILED : STATUS_LOCAL_DISK;
    if (s->out.error != EPIPE) /* A reader that has seen enough needs no message. */
        log_line("cannot write to stdout: %s", strerror(s->out.error));
    end(s);
}

/* The only place that looks at everything, after all events of a batch. */
static void after_batch(struct loop *l)
{
    struct say *s = container_of(l, struct say, hall.loop);
    check_stdout(s);
    hall_settle(&s->hall);
    switch (s->state) {
    case SAY_GATHERING:
        if (s->hall.count < s->wait)
            break;
        s->state = SAY_OPEN;
        inlet_resume(&s->in);
        break;
    case SAY_OPEN:
        break;
    case SAY_WAITING:
        if (s->hall.behind > 0)
            break;
        s->state = SAY_OPEN;
        inlet_resume(&s->in);
        break;
    case SAY_ENDING:
        if (s->hall.count > 0)
            break;
        if (buf_len(&s->out.waiting) == 0)
            loop_stop(l);
        else if (!timer_armed(&s->typed))
            timer_arm(l, &s->typed_queue, &s->typed);
        break;
    }
}

static enum status listen_everywhere(struct say *s, const struct say_options *o)
{
    struct err e;
    for (size_t i = 0; i < o->listens; i++) {
        enum status status = ports_add(&s->ports, o->listen[i], MESSAGE_PORT, &e);
        if (status != STATUS_DONE) {
            log_line("%s", e.text);
            return status;
        }
    }
    for (size_t i = 0; i < s->ports.n; i++) {
        s->doors[i] = (struct door){.watch.on_ready = on_knock, .say = s, .fd = s->ports.all[i].fd};
    }
    return o->listening(&s->ports);
}

static void take_down(struct say *s)
{
    inlet_free(&s->in);
    ports_close(&s->ports);
    hall_free(&s->hall);
    outlet_free(&s->out);
    loop_free(&s->hall.loop);
}

enum status say_run(const struct say_options *o)
{
    struct say s = {.state = SAY_OPEN, .stop = o->stop, .on_stop.on_ready = on_stop, .wait = o->wait};
    struct loop *l = &s.hall.loop;
    int r = loop_init(l);
    l->after_batch = after_batch;
    loop_add_queue(l, &s.full_queue, FULL_MS, on_full_over);
    loop_add_queue(l, &s.hurry_queue, HURRY_MS, on_hurry_over);
    loop_add_queue(l, &s.typed_queue, TYPED_MS, on_typed_over);
    timer_init(&s.full);
    timer_init(&s.hurry);
    timer_init(&s.typed);
    if (!hall_init(&s.hall, o->greeting) && r == 0)
        r = -ENOMEM;
    outlet_init(&s.out, l, o->out);
    s.hall.only_greets = o->greets && !o->talk;
    s.hall.typed = o->talk ? &s.out : NULL;
    if (r == 0)
        r = loop_watch(l, s.stop, EPOLLIN, &s.on_stop);
    if (r != 0) {
        log_line("cannot start: %s", strerror(-r));
        s.status = STATUS_FAILED;
    } else {
        s.status = listen_everywhere(&s, o);
    }
    if (s.status == STATUS_DONE) {
        open_doors(&s);
        if (!s.hall.only_greets) {
            inlet_init(&s.in, l, o->in, on_input);
            s.state = SAY_GATHERING;
            after_batch(l);
        }
        loop_run(l);
    }
    take_down(&s);
    return s.status;
}
