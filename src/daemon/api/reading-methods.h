/*
 * The methods that read: ListServers, GetCertificate, GetMetrics (GetStatus: watch.h). userdata is the connection. Each
 * returns 0 and a reply or an error of the interface, or a negative errno that ends the connection.
 */
#pragma once

#include "daemon/api/api.h"

int method_list_servers(void *userdata, const struct varlink_call *call, json_object **ret_reply);
int method_get_certificate(void *userdata, const struct varlink_call *call, json_object **ret_reply);
int method_get_metrics(void *userdata, const struct varlink_call *call, json_object **ret_reply);
