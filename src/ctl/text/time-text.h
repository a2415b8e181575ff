/*
 * Times as people read them: in UTC, in English, whatever the locale and the time zone of the caller are. The
 * C library reads a time zone file at the first time of a process unless $TZ is set: main() sets it to UTC0.
 */
#pragma once

#include <stdint.h>

struct time_text {
    char text[64];
};

/* Returns "2026-11-25 01:48:32 UTC"; a number if the time is outside of the years 1970 to 9999. */
struct time_text time_text_utc(int64_t time);

/* Returns "2026-11-25 01:48:32 UTC (in 3 min)" or "... (5 h ago)". */
struct time_text time_text_relative(int64_t time, int64_t now);

/* Returns "Wed Nov 25 01:48:32 2026 GMT", the form of the product's dialogues. */
struct time_text time_text_gmt(int64_t time);
