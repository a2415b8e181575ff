/*
 * The user of the service, for a check by hand: root sees files that the service does not.
 */
#pragma once

#include <stdbool.h>

/* Lets root's process see what the service sees: as its user, with its credentials if the service runs. Returns false, and
 * changes nothing, if the process is not root's or there is no such user. */
bool service_user_become(void);
