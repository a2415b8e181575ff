/*
 * The worker's loop: one call at a time, each answered before the next is looked at.
 */
#pragma once

/* Serves calls until the caller hangs up. 0, -EBADMSG or -EMSGSIZE if it sent what is no call, or another
 * negative errno; logs. The descriptors may be the same. */
int serve(int fd_in, int fd_out);
