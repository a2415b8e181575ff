/*
 * The secrets of one call, so that no message repeats them: a server or a proxy may quote what it was sent, escaped in
 * any way, and its answer goes into messages and logs. Texts are borrowed from the call; the encoded ones are owned.
 */
#pragma once

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    SECRETS_MAX = 8,
    /* A shorter secret guards nothing, and masking it would garble every other message. */
    SECRET_MIN = 4,
};

struct secrets {
    const char *texts[SECRETS_MAX];
    size_t n;
    char *owned[SECRETS_MAX / 2];
    size_t n_owned;
};

/* Collects the secrets in the parameters of a call: the token, the enrolment secret and the proxy's password, the last
 * two also in base64 with their user, as HTTP sends them. Returns 0 or -ENOMEM. */
int secrets_read(json_object *parameters, struct secrets *ret);

/* Erases and frees what is owned. Safe on a zeroed struct. */
void secrets_done(struct secrets *secrets);

/* True if the text holds a secret. secrets may be NULL: none. */
bool secrets_in(const struct secrets *secrets, const char *text);

/* Copies the text with "[secret]" in place of each secret, cut at size; a cut leaves no part of a secret. secrets may be
 * NULL: a plain copy. Returns out. */
char *secrets_redact(const struct secrets *secrets, const char *text, char *out, size_t size);
