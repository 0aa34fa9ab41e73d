/* The guard pages: the bytes inside can be read, the byte beyond cannot. */
#include "guard.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* The kernel reads the byte for us, so that a protected page is an error and not a crash. */
static bool readable(const char *p)
{
    int pipes[2];
    assert_return_code(pipe(pipes), errno);
    ssize_t n = write(pipes[1], p, 1);
    assert_true(n == 1 || errno == EFAULT);
    close(pipes[0]);
    close(pipes[1]);
    return n == 1;
}

static void end_is_flush(void **state)
{
    static const size_t sizes[] = {0, 1, 100, 4095, 4096, 4097, 10000};
    static const char bytes[10000] = "the first";
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t n = sizes[i];
        const char *copy = guard_end(bytes, n);
        assert_memory_equal(copy, bytes, n);
        assert_false(readable(copy + n));
        if (n > 0)
            assert_true(readable(copy + n - 1));
        guard_free(copy, n);
    }
}

static void begin_is_flush(void **state)
{
    static const size_t sizes[] = {0, 1, 4096, 5000};
    static const char bytes[5000] = "the first";
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const char *copy = guard_begin(bytes, sizes[i]);
        assert_memory_equal(copy, bytes, sizes[i]);
        assert_false(readable(copy - 1));
        guard_free(copy, sizes[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(end_is_flush),
        cmocka_unit_test(begin_is_flush),
    };
    return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}
