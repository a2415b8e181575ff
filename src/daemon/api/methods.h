/*
 * The interfaces of the local socket as tables: their methods with their parameters, permissions and handlers.
 */
#pragma once

#include "common/service.h"

/* org.threatresponse.agent; org.threatresponse.casebook is the next one. */
extern const struct service_interface methods_interface;
