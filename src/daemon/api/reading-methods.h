/* Methods that read: ListServers, GetCertificate, GetMetrics. (GetStatus: watch.h.) */
#pragma once

#include "daemon/api/api.h"

/* The words of GetMetrics' format, NULL-terminated. */
extern const char *const reading_metrics_formats[];

int method_list_servers(void *userdata, const struct varlink_call *call, json_object **ret_reply);
int method_get_certificate(void *userdata, const struct varlink_call *call, json_object **ret_reply);
int method_get_metrics(void *userdata, const struct varlink_call *call, json_object **ret_reply);
