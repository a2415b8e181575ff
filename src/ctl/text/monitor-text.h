/*
 * The state as one line for monitors, with the levels of Nagios plugins. The worst finding makes the level; the line
 * names every finding, then what the state is.
 */
#pragma once

#include "threatresponse.h"

/* The values are the exit codes of Nagios plugins. */
enum monitor_level {
    MONITOR_OK,
    MONITOR_WARNING,
    MONITOR_CRITICAL,
    MONITOR_UNKNOWN, /* the daemon can't be asked */
};

struct monitor_text {
    enum monitor_level level;
    char text[1500];
};

/* Returns the level and the line of a state; now is in seconds since 1970. */
struct monitor_text monitor_text_judge(const struct tr_status *status, int64_t now);

/* Returns the line for a daemon that did not answer, with the error's message. */
struct monitor_text monitor_text_unknown(const char *message);
