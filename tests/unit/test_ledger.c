/* When a file here is what a list tells of. */
#include "client/ledger.h"
#include "unit.h"

static void times_are_cut_off_by_file_systems(void **state)
{
    (void)state;
    static const struct {
        struct timespec told, local;
        bool same;
    } cases[] = {
        {{10, 123456789}, {10, 123456789}, true},
        {{10, 123456789}, {10, 123456700}, true}, /* 100 ns: NTFS */
        {{10, 123456789}, {10, 123456000}, true}, /* 1 us */
        {{10, 123456789}, {10, 123000000}, true}, /* 1 ms */
        {{10, 123456789}, {10, 0}, true},         /* 1 s */
        {{11, 123456789}, {10, 0}, true},         /* 2 s: FAT */
        {{10, 123456789}, {10, 123456788}, false},
        {{10, 123456789}, {10, 123456780}, false},
        {{10, 123456789}, {10, 200000000}, false},
        {{10, 123456789}, {9, 0}, false},
        {{10, 123456789}, {8, 0}, false},
        {{11, 5}, {10, 5}, false},
        {{10, 0}, {10, 0}, true},
        {{10, 0}, {11, 0}, false},
        {{-5, 7}, {-5, 7}, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (ledger_same_time(&cases[i].told, &cases[i].local) != cases[i].same)
            fail_msg("case %zu", i);
}

static void kind_size_and_time_count(void **state)
{
    (void)state;
    struct tree_line l = {.size = 5, .timed = true, .modified = {10, 1}};
    struct stat st = {.st_mode = S_IFREG | 0644, .st_size = 5, .st_mtim = {10, 1}};
    assert_true(ledger_fits(&l, &st));
    st.st_size = 6;
    assert_false(ledger_fits(&l, &st));
    st.st_size = 5;
    st.st_mtim.tv_nsec = 2;
    assert_false(ledger_fits(&l, &st));
    st.st_mtim.tv_nsec = 1;
    st.st_mode = S_IFLNK | 0777;
    assert_false(ledger_fits(&l, &st));
    st.st_mode = S_IFDIR | 0755;
    assert_false(ledger_fits(&l, &st));
    l.folder = true;
    st.st_mtim.tv_sec = 99; /* of a folder, no time is kept */
    assert_true(ledger_fits(&l, &st));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_cut_off_by_file_systems),
        cmocka_unit_test(kind_size_and_time_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
