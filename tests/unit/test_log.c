/* Log messages: complete, and never waited for with log_never_waits. */
#include "base/log.h"
#include "unit.h"

#include <fcntl.h>
#include <unistd.h>

/* A pipe that receives the messages. */
struct tapped {
    int read, write;
};

static struct tapped tap(void)
{
    int fds[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    log_to(fds[1]);
    return (struct tapped){fds[0], fds[1]};
}

static void untap(struct tapped t)
{
    log_to(-1);
    close(t.write);
    close(t.read);
}

static size_t drain(struct tapped t, char *to, size_t cap)
{
    size_t n = 0;
    fcntl(t.read, F_SETFL, O_NONBLOCK);
    for (ssize_t r; n < cap - 1 && (r = read(t.read, to + n, cap - 1 - n)) > 0;)
        n += (size_t)r;
    to[n] = '\0';
    return n;
}

static void writes_whole_lines(void **state)
{
    char text[4096];
    (void)state;
    struct tapped t = tap();
    log_line("%s and %d", "one", 2);
    log_debug("unseen");
    drain(t, text, sizeof text);
    untap(t);
    assert_string_equal(text, "ferry: one and 2\n");
}

static void cuts_a_line_that_is_too_long(void **state)
{
    static char text[8192];
    char name[4000];
    (void)state;
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    struct tapped t = tap();
    log_line("%s", name);
    size_t n = drain(t, text, sizeof text);
    untap(t);
    assert_true(n <= 2048 && text[n - 1] == '\n' && strchr(text, '\n') == text + n - 1);
}

static void drops_what_would_wait_and_says_how_much(void **state)
{
    static char text[1 << 20];
    (void)state;
    struct tapped t = tap();
    log_never_waits = true;
    for (int i = 0; i < 100000; i++) /* Far more than a pipe holds, so a write would block for ever. */
        log_line("line %d", i);
    drain(t, text, sizeof text);
    unsigned written = 0;
    for (const char *p = text; (p = strchr(p, '\n')); p++)
        written++;
    log_line("again");
    drain(t, text, sizeof text);
    log_never_waits = false;
    untap(t);
    char expected[128];
    snprintf(expected, sizeof expected, "ferry: (%u lines were dropped here: nobody read them) again\n",
             100000 - written);
    assert_string_equal(text, expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_whole_lines),
        cmocka_unit_test(cuts_a_line_that_is_too_long),
        cmocka_unit_test(drops_what_would_wait_and_says_how_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
