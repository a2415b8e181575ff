/* Sends one message to the caller, whatever the flags of its descriptor. */
#pragma once

#include "common/varlink.h"

/* Sends a message of at most limit bytes and waits until all of it is sent. A descriptor that we were given may be
 * non-blocking and shared: its flags are left alone. Returns 0, -ENOBUFS over the limit, -ENOMEM, or an errno of send(). */
int send_message(int fd, json_object *message, size_t limit);
