/* Shows the progress of a transfer: a bar on a terminal, otherwise a line from time to time. */
#include "client/progress.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/terminal.h"
#include "base/text.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DRAW_MS 100
#define LINE_MS 5000
/* Time constant of the speed shown: calm enough to be read, quick enough to be true. */
#define SPEED_MS 3000

#define NAME_LEAST 8 /* columns; a shorter part of a name is useless */
#define NAME_MOST 40
#define BAR_LEAST 10
#define BAR_MOST 50
#define GAP 2
/* A terminal echoes Ctrl-C as "^C"; the space stays free for it, so that it is erased with the bar. */
#define ECHO 2

/* The columns of each piece; 0: left out. */
struct layout {
    int name, bar, percent, amount, speed, left;
};

struct pieces {
    char percent[8], amount[40], speed[24], left[24];
};

struct duration_text progress_duration(uint64_t seconds)
{
    struct duration_text t;
    unsigned hours = seconds / 3600 > 99 ? 100 : (unsigned)(seconds / 3600);
    unsigned minutes = (unsigned)(seconds / 60 % 60), rest = (unsigned)(seconds % 60);
    if (hours > 99)
        snprintf(t.text, sizeof t.text, "over 99 h");
    else if (hours > 0)
        snprintf(t.text, sizeof t.text, "%u:%02u:%02u", hours, minutes, rest);
    else
        snprintf(t.text, sizeof t.text, "%u:%02u", minutes, rest);
    return t;
}

/* At most 100, and 100 only when everything is here. */
static unsigned percent_of(const struct progress_view *v)
{
    if (v->done >= v->total)
        return 100;
    unsigned percent = (unsigned)((double)v->done / (double)v->total * 100);
    return percent > 99 ? 99 : percent;
}

static void write_pieces(const struct progress_view *v, struct pieces *p)
{
    *p = (struct pieces){.percent = ""};
    if (v->totalled) {
        snprintf(p->percent, sizeof p->percent, "%3u%%", percent_of(v));
        snprintf(p->amount, sizeof p->amount, "%s / %s", size_text(v->done).text, size_text(v->total).text);
    } else {
        snprintf(p->amount, sizeof p->amount, "%s", size_text(v->done).text);
    }
    if (v->speed > 0)
        snprintf(p->speed, sizeof p->speed, "%s/s", size_text(v->speed).text);
    if (v->speed > 0 && v->totalled && v->done < v->total)
        snprintf(p->left, sizeof p->left, "%s left", progress_duration((v->total - v->done) / v->speed).text);
}

/* Gives `wanted` columns and a gap before them to a piece, if there is room. */
static int claim(int wanted, int *room)
{
    int gap = wanted > 0 ? GAP : 0;
    if (wanted == 0 || wanted + gap > *room)
        return 0;
    *room -= wanted + gap;
    return wanted;
}

static struct layout lay_out(const struct progress_view *v, const struct pieces *p, int width)
{
    struct layout l = {0};
    int room = width - 1 + GAP; /* the first piece has no gap before it */
    int name = text_columns(slice_of(v->name));
    int most = name < NAME_MOST ? name : NAME_MOST;
    l.percent = claim((int)strlen(p->percent), &room);
    if (l.percent == 0)
        l.amount = claim((int)strlen(p->amount), &room);
    l.name = claim(name < NAME_LEAST ? name : NAME_LEAST, &room);
    if (l.amount == 0)
        l.amount = claim((int)strlen(p->amount), &room);
    l.speed = claim((int)strlen(p->speed), &room);
    l.left = claim((int)strlen(p->left), &room);
    if (l.percent > 0)
        l.bar = claim(BAR_LEAST, &room);
    if (l.name > 0) {
        int more = most - l.name < room ? most - l.name : room;
        l.name += more;
        room -= more;
    }
    if (l.bar > 0)
        l.bar = l.bar + room < BAR_MOST ? l.bar + room : BAR_MOST;
    return l;
}

