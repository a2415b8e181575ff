/* The interface org.threatresponse.agent as a table: its methods, their parameters, who may call them, their handlers. */
#pragma once

#include "common/service.h"

extern const struct service_interface methods_interface;
