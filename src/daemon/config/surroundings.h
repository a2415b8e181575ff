/*
 * Looks whether what a configuration names is there, as the service sees it: files of certificates, the worker, users and
 * groups. A file of the configuration can be right and its surroundings wrong, and they can be mended without touching it.
 */
#pragma once

#include "daemon/config/reader.h"

/* Reports each fault by the reader, which then has failed. Does nothing if the reader doesn't look. */
void surroundings_check(struct config_reader *reader, const config_t *file, struct config *config);

/* Returns true if a service of systemd doesn't see the path: a folder of users, or one for temporary files. */
bool surroundings_are_hidden(const char *path);
