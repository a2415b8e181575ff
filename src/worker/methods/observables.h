/* The method Recognise: the results of a text, sent in parts. */
#pragma once

#include "common/varlink.h"

/* A service_handler whose userdata is the struct http of the process. */
int method_recognise(void *userdata, const struct varlink_call *call, json_object **ret_reply);
