/*
 * The method GetStatus: one reply, or a stream of the present state and of each change after it. A client that reads
 * slowly gets the newest state next, not each one in between. The text of a reply is made once for all clients.
 */
#pragma once

#include "daemon/api/api.h"

/* Handles GetStatus. Returns 1, since it sends its replies itself, or a negative errno. */
int watch_get_status(void *userdata, const struct varlink_call *call, json_object **ret_reply);

/* Returns the reply of a stream or to a single call, with the present state. Its text is NULL without memory. Borrowed
 * until the next change. */
const struct status_reply *watch_newest_reply(struct api *api, bool stream);

/* Sends the newest state to all clients that watch. */
void watch_publish(struct api *api);

/* Returns the number of clients that watch. */
size_t watch_count(const struct api *api);

/* Frees the texts of the replies. Safe to repeat. */
void watch_forget_replies(struct api *api);
