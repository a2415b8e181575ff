/*
 * The methods of the settings: GetSettings, Stage, ClearStaged, Commit, ListCommits. userdata is the connection. Each
 * returns 0 and a reply or an error of the interface, or a negative errno that ends the connection.
 */
#pragma once

#include "daemon/api/api.h"

int method_get_settings(void *userdata, const struct varlink_call *call, json_object **ret_reply);
int method_stage(void *userdata, const struct varlink_call *call, json_object **ret_reply);
int method_clear_staged(void *userdata, const struct varlink_call *call, json_object **ret_reply);
int method_commit(void *userdata, const struct varlink_call *call, json_object **ret_reply);
int method_list_commits(void *userdata, const struct varlink_call *call, json_object **ret_reply);

/* Frees the text of ListCommits. Safe to repeat. */
void settings_forget_commits_reply(struct api *api);
