/* Clients that arrive on processors at random, by a seed, or all on one; and what the loops make of it. */
#include "server/arrivals.h"
#include "unit.h"

static struct arrivals arrivals;
static uint64_t seed;

static unsigned random_below(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)((seed >> 16) % n);
}

/* How many clients arrive, on the first `queues` processors, before it changes; `most` if it does not. */
static unsigned until_it_changes(unsigned queues, unsigned most)
{
    unsigned n = 1;
    while (n < most && !arrivals_note(&arrivals, random_below(queues)))
        n++;
    return n;
}

static void one_loop_has_no_choice(void **state)
{
    (void)state;
    arrivals_init(&arrivals, 1);
    assert_false(arrivals.local);
}

/* A network card with a queue for each processor. At the very beginning chance may say otherwise, but not for
 * long. */
static void each_loop_takes_those_of_its_processor_while_they_are_spread(void **state)
{
    static const unsigned loops[] = {2, 3, 4, 8, 16, 64, 128};
    (void)state;
    for (size_t i = 0; i < sizeof loops / sizeof *loops; i++) {
        unsigned changed = 0;
        for (uint64_t run = 1; run <= 1000; run++) {
            seed = run * 0x9e3779b97f4a7c15;
            arrivals_init(&arrivals, loops[i]);
            assert_true(arrivals.local);
            changed += until_it_changes(loops[i], 5000) < 5000;
            if (!arrivals.local)
                assert_true(until_it_changes(loops[i], 40000) < 40000);
        }
        assert_in_range(changed, 0, 40); /* of 1,000 */
    }
}

/* A card with one queue: only a few clients go to one loop, and it stays so. */
static void the_kernel_distributes_them_when_one_loop_gets_all(void **state)
{
    (void)state;
    for (unsigned loops = 2; loops <= 128; loops *= 2) {
        arrivals_init(&arrivals, loops);
        assert_in_range(until_it_changes(1, 1000), 2, 128);
        assert_false(arrivals.local);
        assert_int_equal(until_it_changes(1, 5000), 5000);
    }
}

/* Clients that come and stay: how many each loop gets when all arrive on the first one's processor. */
static void a_loop_hands_on_what_exceeds_its_share(void **state)
{
    (void)state;
    for (unsigned loops = 2; loops <= 64; loops *= 2) {
        unsigned mine = 0, all = 0;
        for (; all < 100 * loops; all++)
            mine += !arrivals_has_enough(loops, mine, all);
        assert_in_range(mine, 100, 112);
    }
    /* While they are spread, it keeps its own. */
    for (unsigned n = 0; n < 1000; n++)
        assert_false(arrivals_has_enough(2, n, 2 * n));
    assert_false(arrivals_has_enough(2, 2, 2)); /* And two in any case. */
    assert_true(arrivals_has_enough(2, 3, 3));
}

static void loops_stay_while_clients_are_many_and_spread(void **state)
{
    (void)state;
    arrivals_init(&arrivals, 2);
    assert_false(arrivals_may_stay(&arrivals, 100)); /* Nothing is known yet. */
    for (int i = 0; i < 60; i++)
        assert_false(arrivals_note(&arrivals, 0));
    assert_false(arrivals_may_stay(&arrivals, 60)); /* one program */
    for (int i = 0; i < 40; i++)
        assert_false(arrivals_note(&arrivals, 1));
    assert_true(arrivals_may_stay(&arrivals, 100));
    assert_false(arrivals_may_stay(&arrivals, 31)); /* a few */
}

/* Half as many queues as processors: each loop that gets clients has twice its share. */
static void or_when_half_of_the_loops_get_none(void **state)
{
    (void)state;
    seed = 7;
    for (unsigned loops = 4; loops <= 32; loops *= 2) {
        arrivals_init(&arrivals, loops);
        assert_true(until_it_changes(loops / 2, 20000) < 20000);
        assert_int_equal(until_it_changes(loops / 2, 20000), 20000);
    }
}

/* A card may get its queues while the server runs, or lose them. */
static void it_follows_what_changes(void **state)
{
    (void)state;
    seed = 3;
    arrivals_init(&arrivals, 2);
    for (int round = 0; round < 3; round++) {
        until_it_changes(2, 10000); /* many that are spread */
        assert_true(arrivals.local || until_it_changes(2, 1000) < 1000);
        assert_true(until_it_changes(1, 5000) < 5000);
        assert_false(arrivals.local);
        assert_true(until_it_changes(2, 5000) < 5000);
        assert_true(arrivals.local);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_loop_has_no_choice),
        cmocka_unit_test(each_loop_takes_those_of_its_processor_while_they_are_spread),
        cmocka_unit_test(the_kernel_distributes_them_when_one_loop_gets_all),
        cmocka_unit_test(a_loop_hands_on_what_exceeds_its_share),
        cmocka_unit_test(loops_stay_while_clients_are_many_and_spread),
        cmocka_unit_test(or_when_half_of_the_loops_get_none),
        cmocka_unit_test(it_follows_what_changes),
    };
    return cmocka_run_group_tests_name("arrivals", tests, NULL, NULL);
}
