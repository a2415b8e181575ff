#include "ctl/verbs/retry.h"

#include "common/json.h"
#include "ctl/session/options.h"
#include "ctl/text/output.h"

int verb_retry(struct session *session, int argc, char **argv)
{
    _cleanup_json_ json_object *reply = NULL;
    const char *words[OPTIONS_WORDS_MAX];

    if (!options_parse(session, NULL, argc, argv, words))
        return session->exit_code;
    int r = session_call_for_text(session, "Retry", NULL, &reply);
    if (r == 0 && reply)
        output_line(stdout, "The operation %s is tried now.", output_get_text(reply, "operation"));
    return r;
}
