/*
 * The secrets of one call, so that none gets back out by what others say: a server or a proxy that tells what
 * it was sent, in whatever escaping, would else put them into messages and logs. Texts are borrowed from the
 * call; what is made of them is owned.
 */
#pragma once

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    SECRETS_MAX = 8,
    /* What is shorter guards nothing, and would tear every other message to pieces. */
    SECRET_MIN = 4,
};

struct secrets {
    const char *texts[SECRETS_MAX];
    size_t n;
    char *owned[2];
    size_t n_owned;
};

/* Collects what the parameters of a call hold: its token, the enrolment secret, the proxy's password, and the
 * last two as HTTP sends them, with the user in base64. 0 or -ENOMEM. */
int secrets_read(json_object *parameters, struct secrets *ret);

/* Erases what is owned. Safe on a zeroed struct. */
void secrets_done(struct secrets *secrets);

/* Whether a text holds a secret. Without secrets (NULL), none does. */
bool secrets_in(const struct secrets *secrets, const char *text);

/* Copies a text with "[secret]" in place of each secret, and cuts the copy at size; nothing of a secret is
 * left even at the cut. Without secrets (NULL), copies. Returns out. */
char *secrets_redact(const struct secrets *secrets, const char *text, char *out, size_t size);
