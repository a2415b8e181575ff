/* The method GenerateKey: the only one without a network. */
#pragma once

#include "common/varlink.h"

/* A service_handler. */
int method_generate_key(void *userdata, const struct varlink_call *call, json_object **ret_reply);
