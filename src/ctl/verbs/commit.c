#include "ctl/verbs/commit.h"

#include "common/json.h"
#include "ctl/session/comment.h"
#include "ctl/session/options.h"
#include "ctl/text/output.h"
#include "ctl/text/time-text.h"

int verb_commit(struct session *session, int argc, char **argv)
{
    _cleanup_json_ json_object *reply = NULL;
    const char *words[OPTIONS_WORDS_MAX], *comment = NULL;
    const struct option_entry options[] = { { "-m", OPTION_TEXT, &comment }, { 0 } };

    if (!options_parse(session, options, argc, argv, words))
        return session->exit_code;
    int r = comment ? comment_check(session, comment) : 0;
    if (r != 0)
        return r;

    json_object *parameters = json_object_new_object();
    json_add_string(parameters, "comment", comment);
    r = session_call_for_text(session, "Commit", parameters, &reply);
    if (r != 0 || !reply)
        return r;
    output_line(stdout, "Changes committed: %s",
        time_text_gmt(json_get_int(json_get_object(reply, "commit"), "time", 0)).text);
    return 0;
}
