/* The tape: what is read within the last MiB is what was added there, also across the ring's seam. */
#include "message/tape.h"
#include "unit.h"

#include <stdlib.h>

/* A byte that depends on its position, with a period that does not divide the ring's size. */
static char byte_at(uint64_t at)
{
    return (char)(at * 7 % 251);
}

static void add(struct tape *t, size_t n)
{
    char *bytes = malloc(n);
    for (size_t i = 0; i < n; i++)
        bytes[i] = byte_at(t->end + i);
    tape_add(t, (struct slice){bytes, n});
    free(bytes);
}

/* Reads to the end; returns the number of pieces. */
static size_t check_from(const struct tape *t, uint64_t at)
{
    size_t pieces = 0;
    for (struct slice s; (s = tape_read(t, at)).n > 0; at += s.n, pieces++)
        for (size_t i = 0; i < s.n; i++)
            if (s.p[i] != byte_at(at + i))
                fail_msg("wrong byte at %llu", (unsigned long long)(at + i));
    assert_int_equal(at, t->end);
    return pieces;
}

static void an_empty_tape_has_nothing(void **state)
{
    struct tape t;
    (void)state;
    assert_true(tape_init(&t));
    assert_int_equal(tape_read(&t, 0).n, 0);
    tape_free(&t);
}

static void every_step_across_the_seam_reads_back(void **state)
{
    static const size_t steps[] = {1, 13, 65536, TAPE_BYTES - 65549, 3, 65536, TAPE_BYTES, TAPE_BYTES - 1, 2};
    struct tape t;
    (void)state;
    assert_true(tape_init(&t));
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        add(&t, steps[i]);
        uint64_t oldest = t.end > TAPE_BYTES ? t.end - TAPE_BYTES : 0;
        assert_in_range(check_from(&t, oldest), 1, 2);
        check_from(&t, t.end - (steps[i] < 100 ? steps[i] : 100));
        assert_int_equal(tape_read(&t, t.end).n, 0);
    }
    tape_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_tape_has_nothing),
        cmocka_unit_test(every_step_across_the_seam_reads_back),
    };
    return cmocka_run_group_tests_name("tape", tests, NULL, NULL);
}
