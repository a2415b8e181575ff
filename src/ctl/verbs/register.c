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
    const char *words[OPTIONS_WORDS_MAX], *file = NULL, *wait = NULL;
    int seconds = 0, r = 0;
    const struct option_entry options[] = {
        { "--token-file", OPTION_VALUE, &file },
        { "--wait", OPTION_OPTIONAL_VALUE, &wait },
        { "--token", OPTION_REFUSED, NULL },
        { 0 },
    };

    if (!options_parse(session, options, argc, argv, words))
        return session->exit_code;
    if (wait && options_parse_seconds(wait, WAIT_SECONDS_DEFAULT, &seconds) < 0)
        return report_usage(session, "--wait takes a number of seconds, not \"%s\".", wait);

    if ((!file || streq(file, "-")) && isatty(STDIN_FILENO))
        r = registration_check(session);
    if (r == 0)
        r = token_read(session, file, &token);
    if (r == 0)
        r = registration_start(session, token, &reply);
    if (r != 0)
        return r;
    token = erase_free(token);

    if (session->json && !wait)
        output_json_object(stdout, reply);
    return wait ? wait_for_end(session, TR_OPERATION_REGISTER, NULL, seconds) : 0;
}