static void add_bar(struct buf *out, const struct progress_view *v, int columns)
{
    int inside = columns - 2;
    int full = v->done >= v->total ? inside : (int)((double)v->done / (double)v->total * inside);
    buf_printf(out, v->colour ? "[\x1b[36m" : "[");
    for (int i = 0; i < inside; i++) {
        if (i == full && v->colour)
            buf_add(out, SLICE("\x1b[39m"));
        buf_add(out, i < full ? SLICE("=") : i == full ? SLICE(">") : SLICE(" "));
    }
    buf_printf(out, full == inside && v->colour ? "\x1b[39m]" : "]");
}

static void add_piece(struct buf *out, const char *text, int columns)
{
    if (columns > 0)
        buf_printf(out, "%*s%s", buf_len(out) > 0 ? GAP : 0, "", text);
}

void progress_render(struct buf *out, const struct progress_view *v, int width)
{
    struct pieces p;
    write_pieces(v, &p);
    struct layout l = lay_out(v, &p, width);
    if (l.name > 0)
        buf_printf(out, "%*s", l.name - terminal_add(out, slice_of(v->name), l.name), "");
    add_piece(out, p.percent, l.percent);
    if (l.bar > 0) {
        add_piece(out, "", 1);
        add_bar(out, v, l.bar);
    }
    add_piece(out, p.amount, l.amount);
    add_piece(out, p.speed, l.speed);
    add_piece(out, p.left, l.left);
}

void progress_rename(struct progress *p, const char *name)
{
    snprintf(p->name, sizeof p->name, "%s", name);
}

void progress_begin(struct progress *p, const char *name)
{
    progress_rename(p, name);
    progress_set(p, 0, 0, false);
    p->draw_due = 0;
    p->line_due = clock_ms() + LINE_MS;
}

void progress_set(struct progress *p, uint64_t done, uint64_t total, bool totalled)
{
    p->total = total;
    p->totalled = totalled;
    p->speed = 0;
    p->speed_at = clock_ms();
    p->speed_done = done;
}

static void measure(struct progress *p, uint64_t now, uint64_t done)
{
    uint64_t ms = now - p->speed_at;
    if (ms < DRAW_MS || done < p->speed_done)
        return;
    uint64_t fresh = (uint64_t)((double)(done - p->speed_done) * 1000 / (double)ms);
    double share = (double)ms / (double)(SPEED_MS + ms);
    p->speed = p->speed == 0 ? fresh : (uint64_t)((double)p->speed * (1 - share) + (double)fresh * share);
    p->speed_at = now;
    p->speed_done = done;
}

static void draw(struct progress *p, uint64_t done)
{
    struct progress_view v = {p->name, done, p->total, p->totalled, p->speed, p->colour};
    struct buf line = buf_new(8192);
    buf_add(&line, SLICE("\r"));
    struct buf bar = buf_new(4096);
    progress_render(&bar, &v, terminal_width(p->fd) - ECHO);
    buf_add(&line, buf_slice(&bar));
    buf_add(&line, SLICE("\x1b[K"));
    struct slice s = buf_slice(&line);
    ssize_t ignored = write(p->fd, s.p, s.n);
    (void)ignored;
    buf_free(&bar);
    buf_free(&line);
    p->drawn = true;
}

static void say(const struct progress *p, uint64_t done)
{
    struct progress_view v = {p->name, done, p->total, p->totalled, p->speed, false};
    struct pieces text;
    write_pieces(&v, &text);
    log_line("%s:%s %s%s%s%s%s", p->name, text.percent, text.amount, text.speed[0] ? ", " : "", text.speed,
             text.left[0] ? ", " : "", text.left);
}

void progress_update(struct progress *p, uint64_t done)
{
    if (p->watch)
        atomic_store(p->watch, done);
    if (p->quiet)
        return;
    uint64_t now = clock_ms();
    measure(p, now, done);
    if (p->fd >= 0 && now >= p->draw_due && terminal_is_ours(p->fd)) {
        p->draw_due = now + DRAW_MS;
        draw(p, done);
    } else if (p->fd < 0 && now >= p->line_due) {
        p->line_due = now + LINE_MS;
        say(p, done);
    }
}

void progress_clear(struct progress *p)
{
    if (p->drawn) {
        ssize_t ignored = write(p->fd, "\r\x1b[K", 4);
        (void)ignored;
    }
    p->drawn = false;
}
