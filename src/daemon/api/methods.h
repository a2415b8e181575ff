/*
 * The interface org.threatresponse.agent as a table: its methods with their parameters, permissions and handlers.
 */
#pragma once

#include "common/service.h"

extern const struct service_interface methods_interface;
