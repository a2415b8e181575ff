/*
 * Logs one line per event to standard error, with a "<priority>" prefix if the journal reads it. Control characters are
 * escaped, so that foreign text can't forge a line or control a terminal.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <syslog.h>

/* Turns on the prefix if $JOURNAL_STREAM names standard error. */
void log_open(void);

/* Sets the least important level that is printed; LOG_INFO by default. */
void log_set_level(int level);

/* True if the journal reads the lines. */
bool log_is_journal(void);

/* Returns the level of a name (error, warning, notice, info, debug), or -EINVAL. */
int log_level_from_string(const char *name);

/* Returns the name of such a level. */
const char *log_level_to_string(int level);

/* The names of the levels, NULL-terminated. */
extern const char *const log_level_names[];

/* Returns true if lines of a level are printed. */
bool log_shows(int level);

/* Logs a formatted line and keeps errno. */
void log_full(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_full(LOG_ERR, __VA_ARGS__)
#define log_warning(...) log_full(LOG_WARNING, __VA_ARGS__)
#define log_notice(...) log_full(LOG_NOTICE, __VA_ARGS__)
#define log_info(...) log_full(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_full(LOG_DEBUG, __VA_ARGS__)

/* Copies a text with \xNN in place of control characters and of bytes that aren't UTF-8; cut at size, always terminated.
 * Returns out. */
char *escape_text(const char *text, char *out, size_t size);
