#include "ctl/text/time-text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

enum {
    DAY = 86400,
};

#define YEAR_10000 INT64_C(253402300800)

struct calendar {
    int year, month, day, weekday, hour, minute, second;
};

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static bool calendar_of(int64_t time, struct calendar *ret)
{
    static const int month_days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

    if (time < 0 || time >= YEAR_10000)
        return false;

    int days = (int)(time / DAY), seconds = (int)(time % DAY);
    *ret = (struct calendar){
        .year = 1970,
        .weekday = (days + 4) % 7,
        .hour = seconds / 3600,
        .minute = seconds / 60 % 60,
        .second = seconds % 60,
    };

    while (days >= 365 + is_leap(ret->year))
        days -= 365 + is_leap(ret->year++);
    for (;; ret->month++) {
        int length = month_days[ret->month] + (ret->month == 1 && is_leap(ret->year));
        if (days < length)
            break;
        days -= length;
    }
    ret->day = days + 1;
    return true;
}

struct ctl_time_text ctl_time(int64_t time)
{
    struct ctl_time_text out;
    struct calendar c;

    if (calendar_of(time, &c))
        snprintf(out.text, sizeof(out.text), "%04d-%02d-%02d %02d:%02d:%02d UTC", c.year, c.month + 1, c.day,
            c.hour, c.minute, c.second);
    else
        snprintf(out.text, sizeof(out.text), "%" PRId64, time);
    return out;
}

struct ctl_time_text ctl_time_gmt(int64_t time)
{
    static const char *const weekdays[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep",
        "Oct", "Nov", "Dec" };
    struct ctl_time_text out;
    struct calendar c;

    if (calendar_of(time, &c))
        snprintf(out.text, sizeof(out.text), "%s %s %2d %02d:%02d:%02d %d GMT", weekdays[c.weekday],
            months[c.month], c.day, c.hour, c.minute, c.second, c.year);
    else
        snprintf(out.text, sizeof(out.text), "%" PRId64, time);
    return out;
}

struct ctl_time_text ctl_duration(int64_t seconds)
{
    struct ctl_time_text out;

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

struct ctl_time_text ctl_time_relative(int64_t time, int64_t now)
{
    struct ctl_time_text out, moment = ctl_time(time);

    /* Times that are no times are not subtracted either: that could overflow. */
    if (time < 0 || time >= YEAR_10000 || now < 0 || now >= YEAR_10000)
        return moment;
    if (time == now)
        snprintf(out.text, sizeof(out.text), "%.32s (now)", moment.text);
    else if (time > now)
        snprintf(out.text, sizeof(out.text), "%.32s (in %.20s)", moment.text, ctl_duration(time - now).text);
    else
        snprintf(out.text, sizeof(out.text), "%.32s (%.20s ago)", moment.text, ctl_duration(now - time).text);
    return out;
}
