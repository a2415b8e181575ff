/* Addresses that a filter closes: one of system calls stands in for systemd's, and nothing is sent anywhere else but to
 * loopback. */
#include "worker/http/closed.h"

#include "unit/helpers/in-child.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <seccomp.h>

static bool is_closed(const char *text)
{
    struct sockaddr_in ipv4 = { .sin_family = AF_INET, .sin_port = htons(9) };
    struct sockaddr_in6 ipv6 = { .sin6_family = AF_INET6, .sin6_port = htons(9) };

    if (inet_pton(AF_INET, text, &ipv4.sin_addr) == 1)
        return closed_address((struct sockaddr *)&ipv4, sizeof(ipv4));
    if (inet_pton(AF_INET6, text, &ipv6.sin6_addr) != 1)
        abort();
    return closed_address((struct sockaddr *)&ipv6, sizeof(ipv6));
}

static int sends_nothing(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

    EXPECT(filter && seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(sendto), 0) == 0);
    EXPECT(seccomp_load(filter) == 0);
    EXPECT(is_closed("127.0.0.1") && is_closed("127.1.2.3") && is_closed("169.254.77.7"));
    EXPECT(is_closed("::1") && is_closed("fe80::1"));
    EXPECT(!is_closed("128.0.0.1") && !is_closed("126.255.255.255") && !is_closed("169.253.1.1"));
    EXPECT(!is_closed("192.0.2.1") && !is_closed("2001:db8::1") && !is_closed("fec0::1"));
    seccomp_release(filter);
    return 0;
}

static void test_closed(void **state)
{
    (void)state;
    run_in_child(sends_nothing);
}

static void test_open(void **state)
{
    const struct sockaddr other = { .sa_family = AF_UNIX };

    (void)state;
    assert_false(is_closed("127.0.0.1"));
    assert_false(closed_address(&other, sizeof(other)));
    assert_false(closed_name_server());
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_closed), cmocka_unit_test(test_open) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
