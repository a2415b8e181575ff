#include "common/log.h"

#include "common/memory.h"
#include "common/utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

static bool with_priority = false;
static int max_level = LOG_INFO;

static const struct {
    const char *name;
    int level;
} levels[] = {
    { "error", LOG_ERR },
    { "warning", LOG_WARNING },
    { "notice", LOG_NOTICE },
    { "info", LOG_INFO },
    { "debug", LOG_DEBUG },
};

const char *const log_level_names[] = { "error", "warning", "notice", "info", "debug", NULL };

void log_open(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    char ours[64];
    struct stat st;

    if (!stream || fstat(STDERR_FILENO, &st) < 0)
        return;
    snprintf(ours, sizeof(ours), "%llu:%llu", (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
    with_priority = streq(stream, ours);
}

bool log_is_journal(void)
{
    return with_priority;
}

void log_set_level(int level)
{
    max_level = level;
}

bool log_shows(int level)
{
    return level <= max_level;
}

int log_level_from_string(const char *name)
{
    for (size_t i = 0; i < ELEMENTS(levels); i++)
        if (streq(levels[i].name, name))
            return levels[i].level;
    return -EINVAL;
}

/* Returns the length of the character at the beginning of the text if it is printable, else 0. */
static size_t printable_length(const unsigned char *text)
{
    if (text[0] < 0x20 || text[0] == 0x7f || utf8_direction((const char *)text) > 0)
        return 0;
    /* U+0080 to U+009F are also control characters. */
    return text[0] == 0xc2 && text[1] < 0xa0
               ? 0
               : utf8_sequence((const char *)text, strnlen((const char *)text, 4));
}

char *escape_text(const char *text, char *out, size_t size)
{
    const unsigned char *in = (const unsigned char *)text;
    size_t used = 0;

    while (*in) {
        size_t length = printable_length(in);
        size_t needed = length ? length : 4;

        if (used + needed >= size)
            break;
        if (length) {
            memcpy(out + used, in, length);
            in += length;
        } else
            snprintf(out + used, size - used, "\\x%02x", *in++);
        used += needed;
    }
    out[used] = 0;
    return out;
}

void log_full(int level, const char *format, ...)
{
    char message[1024], line[2048];
    int saved_errno = errno;
    va_list arguments;

    if (!log_shows(level))
        return;

    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    escape_text(message, line, sizeof(line));

    /* Write a line at once: those of the daemon and of the worker must not mix. */
    if (with_priority)
        dprintf(STDERR_FILENO, "<%d>%s\n", level, line);
    else
        dprintf(STDERR_FILENO, "%s\n", line);
    errno = saved_errno;
}

const char *log_level_to_string(int level)
{
    for (size_t i = 0; i < ELEMENTS(levels); i++)
        if (levels[i].level == level)
            return levels[i].name;
    return "info";
}
