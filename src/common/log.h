/*
 * One line per event on standard error, with a "<priority>" prefix when the journal reads it. Control
 * characters are escaped, so that no foreign text can forge a line or reach a terminal.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <syslog.h>

/* Chooses the prefix by $JOURNAL_STREAM and the most talkative level that is printed (LOG_INFO at first). */
void log_open(void);
void log_set_level(int level);

/* True if the journal reads the lines. */
bool log_is_journal(void);

/* The level of a name (error, warning, notice, info, debug), or -EINVAL. */
int log_level_from_string(const char *name);

/* The name of such a level. */
const char *log_level_to_string(int level);

/* The names, NULL-terminated. */
extern const char *const log_level_names[];

void log_full(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_full(LOG_ERR, __VA_ARGS__)
#define log_warning(...) log_full(LOG_WARNING, __VA_ARGS__)
#define log_notice(...) log_full(LOG_NOTICE, __VA_ARGS__)
#define log_info(...) log_full(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_full(LOG_DEBUG, __VA_ARGS__)

/* Copies text with control characters and bytes that are no UTF-8 as \xNN; always terminated, cut when size
 * is too small. Returns out. */
char *escape_text(const char *text, char *out, size_t size);
