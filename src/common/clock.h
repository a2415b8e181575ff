/*
 * The time of a clock of the kernel as one number. Deadlines and plans use CLOCK_MONOTONIC or CLOCK_BOOTTIME, which
 * nobody sets; CLOCK_REALTIME is for dates only.
 */
#pragma once

#include <stdint.h>
#include <time.h>

#define USEC_PER_SEC UINT64_C(1000000)

/* Returns the time of a clock in nanoseconds. */
uint64_t clock_nsec(clockid_t clock);

/* Returns the time of a clock in microseconds, the unit of sd-event. */
uint64_t clock_usec(clockid_t clock);

/* Returns the time of a clock in milliseconds, the unit of poll(). */
uint64_t clock_msec(clockid_t clock);
