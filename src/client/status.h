/* The state of the daemon as structures: the answer to GetStatus. */
#pragma once

#include "common/varlink.h"
#include "threatresponse.h"

/* Makes a state of the answer to GetStatus and takes the message over, which is left empty. Returns 0, -EBADMSG or
 * -ENOMEM, which leave the reply to the caller. */
int client_status_new(struct varlink_reply *reply, struct tr_status **ret_status);
