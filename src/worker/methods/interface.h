/*
 * The interface org.threatresponse.worker: its methods and the parameters that they take. A call's userdata is the struct
 * http of the process.
 */
#pragma once

#include "common/service.h"

extern const struct service_interface worker_interface;
