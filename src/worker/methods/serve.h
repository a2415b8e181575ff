/*
 * The worker's loop: one call at a time, each answered before the next is looked at.
 */
#pragma once

/* Gives up reading other files than these, which hold trust anchors (NULL: none), for the rest of the process. */
typedef void (*serve_confiner)(const char *ca_bundle, const char *ca_file);

/* Serves calls until the caller hangs up; the descriptors may be the same. Calls confine once: before the
 * first call with a network, with its trust anchors, or before the first Recognise, without. Logs failures.
 * Returns 0, -EBADMSG or -EMSGSIZE if the caller doesn't speak varlink, or another negative errno. */
int serve(int fd_in, int fd_out, serve_confiner confine);
