/* Connecting to the first address of a host that answers. */
#include "io/dial.h"
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

/* Only for hangs: waiting for a dead address would never end. */
#define FOR_EVER_MS (24 * 3600 * 1000)

static struct address loopback(int family)
{
    struct address a = {.len = sizeof(struct sockaddr_in)};
    struct sockaddr_in *four = (struct sockaddr_in *)&a.at;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&a.at;
    a.at.ss_family = (sa_family_t)family;
    if (family == AF_INET) {
        four->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    } else {
        six->sin6_addr = in6addr_loopback;
        a.len = sizeof *six;
    }
    return a;
}

/* An address that never answers: its queue of connections is full, so the kernel lets ours wait. */
struct dead {
    struct address at;
    int listener, fillers[4];
};

static void dead_open(struct dead *d)
{
    d->at = loopback(AF_INET);
    d->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(d->listener, (struct sockaddr *)&d->at.at, d->at.len), 0);
    assert_int_equal(listen(d->listener, 0), 0);
    assert_int_equal(getsockname(d->listener, (struct sockaddr *)&d->at.at, &d->at.len), 0);
    for (size_t i = 0; i < sizeof d->fillers / sizeof *d->fillers; i++) {
        d->fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        connect(d->fillers[i], (struct sockaddr *)&d->at.at, d->at.len);
    }
}

static void dead_close(struct dead *d)
{
    for (size_t i = 0; i < sizeof d->fillers / sizeof *d->fillers; i++)
        close(d->fillers[i]);
    close(d->listener);
}

static void assert_connected_to(int fd, const struct address *to)
{
    struct address peer = {.len = sizeof peer.at};
    assert_true(fd >= 0);
    assert_int_equal(getpeername(fd, (struct sockaddr *)&peer.at, &peer.len), 0);
    assert_string_equal(address_text(&peer).text, address_text(to).text);
    close(fd);
}

static void a_dead_address_costs_no_wait(void **state)
{
    struct address good = loopback(AF_INET), refuses = loopback(AF_INET);
    struct dead dead;
    (void)state;
    dead_open(&dead);
    int closed = sock_listen(&refuses, true), listener = sock_listen(&good, true);
    close(closed);
    const struct address first[] = {dead.at, good}, middle[] = {refuses, dead.at, dead.at, refuses, good},
                         last[] = {good, dead.at};
    assert_connected_to(dial_addresses(first, 2, FOR_EVER_MS), &good);
    assert_connected_to(dial_addresses(middle, 5, FOR_EVER_MS), &good);
    assert_connected_to(dial_addresses(last, 2, FOR_EVER_MS), &good);
    close(listener);
    dead_close(&dead);
}

static void says_what_the_most_telling_one_answered(void **state)
{
    struct address refuses = loopback(AF_INET), nowhere = loopback(AF_INET);
    struct dead dead;
    struct err e;
    (void)state;
    dead_open(&dead);
    close(sock_listen(&refuses, true));
    nowhere.at.ss_family = AF_UNSPEC; /* no such family, as without IPv6 */
    const struct address some[] = {nowhere, refuses, nowhere}, deaf[] = {dead.at, nowhere};
    assert_int_equal(dial_addresses(some, 3, FOR_EVER_MS), -1);
    assert_int_equal(errno, ECONNREFUSED);
    assert_int_equal(dial_addresses(deaf, 2, 1), -1);
    assert_int_equal(errno, ETIMEDOUT);
    assert_int_equal(dial("127.0.0.1", address_port(&refuses), FOR_EVER_MS, &e), -1);
    assert_int_equal(e.status, STATUS_NETWORK);
    assert_non_null(strstr(e.text, "refused"));
    assert_int_equal(dial("no such host", 1, FOR_EVER_MS, &e), -1);
    assert_int_equal(errno, 0);
    dead_close(&dead);
}

static void localhost_is_both_families(void **state)
{
    static const char *const names[] = {"localhost", "LocalHost.", "ferry.localhost"};
    static const int families[] = {AF_INET, AF_INET6};
    struct err e;
    (void)state;
    for (size_t f = 0; f < 2; f++)
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            struct address a = loopback(families[f]);
            int listener = sock_listen(&a, true);
            if (listener < 0)
                continue; /* no IPv6 on this machine */
            assert_connected_to(dial(names[i], address_port(&a), FOR_EVER_MS, &e), &a);
            close(listener);
        }
}

static void takes_the_families_by_turns(void **state)
{
    /* 4 and 6 as given, and in the order of attempts; the letter tells them apart. */
    static const char *const orders[][2] = {
        {"6a6b6c4a4b", "6a4a6b4b6c"},
        {"4a4b6a", "4a6a4b"},
        {"4a6a4b6b", "4a6a4b6b"},
        {"6a6b", "6a6b"},
        {"4a", "4a"},
        {"", ""},
        {"4a6a6b6c", "4a6a6b6c"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        struct address all[8];
        char got[32] = "";
        size_t n = strlen(orders[i][0]) / 2;
        for (size_t k = 0; k < n; k++) {
            all[k] = loopback(orders[i][0][2 * k] == '4' ? AF_INET : AF_INET6);
            address_set_port(&all[k], (uint16_t)orders[i][0][2 * k + 1]);
        }
        dial_order(all, n);
        for (size_t k = 0; k < n; k++) {
            got[2 * k] = all[k].at.ss_family == AF_INET ? '4' : '6';
            got[2 * k + 1] = (char)address_port(&all[k]);
        }
        assert_string_equal(got, orders[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dead_address_costs_no_wait),
        cmocka_unit_test(says_what_the_most_telling_one_answered),
        cmocka_unit_test(localhost_is_both_families),
        cmocka_unit_test(takes_the_families_by_turns),
    };
    return cmocka_run_group_tests_name("dial", tests, NULL, NULL);
}
