/* The inlet: whole lines from any pieces, from a pipe as from a plain file, and nothing while it is held. */
#include "message/inlet.h"
#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct reader {
    struct loop loop;
    struct inlet in;
    struct buf got;
    unsigned offers;
    int write_next; /* gets `next` once the first line is there; -1: none */
    const char *next;
    bool hold_each; /* holds at each offer, and takes the lines in the next turn */
    struct task later;
};

static void take(struct reader *r)
{
    struct slice lines = inlet_lines(&r->in);
    /* Before the end, there are only whole lines or full pieces. */
    if (r->in.state != INLET_ENDED && lines.n != INLET_LINE_MAX)
        assert_int_equal(lines.p[lines.n - 1], '\n');
    buf_add(&r->got, lines);
    inlet_take(&r->in, lines.n);
    if (r->write_next >= 0) {
        assert_int_equal(write(r->write_next, r->next, strlen(r->next)), strlen(r->next));
        close(r->write_next);
        r->write_next = -1;
    } else if (r->in.state == INLET_ENDED) {
        loop_stop(&r->loop);
    }
}

static void on_input(struct inlet *i)
{
    struct reader *r = container_of(i, struct reader, in);
    r->offers++;
    if (!r->hold_each) {
        take(r);
    } else {
        inlet_hold(i);
        loop_again(&r->loop, &r->later);
    }
}

static void on_later(struct task *t)
{
    struct reader *r = container_of(t, struct reader, later);
    take(r);
    if (r->in.state != INLET_ENDED)
        inlet_resume(&r->in);
}

static void read_all(struct reader *r, int fd)
{
    assert_int_equal(loop_init(&r->loop), 0);
    r->got = buf_new(1 << 20);
    task_init(&r->later, on_later);
    inlet_init(&r->in, &r->loop, fd, on_input);
    inlet_resume(&r->in);
    loop_run(&r->loop);
    inlet_free(&r->in);
    loop_free(&r->loop);
    close(fd);
}

static int pipe_with(const char *text, int *ret_writer)
{
    int fds[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    assert_int_equal(write(fds[1], text, strlen(text)), strlen(text));
    *ret_writer = fds[1];
    return fds[0];
}

static int file_with(size_t line, size_t lines)
{
    char path[] = "/tmp/test_inlet.XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    for (size_t i = 0; i < lines; i++) {
        char *text = malloc(line);
        memset(text, (int)('a' + i % 26), line);
        text[line - 1] = '\n';
        assert_int_equal(write(fd, text, line), line);
        free(text);
    }
    lseek(fd, 0, SEEK_SET);
    return fd;
}

static void a_line_is_offered_once_it_is_whole(void **state)
{
    struct reader r = {.next = "ee\nfour"};
    (void)state;
    int fd = pipe_with("one\ntwo\nthr", &r.write_next);
    read_all(&r, fd);
    assert_true(slice_eq(buf_slice(&r.got), SLICE("one\ntwo\nthree\nfour")));
    buf_free(&r.got);
}

static void nothing_is_read_past_a_hold(void **state)
{
    struct reader r = {.next = "three\n", .hold_each = true};
    (void)state;
    int fd = pipe_with("one\ntwo\n", &r.write_next);
    read_all(&r, fd);
    assert_true(slice_eq(buf_slice(&r.got), SLICE("one\ntwo\nthree\n")));
    buf_free(&r.got);
}

static void a_plain_file_is_read_in_turns(void **state)
{
    for (int hold = 0; hold < 2; hold++) {
        struct reader r = {.write_next = -1, .hold_each = hold};
        (void)state;
        read_all(&r, file_with(1000, 300));
        assert_int_equal(buf_len(&r.got), 300000);
        assert_true(r.offers >= 300000 / INLET_LINE_MAX);
        for (size_t i = 0; i < 300000; i++)
            if (buf_slice(&r.got).p[i] != (i % 1000 == 999 ? '\n' : (char)('a' + i / 1000 % 26)))
                fail_msg("wrong byte at %zu", i);
        buf_free(&r.got);
    }
}

static void a_line_too_long_comes_in_pieces(void **state)
{
    struct reader r = {.write_next = -1};
    (void)state;
    read_all(&r, file_with(3 * INLET_LINE_MAX + 5, 1));
    assert_int_equal(buf_len(&r.got), 3 * INLET_LINE_MAX + 5);
    assert_true(r.in.told_long);
    buf_free(&r.got);
}

static void an_empty_input_just_ends(void **state)
{
    struct reader r = {.write_next = -1};
    (void)state;
    read_all(&r, open("/dev/null", O_RDONLY | O_CLOEXEC));
    assert_int_equal(r.offers, 1);
    assert_int_equal(buf_len(&r.got), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_offered_once_it_is_whole),
        cmocka_unit_test(nothing_is_read_past_a_hold),
        cmocka_unit_test(a_plain_file_is_read_in_turns),
        cmocka_unit_test(a_line_too_long_comes_in_pieces),
        cmocka_unit_test(an_empty_input_just_ends),
    };
    return cmocka_run_group_tests_name("inlet", tests, NULL, NULL);
}
