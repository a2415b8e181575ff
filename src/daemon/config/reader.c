#include "daemon/config/reader.h"

#include "common/utf8.h"

#include <stdarg.h>
#include <stdio.h>

static void report_line(struct config_reader *reader, const char *file, int line, char *text)
{
    char whole[2400], place[16] = "";

    if (line > 0)
        snprintf(place, sizeof(place), "%d:", line);
    snprintf(whole, sizeof(whole), "%s:%s %s", file ? file : reader->path, place, utf8_trim(text));
    reader->report(reader->userdata, whole);
}

void config_report_error(
    struct config_reader *reader, const config_setting_t *setting, const char *format, ...)
{
    va_list arguments;
    char text[2048];

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    report_line(reader, setting ? config_setting_source_file(setting) : NULL,
        setting ? (int)config_setting_source_line(setting) : 0, text);
    reader->failed = true;
}

void config_report_warning(struct config_reader *reader, const char *format, ...)
{
    va_list arguments;
    char text[2048];

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    report_line(reader, NULL, 0, text);
}

void config_report_syntax_error(struct config_reader *reader, const char *file, int line, const char *text)
{
    char copy[2048];

    snprintf(copy, sizeof(copy), "%s", text);
    report_line(reader, file, line, copy);
    reader->failed = true;
}
