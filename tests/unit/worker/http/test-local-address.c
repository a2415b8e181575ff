#include "worker/http/local-address.h"

#include "unit/helpers/test-certificates.h"

#include <arpa/inet.h>

static bool is_local(const char *text)
{
    struct sockaddr_in ipv4 = { .sin_family = AF_INET };
    struct sockaddr_in6 ipv6 = { .sin6_family = AF_INET6 };

    if (inet_pton(AF_INET, text, &ipv4.sin_addr) == 1)
        return address_is_local((const struct sockaddr *)&ipv4);
    assert_int_equal(inet_pton(AF_INET6, text, &ipv6.sin6_addr), 1);
    return address_is_local((const struct sockaddr *)&ipv6);
}

static void test_addresses(void **state)
{
    static const char *const local[] = { "0.0.0.0", "0.1.2.3", "127.0.0.1", "127.255.255.255", "169.254.0.1",
        "169.254.169.254", "224.0.0.1", "239.1.1.1", "255.255.255.255", "::", "::1", "fe80::1", "febf::1",
        "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.1.1", "::ffff:0.0.0.0" };
    static const char *const other[] = { "1.0.0.0", "10.0.0.1", "126.255.255.255", "128.0.0.1", "169.253.1.1",
        "169.255.1.1", "192.168.0.1", "223.255.255.255", "2001:db8::1", "fd00::1", "fec0::1", "::2",
        "::ffff:192.0.2.1" };
    const struct sockaddr neither = { .sa_family = AF_UNIX };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(local); i++)
        if (!is_local(local[i]))
            fail_msg("%s", local[i]);
    for (size_t i = 0; i < ELEMENTS(other); i++)
        if (is_local(other[i]))
            fail_msg("%s", other[i]);
    assert_true(address_is_local(&neither));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
