/* Paths that can and can not be addresses of sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "common/socket-path.h"

static void test_addresses(void **state)
{
    struct sockaddr_un address;
    char longest[sizeof(address.sun_path)];

    (void)state;
    memset(&address, 'x', sizeof(address));
    assert_int_equal(socket_path_address("/run/a", &address), 0);
    assert_int_equal(address.sun_family, AF_UNIX);
    assert_string_equal(address.sun_path, "/run/a");
    /* The rest of the address behind the path is zeroed. */
    assert_int_equal(address.sun_path[sizeof(address.sun_path) - 1], 0);

    memset(longest, 'y', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = 0;
    assert_int_equal(socket_path_address(longest, &address), 0);
    assert_string_equal(address.sun_path, longest);
}

static void test_no_addresses(void **state)
{
    struct sockaddr_un address, before;
    char text[sizeof(address.sun_path) + 1];

    (void)state;
    memset(&address, 'x', sizeof(address));
    before = address;
    memset(text, 'y', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    assert_int_equal(socket_path_address("", &address), -EINVAL);
    assert_int_equal(socket_path_address(text, &address), -ENAMETOOLONG);
    assert_memory_equal(&address, &before, sizeof(address));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_no_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
