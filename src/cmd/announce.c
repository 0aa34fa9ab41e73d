/* The first output of a server: where it listens, for programs; and who can reach it, for the person who
 * started it. */
#include "cmd/announce.h"

#include "base/log.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static bool is_every_interface(const struct address *a)
{
    if (a->at.ss_family == AF_INET6)
        return IN6_IS_ADDR_UNSPECIFIED(&((const struct sockaddr_in6 *)&a->at)->sin6_addr);
    return ((const struct sockaddr_in *)&a->at)->sin_addr.s_addr == INADDR_ANY;
}

static bool is_link_local(const struct address *a)
{
    return a->at.ss_family == AF_INET6 &&
           IN6_IS_ADDR_LINKLOCAL(&((const struct sockaddr_in6 *)&a->at)->sin6_addr);
}

/* The URLs of all interfaces' addresses of this family. */
static void announce_interfaces(const struct address *any)
{
    struct ifaddrs *all;
    if (getifaddrs(&all) < 0)
        return;
    for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
        struct address a = {0};
        if (!i->ifa_addr || i->ifa_addr->sa_family != any->at.ss_family || !(i->ifa_flags & IFF_UP))
            continue;
        a.len = any->at.ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
        memcpy(&a.at, i->ifa_addr, a.len);
        address_set_port(&a, address_port(any));
        /* A link-local address needs the name of an interface on this machine, which means nothing on
         * another. */
        if (!address_is_loopback(&a) && !is_link_local(&a))
            log_line("others can use http://%s/", address_text(&a).text);
    }
    freeifaddrs(all);
}

bool announce_address(const struct address *a)
{
    return printf("listening on %s\n", address_text(a).text) >= 0 && fflush(stdout) == 0;
}

void announce_server(const struct address *at, size_t n, bool quiet)
{
    bool shared = false;
    for (size_t i = 0; i < n; i++) {
        announce_address(&at[i]); /* a server that cannot print still serves */
        shared |= !address_is_loopback(&at[i]);
        if (quiet)
            continue;
        if (is_every_interface(&at[i]))
            announce_interfaces(&at[i]);
        else if (!address_is_loopback(&at[i]))
            log_line("others can use http://%s/", address_text(&at[i]).text);
    }
    if (!shared && !quiet)
        log_line("only this machine can reach it; to share it with others: --listen :6767");
}
