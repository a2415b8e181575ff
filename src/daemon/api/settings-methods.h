/* The methods of the settings: GetSettings, Stage, ClearStaged, Commit, ListCommits. */
#pragma once

#include "daemon/api/api.h"

int method_get_settings(void *userdata, const struct varlink_call *call, json_object **ret_reply);
int method_stage(void *userdata, const struct varlink_call *call, json_object **ret_reply);
int method_clear_staged(void *userdata, const struct varlink_call *call, json_object **ret_reply);
int method_commit(void *userdata, const struct varlink_call *call, json_object **ret_reply);
int method_list_commits(void *userdata, const struct varlink_call *call, json_object **ret_reply);
