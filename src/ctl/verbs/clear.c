#include "ctl/verbs/clear.h"

#include "common/json.h"
#include "ctl/session/options.h"
#include "ctl/session/report.h"
#include "ctl/text/output.h"

int verb_clear(struct session *session, int argc, char **argv)
{
    _cleanup_json_ json_object *reply = NULL;
    const char *words[OPTIONS_WORDS_MAX];

    if (!options_parse(session, NULL, argc, argv, words))
        return session->exit_code;
    int r = session_call(session, "ClearStaged", NULL, &reply);
    if (r != 0)
        return r;
    if (!json_get_bool(reply, "dropped", false))
        return report_failure(
            session, TR_CLASS_ALREADY, "nothing_staged", NULL, NULL, "There are no staged changes to drop.");
    if (session->json)
        output_json_object(stdout, reply);
    else
        output_line(stdout, "Your staged changes were dropped.");
    return 0;
}
