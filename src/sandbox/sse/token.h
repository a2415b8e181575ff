/*
 * Registration tokens: the portal mints them for one region and one hour, and one device uses each. A used token keeps
 * the answer that it was exchanged for, so that a device whose answer got lost can ask again.
 */
#pragma once

#include "sandbox/base/store.h"

#include <json-c/json.h>
#include <stdint.h>

enum token_verdict {
    TOKEN_FRESH,  /* may be exchanged */
    TOKEN_REPEAT, /* was exchanged by this device, which gets the same answer again */
    TOKEN_INVALID,
    TOKEN_EXPIRED,
    TOKEN_USED,
    TOKEN_WRONG_REGION,
};

/* Makes a token of that region and saves it. token has room for TOKEN_LENGTH + 1. 0 or negative errno. */
int token_mint(const struct store *store, const char *region, int64_t expires, char *token);

/* Reads a token; the caller puts it. 0; -ENOENT if it was never minted; or negative errno. */
int token_load(const struct store *store, const char *token, json_object **ret);

/* Returns whether that device may exchange the token (NULL: unknown) in that region at that moment. */
enum token_verdict token_judge(json_object *token, const char *region, const char *guid, int64_t now);

/* Returns the region of the token, borrowed. */
const char *token_region(json_object *token);

/* Returns the answer of a used token, borrowed; NULL if it is not used. */
json_object *token_answer(json_object *token);

/* Marks the token as used by the device with that answer (borrowed) and saves it. 0 or negative errno. */
int token_use(const struct store *store, json_object *token, const char *guid, json_object *answer);
