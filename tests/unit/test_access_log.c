/* The access log's queues and writer: every line that can be written is, and nobody waits. */
#include "server/access_log.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOOPS 3
/* Fewer than a queue holds, and more. */
#define LINES 10000
#define TOO_MANY 100000

static char folder[] = "/tmp/ferry-access-XXXXXX", path[64], moved[64];

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/log", folder);
    snprintf(moved, sizeof moved, "%s/log.1", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    unlink(moved);
    return rmdir(folder);
}

static struct access_log *open_log(void)
{
    struct access_log *l = NULL;
    struct err e;
    assert_int_equal(access_log_open(&l, path, -1, ACCESS_COMBINED, LOOPS, &e), STATUS_DONE);
    return l;
}

static void add(struct access_log *l, unsigned loop, unsigned number)
{
    char request[64];
    int n = snprintf(request, sizeof request, "GET /%u/%u HTTP/1.1", loop, number);
    struct access a = {.dialect = "http", .status = 200, .request = {request, (size_t)n}};
    access_log_add(l, loop, &a);
}

/* Checks that each loop's lines continue in order from `next`, and counts them there. */
static void read_lines(const char *name, unsigned next[LOOPS])
{
    char line[512];
    FILE *f = fopen(name, "re");
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        unsigned loop, number;
        assert_int_equal(
            sscanf(line, "- - - [01/Jan/1970:%*[^]]] \"GET /%u/%u HTTP/1.1\" 200 - ", &loop, &number), 2);
        assert_true(loop < LOOPS);
        assert_int_equal(number, next[loop]++);
    }
    fclose(f);
}

struct loop_thread {
    struct access_log *log;
    unsigned loop;
};

static void *add_many(void *arg)
{
    struct loop_thread *t = arg;
    for (unsigned i = 0; i < LINES; i++)
        add(t->log, t->loop, i);
    return NULL;
}

static void every_loop_s_lines_are_there_in_order(void **state)
{
    struct loop_thread threads[LOOPS];
    pthread_t ids[LOOPS];
    unsigned next[LOOPS] = {0};
    (void)state;
    struct access_log *l = open_log();
    for (unsigned i = 0; i < LOOPS; i++) {
        threads[i] = (struct loop_thread){l, i};
        assert_int_equal(pthread_create(&ids[i], NULL, add_many, &threads[i]), 0);
    }
    /* And the log is rotated meanwhile. */
    assert_int_equal(rename(path, moved), 0);
    access_log_reopen(l);
    for (unsigned i = 0; i < LOOPS; i++)
        pthread_join(ids[i], NULL);
    access_log_close(l);
    read_lines(moved, next);
    read_lines(path, next);
    for (unsigned i = 0; i < LOOPS; i++)
        assert_int_equal(next[i], LINES);
    unlink(path);
    unlink(moved);
}

static void it_adds_to_what_is_there(void **state)
{
    unsigned next[LOOPS] = {0};
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct access_log *l = open_log();
        add(l, 0, i);
        access_log_close(l);
    }
    read_lines(path, next);
    assert_int_equal(next[0], 3);
    unlink(path);
}

/* A FIFO without a reader: lines without room are dropped, and neither adding nor closing blocks for ever. */
static void a_fifo_that_nobody_reads_holds_up_nobody(void **state)
{
    unsigned n = 0;
    char bytes[512];
    (void)state;
    assert_int_equal(mkfifo(path, 0600), 0);
    /* Keeps what was written, and reads it later. */
    int reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    struct access_log *l = open_log();
    for (unsigned i = 0; i < TOO_MANY; i++)
        add(l, 0, i);
    access_log_close(l);
    for (ssize_t r; (r = read(reader, bytes, sizeof bytes)) > 0;)
        for (ssize_t i = 0; i < r; i++)
            n += bytes[i] == '\n';
    assert_true(n > 0 && n < TOO_MANY);
    close(reader);
    unlink(path);
}

static void what_cannot_be_opened_is_said(void **state)
{
    static const char *const names[] = {"/nothing/here/log", "/tmp", ""};
    struct access_log *l = NULL;
    struct err e;
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_int_equal(access_log_open(&l, names[i], -1, ACCESS_JSON, 1, &e), STATUS_FAILED);
        assert_non_null(strstr(e.text, "cannot open the access log"));
        assert_null(l);
    }
    access_log_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_loop_s_lines_are_there_in_order),
        cmocka_unit_test(it_adds_to_what_is_there),
        cmocka_unit_test(a_fifo_that_nobody_reads_holds_up_nobody),
        cmocka_unit_test(what_cannot_be_opened_is_said),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
