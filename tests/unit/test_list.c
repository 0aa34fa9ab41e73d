/* The linked list: order, removal of any member, moving all members. */
#include "base/list.h"
#include "unit.h"

struct item {
    char name;
    struct list node;
};

static void assert_holds(struct list *head, const char *names)
{
    struct list *n = head->next;
    for (; *names; names++, n = n->next) {
        assert_ptr_not_equal(n, head);
        assert_int_equal(container_of(n, struct item, node)->name, *names);
        assert_ptr_equal(n->next->prev, n);
    }
    assert_ptr_equal(n, head);
}

static void keeps_order_and_gives_up_members(void **state)
{
    struct list head;
    struct item items[4] = {{.name = 'a'}, {.name = 'b'}, {.name = 'c'}, {.name = 'd'}};
    (void)state;
    list_init(&head);
    assert_true(list_empty(&head));
    for (size_t i = 0; i < 4; i++)
        list_append(&head, &items[i].node);
    assert_holds(&head, "abcd");
    list_remove(&items[1].node);
    assert_holds(&head, "acd");
    list_remove(&items[1].node); /* a member of no list: no effect */
    list_remove(&items[3].node);
    list_remove(&items[0].node);
    assert_holds(&head, "c");
    list_append(&head, &items[0].node);
    assert_holds(&head, "ca");
}

static void moves_all(void **state)
{
    struct list from, to;
    struct item items[3] = {{.name = 'a'}, {.name = 'b'}, {.name = 'c'}};
    (void)state;
    list_init(&from);
    list_init(&to);
    list_move_all(&to, &from);
    assert_holds(&to, "");
    list_append(&to, &items[0].node);
    list_append(&from, &items[1].node);
    list_append(&from, &items[2].node);
    list_move_all(&to, &from);
    assert_holds(&to, "abc");
    assert_holds(&from, "");
    list_move_all(&from, &to);
    assert_holds(&from, "abc");
    assert_holds(&to, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_order_and_gives_up_members),
        cmocka_unit_test(moves_all),
    };
    return cmocka_run_group_tests_name("list", tests, NULL, NULL);
}
