#include "ctl/verbs/register.h"

#include "ctl/session/options.h"
#include "ctl/session/registration.h"
#include "ctl/session/report.h"
#include "ctl/session/token.h"
#include "ctl/session/wait.h"
#include "ctl/text/output.h"

#include <unistd.h>

int verb_register(struct session *session, int argc, char **argv)
{
    _cleanup_json_ json_object *reply = NULL;
    _cleanup_erase_ char *token = NULL;
    const char *words[OPTIONS_WORDS_MAX], *file = NULL;
    int wait_seconds = -1, r = 0;
    const struct option_entry options[] = {
        { "--token-file", OPTION_VALUE, &file },
        { "--wait", OPTION_WAIT, &wait_seconds },
        { "--token", OPTION_REFUSED, NULL },
        { 0 },
    };

    if (!options_parse(session, options, argc, argv, words))
        return session->exit_code;

    if ((!file || streq(file, "-")) && isatty(STDIN_FILENO))
        r = registration_check(session);
    if (r == 0)
        r = token_read(session, file, &token);
    if (r == 0)
        r = registration_start(session, token, &reply);
    if (r != 0)
        return r;
    token = erase_free(token);

    if (session->json && wait_seconds < 0)
        output_json_object(stdout, reply);
    return wait_seconds >= 0 ? wait_for_end(session, TR_OPERATION_REGISTER, NULL, wait_seconds) : 0;
}
