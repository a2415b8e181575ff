#include "ctl/verbs/reload.h"

#include "common/json.h"
#include "ctl/session/options.h"
#include "ctl/session/session.h"
#include "ctl/text/output.h"

int verb_reload(struct session *session, int argc, char **argv)
{
    _cleanup_json_ json_object *reply = NULL;
    const char *words[OPTIONS_WORDS_MAX];

    if (!options_parse(session, NULL, argc, argv, words))
        return session->exit_code;
    int r = session_call(session, "Reload", NULL, &reply);
    if (r != 0)
        return r;
    if (session->json)
        output_json_object(stdout, reply);
    else
        output_line(stdout, "The configuration was reloaded.");
    return 0;
}
