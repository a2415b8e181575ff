#include "daemon/registration/first-boot.h"

#include "common/log.h"
#include "daemon/config/credential.h"
#include "daemon/registration/failure.h"
#include "daemon/registration/requests.h"
#include "daemon/registration/steps.h"

#include <unistd.h>

enum {
    TOKEN_FILE_MAX = 1024, /* a token, and a line end of any kind */
};

/* Logs a refusal and shows it as the failure of the first step. */
static void report_refusal(struct registration *r, const struct refusal *refusal)
{
    json_object *failure = failure_new(
        r, OPERATION_REGISTER, step_first(OPERATION_REGISTER)->name, refusal->reason, refusal->message, true);

    log_error("The appliance can't register itself: %s", refusal->message);
    if (failure)
        registration_set_failure(r, failure);
}

/* Returns true if this appliance was never registered. A state that was lost could not tell:
 * it counts as registered. */
static bool is_first_boot(const struct core *core)
{
    const struct saved *saved = &core->store.saved;

    return saved->state == STATE_UNREGISTERED && !core->store.fault && !saved->ever_registered;
}

void first_boot_register(struct registration *r)
{
    const struct config *config = r->core->config;
    _cleanup_erase_ char *token = NULL;
    const struct requester requester = { geteuid(), "first boot" };
    struct refusal refusal = { 0 };

    if (!config->auto_register || !registration_may_use_cloud(r))
        return;
    int result = credential_read(config->token_file, TOKEN_FILE_MAX, &token);
    if (!is_first_boot(r->core)) {
        if (result == 0)
            log_info("The token of registration.token_file, %s, is no longer needed and can be removed.",
                config->token_file);
        return;
    }
    if (result < 0) {
        refusal_set(&refusal, REASON_TOKEN_MALFORMED,
            "The token of registration.token_file, %s, can't be read: %s.", config->token_file,
            strerror(-result));
        report_refusal(r, &refusal);
        return;
    }

    for (size_t n = strlen(token); n > 0 && strchr(" \t\r\n", token[n - 1]); n--)
        token[n - 1] = 0;
    if (registration_register(r, &requester, token, &refusal))
        log_notice("The appliance registers itself with the token of registration.token_file, %s.",
            config->token_file);
    else
        report_refusal(r, &refusal);
}
