/*
 * GetStatus: one reply, or a stream that begins with the present state and has each change after it. A watcher that reads
 * slowly gets the newest state next, not each one in between. The text of a reply is made once for all who ask.
 */
#pragma once

#include "daemon/api/api.h"

/* The handler of GetStatus. */
int watch_get_status(void *userdata, const struct varlink_call *call, json_object **ret_reply);

/* Returns the reply to a single call or of a stream, as the state is now; its text is NULL without memory. Borrowed until
 * the next change. */
const struct status_reply *watch_newest_reply(struct api *api, bool stream);

/* Sends the newest state to all watchers. */
void watch_publish(struct api *api);

/* Returns the number of watchers. */
size_t watch_count(const struct api *api);

/* Frees the texts of replies. Safe to repeat. */
void watch_forget_replies(struct api *api);
