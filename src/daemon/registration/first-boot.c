#include "daemon/registration/first-boot.h"

#include "common/log.h"
#include "daemon/config/credential.h"
#include "daemon/manager.h"
#include "daemon/registration/failure.h"
#include "daemon/registration/sequence.h"
#include "daemon/registration/steps.h"

enum {
    TOKEN_FILE_MAX = 1024, /* a token, and a line end of any kind */
};

/* Tells what has hindered it, as of a step that was not begun. */
static void fail(struct registration *r, const struct refusal *refusal)
{
    json_object *failure = last_failure_new(
        OPERATION_REGISTER, step_first(OPERATION_REGISTER)->name, refusal->reason, refusal->message, true);

    log_error("The appliance can't register itself: %s", refusal->message);
    if (failure)
        registration_note_failure(r, NULL, failure);
}

/* Whether this appliance is one that was never registered, as far as its state can tell: one that was lost tells
 * nothing. */
static bool is_due(const struct registration *r)
{
    const struct store *store = &r->manager->store;

    return registration_state(r) == STATE_UNREGISTERED && !store->fault &&
           !json_get_bool(store->document, "everRegistered", false);
}

void first_boot_register(struct registration *r)
{
    const struct config *config = r->manager->config;
    _cleanup_erase_ char *token = NULL;
    struct refusal refusal = { 0 };

    if (!config->auto_register || !registration_may_use_cloud(r))
        return;
    int result = credential_read(config->token_file, TOKEN_FILE_MAX, &token);
    if (!is_due(r)) {
        if (result == 0)
            log_info("The token of registration.token_file, %s, is of no use any more and can be removed.",
                config->token_file);
        return;
    }
    if (result < 0) {
        refusal_set(&refusal, REASON_TOKEN_MALFORMED,
            "The token of registration.token_file, %s, can't be read: %s.", config->token_file,
            strerror(-result));
        fail(r, &refusal);
        return;
    }

    for (size_t n = strlen(token); n > 0 && strchr(" \t\r\n", token[n - 1]); n--)
        token[n - 1] = 0;
    if (registration_register(r, token, &refusal))
        log_notice("The appliance registers itself with the token of registration.token_file, %s.",
            config->token_file);
    else
        fail(r, &refusal);
}
