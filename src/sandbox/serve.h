/*
 * Runs the cloud from the opening of its directory to its end.
 */
#pragma once

#include "sandbox/base/settings.h"

/* Serves the directory until a signal or the end of the lifetime. settings->port 0 takes the remembered port, or a free
 * one at the first start; log_file NULL logs to standard error; preset is the name of a set of faults to switch on, or
 * NULL. Logs an error. Returns the exit status. */
int serve_cloud(
    const char *directory, const struct settings *settings, const char *log_file, const char *preset);
