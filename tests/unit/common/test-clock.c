/* The units of the clocks, compared with the system call. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/clock.h"

static const clockid_t clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME };

/* Each reading lies between two of the system call. */
static void test_units(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
        struct timespec before, after;

        clock_gettime(clocks[i], &before);
        uint64_t nsec = clock_nsec(clocks[i]), usec = clock_usec(clocks[i]), msec = clock_msec(clocks[i]);
        clock_gettime(clocks[i], &after);

        uint64_t from = (uint64_t)before.tv_sec * 1000000000 + (uint64_t)before.tv_nsec;
        uint64_t to = (uint64_t)after.tv_sec * 1000000000 + (uint64_t)after.tv_nsec;
        assert_in_range(nsec, from, to);
        assert_in_range(usec, from / 1000, to / 1000);
        assert_in_range(msec, from / 1000000, to / 1000000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_units) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
