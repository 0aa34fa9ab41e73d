/* The order of a listing, and places in it. */
#include "content/order.h"
#include "guarded.h"
#include "unit.h"

static int sign(int n)
{
    return (n > 0) - (n < 0);
}

/* Each name is before all that follow it. */
static void names_stand_as_people_count(void **state)
{
    static const char *const names[] = {
        "",
        " ",
        "-1",

        "0",
        "00",
        "0a",
        "1",
        "1.2",
        "1.10",
        "1a",
        "2",
        "0010",
        "010",
        "10",
        "10a",
        "99999999999999999999",
        "100000000000000000000",
        "A",
        "a",
        "a 1",
        "A1",
        "a01b",
        "a1b",
        "a2",
        "a10",
        "ab",
        "B",
        "b",
        "x1y2",
        "x1y10",
        "x2y1",
        "z",
        "\xc3\xa4",
        "\xff",
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(names); i++)
        for (size_t j = 0; j < LENGTH(names); j++)
            if (sign(order_compare_names(names[i], names[j])) != (i > j) - (i < j))
                fail_msg("\"%s\" and \"%s\"", names[i], names[j]);
}

static void keys_decide(void **state)
{
    static const struct {
        struct order order;
        struct entry a, b; /* a comes first */
    } cases[] = {
        {{ORDER_NAME, false}, {"z", true, true, 0, 0, 0}, {"a", false, true, 0, 0, 0}},
        {{ORDER_NAME, true}, {"a", true, true, 0, 0, 0}, {"z", false, true, 0, 0, 0}},
        {{ORDER_NAME, true}, {"b", false, true, 1, 1, 0}, {"a", false, true, 0, 0, 0}},
        {{ORDER_SIZE, false}, {"b", false, true, 1, 0, 0}, {"a", false, true, 2, 0, 0}},
        {{ORDER_SIZE, true}, {"b", false, true, 2, 0, 0}, {"a", false, true, 1, 0, 0}},
        {{ORDER_SIZE, true}, {"a", false, true, 1, 0, 0}, {"b", false, true, 1, 0, 0}},
        {{ORDER_SIZE, true}, {"a", true, true, 1, 0, 0}, {"b", true, true, 4096, 0, 0}},
        {{ORDER_TIME, false}, {"b", false, true, 0, -5, 0}, {"a", false, true, 0, 3, 0}},
        {{ORDER_TIME, true}, {"b", true, true, 0, 9, 0}, {"a", true, true, 0, 3, 0}},
        {{ORDER_TIME, false}, {"b", false, true, 0, 3, 1}, {"a", false, true, 0, 3, 2}},
        {{ORDER_TIME, true}, {"b", false, true, 0, 3, 999999999}, {"a", false, true, 0, 3, 5}},
        {{ORDER_TIME, false}, {"b", false, true, 0, -4, 999999999}, {"a", false, true, 0, -3, 0}},
        {{ORDER_TIME, false}, {"b", false, true, 0, INT64_MIN, 0}, {"a", false, true, 0, INT64_MAX, 0}},
        {{ORDER_NAME, false}, {"a", false, true, 0, 0, 2}, {"b", false, true, 0, 0, 1}},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        if (order_compare(&cases[i].order, &cases[i].a, &cases[i].b) >= 0 ||
            order_compare(&cases[i].order, &cases[i].b, &cases[i].a) <= 0)
            fail_msg("case %zu", i);
    }
}

static void places_come_back(void **state)
{
    static const struct entry entries[] = {
        {"a", false, true, 0, 0, 0},
        {"a\nb %2F \xff", true, true, 7, INT64_MAX, 0},
        {"-1", false, true, INT64_MAX, INT64_MIN, 1},
        {"b", false, true, 0, 1, 999999999},
        {"c", false, true, 0, -1, 10},
    };
    static const struct order orders[] = {{ORDER_NAME, false}, {ORDER_SIZE, true}, {ORDER_TIME, false}};
    (void)state;
    for (size_t i = 0; i < LENGTH(entries); i++) {
        for (size_t j = 0; j < LENGTH(orders); j++) {
            struct entry back;
            struct buf text = buf_new(PLACE_TEXT_MAX);
            order_add_place(&text, &orders[j], &entries[i]);
            buf_add(&text, (struct slice){"", 1});
            assert_false(text.failed);
            assert_true(order_read_place(&orders[j], (char *)buf_slice(&text).p, &back));
            assert_int_equal(order_compare(&orders[j], &back, &entries[i]), 0);
            buf_free(&text);
        }
    }
}

static void other_text_is_no_place(void **state)
{
    static const char *const texts[] = {
        "",
        "f",
        "f/",
        "f0/",
        "0/a",
        "f/a",
        "x0/a",
        "f0",
        "f0/a/b",
        "f--1/a",
        "f+1/a",
        "f /a",
        "f1.0/a",
        "f9223372036854775808/a",
        "F0/a",
        "f1.12345678/a",
        "f1.1234567890/a",
        "f1.-12345678/a",
        "f.123456789/a",
        "f-9223372036854775809/a",
        "f-/a",
        "f1./a",
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(texts); i++) {
        char text[64];
        struct entry e;
        strcpy(text, texts[i]);
        if (order_read_place(&(struct order){ORDER_SIZE, false}, text, &e))
            fail_msg("\"%s\"", texts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_stand_as_people_count),
        cmocka_unit_test(keys_decide),
        cmocka_unit_test(places_come_back),
        cmocka_unit_test(other_text_is_no_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
