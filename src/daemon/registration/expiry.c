#include "daemon/registration/expiry.h"

/* When to warn, in days before the end. */
static const int warnings[] = { 30, 7, 1 };

int64_t expiry_overdue(const struct saved *saved)
{
    const int64_t renewal = saved->next_renewal;

    return renewal == SAVED_NEVER ? renewal : renewal + (saved->not_after - renewal) / 4 + 1;
}

int64_t expiry_renewal_pause(int64_t end, int64_t now)
{
    int64_t left = end > now ? end - now : 0, least = left / 2 < SEC_PER_HOUR ? left / 2 : SEC_PER_HOUR;
    int64_t pause = left / 10 > least ? left / 10 : least;

    return pause >= SEC_PER_DAY || left == 0 ? SEC_PER_DAY : pause + 1;
}

static int64_t warning_time(const struct saved *saved, int days)
{
    int64_t end = saved->not_after, overdue = expiry_overdue(saved);

    if (end == SAVED_NEVER)
        return end;
    return end - days * SEC_PER_DAY > overdue ? end - days * SEC_PER_DAY : overdue;
}

int64_t expiry_next_warning(const struct saved *saved, int64_t now)
{
    int64_t next = SAVED_NEVER;

    for (size_t i = 0; i < ELEMENTS(warnings); i++) {
        int64_t due = warning_time(saved, warnings[i]);
        if (due > now && due < next)
            next = due;
    }
    return next;
}

int expiry_due_warning(const struct saved *saved, int64_t now)
{
    int days = SAVED_NOT_WARNED;

    if (now > saved->not_after)
        return 0;
    for (size_t i = 0; i < ELEMENTS(warnings); i++)
        if (now >= warning_time(saved, warnings[i]))
            days = warnings[i];
    return days;
}
