/*
 * The reading of one configuration file: where errors are reported to, and what else is looked at. Used by the parts of
 * the reader.
 */
#pragma once

#include "daemon/config/config.h"

struct config_reader {
    const char *path;
    const struct config_look *look;
    config_report report;
    void *userdata;
    bool failed;
};

/* Reports an error in a setting; NULL if a setting is missing or the file as a whole is at fault. */
void config_report_error(struct config_reader *reader, const config_setting_t *setting, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

/* Reports what is no fault of the file: the reader has not failed by it. */
void config_report_warning(struct config_reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Reports an error at a line of a file. The file is NULL for the one that was opened, else one that it includes. */
void config_report_syntax_error(struct config_reader *reader, const char *file, int line, const char *text);
