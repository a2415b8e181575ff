#include "common/clock.h"

uint64_t clock_nsec(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t clock_usec(clockid_t clock)
{
    return clock_nsec(clock) / 1000;
}

uint64_t clock_msec(clockid_t clock)
{
    return clock_nsec(clock) / 1000000;
}
