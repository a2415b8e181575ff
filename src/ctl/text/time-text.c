#include "ctl/text/time-text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

enum {
    DAY = 86400,
};

#define YEAR_10000 INT64_C(253402300800)

static bool is_date(int64_t time)
{
    return time >= 0 && time < YEAR_10000;
}

static bool get_date(int64_t time, struct tm *ret)
{
    time_t seconds = (time_t)time;

    return is_date(time) && seconds == time && gmtime_r(&seconds, ret);
}

struct time_text time_text_utc(int64_t time)
{
    struct time_text out;
    struct tm date;

    if (get_date(time, &date))
        strftime(out.text, sizeof(out.text), "%Y-%m-%d %H:%M:%S UTC", &date);
    else
        snprintf(out.text, sizeof(out.text), "%" PRId64, time);
    return out;
}

struct time_text time_text_gmt(int64_t time)
{
    struct time_text out;
    struct tm date;

    if (get_date(time, &date))
        strftime(out.text, sizeof(out.text), "%a %b %e %H:%M:%S %Y GMT", &date);
    else
        snprintf(out.text, sizeof(out.text), "%" PRId64, time);
    return out;
}

/* Returns "42 s", "3 min", "5 h" or "12 days": whole units, rounded down. */
static struct time_text format_duration(int64_t seconds)
{
    struct time_text out;

    if (seconds < 60)
        snprintf(out.text, sizeof(out.text), "%" PRId64 " s", seconds);
    else if (seconds < 3600)
        snprintf(out.text, sizeof(out.text), "%" PRId64 " min", seconds / 60);
    else if (seconds < 2 * DAY)
        snprintf(out.text, sizeof(out.text), "%" PRId64 " h", seconds / 3600);
    else
        snprintf(out.text, sizeof(out.text), "%" PRId64 " days", seconds / DAY);
    return out;
}

struct time_text time_text_relative(int64_t time, int64_t now)
{
    struct time_text out, moment = time_text_utc(time);

    /* The difference of two other numbers could overflow. */
    if (!is_date(time) || !is_date(now))
        return moment;
    if (time == now)
        snprintf(out.text, sizeof(out.text), "%.32s (now)", moment.text);
    else if (time > now)
        snprintf(
            out.text, sizeof(out.text), "%.32s (in %.20s)", moment.text, format_duration(time - now).text);
    else
        snprintf(
            out.text, sizeof(out.text), "%.32s (%.20s ago)", moment.text, format_duration(now - time).text);
    return out;
}
