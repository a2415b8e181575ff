#include "ctl/verbs/diff.h"

#include "common/json.h"
#include "ctl/session/options.h"
#include "ctl/text/output.h"

static void print_change(const char *name, const char *committed, const char *staged)
{
    if (streq(committed, staged))
        output_line(stdout, "%s: %s, which is committed already", name, staged);
    else
        output_line(stdout, "%s: %s -> %s", name, committed, staged);
}

static void print_diff(const struct session *session, const struct tr_status *status, json_object *staged)
{
    json_object *enabled = NULL;
    const char *server = json_get_string(staged, "server");

    if (json_object_object_get_ex(staged, "enabled", &enabled) && enabled)
        print_change("feature", status->enabled ? "enabled" : "disabled",
            json_object_get_boolean(enabled) ? "enabled" : "disabled");
    if (server)
        print_change("server", status->server->label, server);
    output_line(stdout, "\"%s\" makes these changes active, \"%s\" drops them.",
        session->console ? "commit" : "trctl commit", session->console ? "clearchanges" : "trctl clear");
}

int verb_diff(struct session *session, int argc, char **argv)
{
    _cleanup_json_ json_object *reply = NULL;
    const char *words[OPTIONS_WORDS_MAX];
    struct tr_status *status;

    if (!options_parse(session, NULL, argc, argv, words))
        return session->exit_code;
    int r = session_call_for_text(session, "GetSettings", NULL, &reply);
    if (r != 0 || !reply)
        return r;

    json_object *staged = json_get_object(reply, "staged");
    if (!staged) {
        output_line(stdout, "There are no staged changes.");
        return 0;
    }
    r = session_get_status(session, &status);
    if (r != 0)
        return r;
    print_diff(session, status, staged);
    tr_status_free(status);
    return 0;
}
