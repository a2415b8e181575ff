#include "ctl/verbs/history.h"

#include "common/json.h"
#include "ctl/session/options.h"
#include "ctl/text/output.h"
#include "ctl/text/settings-text.h"
#include "ctl/text/time-text.h"

#include <inttypes.h>
#include <time.h>

static void print_commit(json_object *commit, int64_t now)
{
    const char *comment = json_get_string(commit, "comment");
    json_object *enabled = NULL;

    bool has_enabled = json_object_object_get_ex(commit, "enabled", &enabled) && enabled;
    output_line(stdout, "%" PRId64 "  %s  %s (uid %" PRId64 ")  %s", json_get_int(commit, "revision", 0),
        time_text_relative(json_get_int(commit, "time", 0), now).text, output_get_text(commit, "userName"),
        json_get_int(commit, "uid", -1),
        settings_text(has_enabled, json_object_get_boolean(enabled), json_get_string(commit, "server")).text);
    if (comment && *comment)
        output_line(stdout, "   %s", comment);
}

int verb_history(struct session *session, int argc, char **argv)
{
    _cleanup_json_ json_object *reply = NULL;
    const char *words[OPTIONS_WORDS_MAX];

    if (!options_parse(session, NULL, argc, argv, words))
        return session->exit_code;
    int r = session_call_for_text(session, "ListCommits", NULL, &reply);
    if (r != 0 || !reply)
        return r;

    json_object *commits = json_get_array(reply, "commits");
    int64_t now = time(NULL);
    for (size_t i = 0; commits && i < json_object_array_length(commits); i++)
        print_commit(json_object_array_get_idx(commits, i), now);
    if (!commits || json_object_array_length(commits) == 0)
        output_line(stdout, "Nothing has been committed yet.");
    return 0;
}
