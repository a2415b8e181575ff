/*
 * Puts a failure into the caller's struct tr_error: its class, its code, and a sentence each of what happened and of what
 * to do. Every function takes NULL in place of the struct.
 */
#pragma once

#include "common/json.h"
#include "threatresponse.h"

/* Fills the error, cutting texts that don't fit. The hint may be NULL. Returns r. */
int client_fail(struct tr_error *error, int r, enum tr_error_class exit_class, const char *code,
    const char *hint, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* The socket at the path couldn't be connected to, for the reason r. Returns r, or the errno that stands for its kind. */
int client_fail_connect(struct tr_error *error, int r, const char *path);

/* No answer could be had on the connection, for the reason r. Returns r, or the errno that stands for its kind. */
int client_fail_exchange(struct tr_error *error, int r);

/* The daemon answered with the error of that name. Returns -EREMOTEIO. */
int client_fail_reply(struct tr_error *error, const char *name, json_object *parameters);
