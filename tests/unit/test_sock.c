/* Sockets: the meaning of HOST:PORT, and that a port has one owner. */
#include "guard.h"
#include "io/sock.h"
#include "unit.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

static void splits_host_and_port(void **state)
{
    static const struct {
        const char *in;
        bool ok;
        const char *host;
        uint16_t port;
    } cases[] = {
        {"", false, NULL, 0},
        {"nas", true, "nas", 6767},
        {"6767", true, "localhost", 6767}, /* and not 0.0.26.111 */
        {"0", true, "localhost", 0},
        {"65536", false, NULL, 0},
        {"[]", false, NULL, 0},
        {"[]:80", false, NULL, 0},
        {"nas:80", true, "nas", 80},
        {":80", true, "", 80},
        {":0", true, "", 0},
        {"127.0.0.1:65535", true, "127.0.0.1", 65535},
        {"[::1]", true, "::1", 6767},
        {"[::1]:80", true, "::1", 80},
        {"::1", true, "::1", 6767}, /* two colons without brackets: no port */
        {"::", true, "::", 6767},
        {"fe80::1%eth0", true, "fe80::1%eth0", 6767},
        {"nas:", false, NULL, 0},
        {":", false, NULL, 0},
        {"nas:http", false, NULL, 0},
        {"nas:-1", false, NULL, 0},
        {"nas:65536", false, NULL, 0},
        {"nas: 80", false, NULL, 0},
        {"[::1", false, NULL, 0},
        {"[::1]80", false, NULL, 0},
        {"[::1]:", false, NULL, 0},
        {"[", false, NULL, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = strlen(cases[i].in);
        const char *in = guard_end(cases[i].in, n);
        struct slice host;
        uint16_t port;
        bool ok = sock_split_host_port((struct slice){in, n}, 6767, &host, &port);
        if (ok != cases[i].ok)
            print_error("case '%s'\n", cases[i].in);
        assert_int_equal(ok, cases[i].ok);
        if (ok) {
            assert_true(slice_eq(host, slice_of(cases[i].host)));
            assert_int_equal(port, cases[i].port);
        }
        guard_free(in, n);
    }
}

static struct address loopback(void)
{
    struct address found[4];
    size_t n;
    struct err e;
    assert_int_equal(sock_resolve_listen(SLICE("127.0.0.1:0"), 6767, found, 4, &n, &e), STATUS_DONE);
    assert_int_equal(n, 1);
    return found[0];
}

static void names_addresses(void **state)
{
    struct address found[4];
    size_t n;
    struct err e;
    (void)state;
    assert_int_equal(sock_resolve_listen(SLICE("localhost"), 6767, found, 4, &n, &e), STATUS_DONE);
    assert_int_equal(n, 2);
    assert_string_equal(address_text(&found[0]).text, "127.0.0.1:6767");
    assert_string_equal(address_text(&found[1]).text, "[::1]:6767");
    address_set_port(&found[1], 80);
    assert_int_equal(address_port(&found[1]), 80);
    assert_string_equal(address_text(&found[1]).text, "[::1]:80");
    assert_int_equal(sock_resolve_listen(SLICE(":8080"), 6767, found, 4, &n, &e), STATUS_DONE);
    assert_int_equal(n, 2);
    assert_string_equal(address_text(&found[0]).text, "0.0.0.0:8080");
    assert_string_equal(address_text(&found[1]).text, "[::]:8080");
}

static void says_what_is_no_address(void **state)
{
    struct address found[4];
    size_t n;
    struct err e;
    (void)state;
    assert_int_equal(sock_resolve_listen(SLICE("a:b\x1b"), 6767, found, 4, &n, &e), STATUS_USAGE);
    assert_non_null(strstr(e.text, "a:b\\x1b"));
    assert_non_null(strstr(e.text, "--listen"));
}

/* Our own loops share a port on purpose; a second server must get an error. */
static void a_port_has_one_owner(void **state)
{
    struct address a = loopback();
    (void)state;
    int owner = sock_listen(&a, true);
    assert_true(owner >= 0);
    assert_true(address_port(&a) > 0);
    int own_second = sock_listen(&a, false);
    assert_true(own_second >= 0);
    assert_int_equal(sock_listen(&a, true), -EADDRINUSE);
    close(own_second);
    close(owner);
}

static void set_congestion_control(int fd, const char *name)
{
    if (setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, (socklen_t)strlen(name)) < 0)
        skip(); /* This kernel does not have it, or not for this user. */
}

static void a_socket_that_paces_stops_and_so_do_those_it_accepts(void **state)
{
    struct address a = loopback(), peer;
    (void)state;
    int door = sock_listen(&a, true), client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    set_congestion_control(door, "reno");
    assert_false(sock_paces(door));
    set_congestion_control(door, "bbr");
    assert_true(sock_paces(door));
    sock_stop_pacing(door);
    assert_false(sock_paces(door));
    assert_int_equal(connect(client, (const struct sockaddr *)&a.at, a.len), 0);
    int accepted = sock_accept(door, &peer);
    assert_true(accepted >= 0);
    assert_false(sock_paces(accepted));
    set_congestion_control(accepted, "bbr");
    sock_stop_pacing(accepted);
    assert_false(sock_paces(accepted));
    close(accepted);
    close(client);
    close(door);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_host_and_port),
        cmocka_unit_test(names_addresses),
        cmocka_unit_test(says_what_is_no_address),
        cmocka_unit_test(a_port_has_one_owner),
        cmocka_unit_test(a_socket_that_paces_stops_and_so_do_those_it_accepts),
    };
    return cmocka_run_group_tests_name("sock", tests, NULL, NULL);
}
