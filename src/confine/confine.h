/*
 * Everything that a process gives up once it has started: files and system calls.
 */
#pragma once

#include "confine/calls.h"
#include "confine/files.h"

/* Confines the process by both. What the kernel can't do is one line in the log, of the given level; the rest holds. */
void confine(int log_level, const struct confine_paths *paths, const struct confine_calls *calls);
