#include "ctl/verbs/server.h"

#include "common/json.h"
#include "ctl/session/options.h"
#include "ctl/text/output.h"

/* Finds the server of a list by its label; NULL if there is none. */
static json_object *find_server(json_object *servers, const char *label)
{
    for (size_t i = 0; servers && label && i < json_object_array_length(servers); i++) {
        json_object *server = json_object_array_get_idx(servers, i);
        if (streq0(json_get_string(server, "label"), label))
            return server;
    }
    return NULL;
}

int verb_server(struct session *session, int argc, char **argv)
{
    _cleanup_json_ json_object *reply = NULL, *list = NULL;
    const char *words[OPTIONS_WORDS_MAX];

    if (!options_parse(session, NULL, argc, argv, words))
        return session->exit_code;

    json_object *parameters = json_object_new_object();
    json_add_string(parameters, "server", words[0]);
    int r = session_call_for_text(session, "Stage", parameters, &reply);
    if (r != 0 || !reply)
        return r;

    /* The daemon accepts the server that is committed, and then has nothing staged. */
    const char *label = json_get_string(json_get_object(reply, "staged"), "server");
    if (!label) {
        struct tr_status *status;

        r = session_get_status(session, &status);
        if (r != 0)
            return r;
        output_line(stdout, "Selected threat response server is %s.", status->server->fqdn);
        output_line(stdout, "It is the current one: there is nothing to commit.");
        tr_status_free(status);
        return 0;
    }

    r = session_call(session, "ListServers", NULL, &list);
    if (r != 0)
        return r;
    const char *fqdn = json_get_string(find_server(json_get_array(list, "servers"), label), "fqdn");
    output_line(stdout, "Selected threat response server is %s.", fqdn ? fqdn : label);
    output_line(stdout, "Make sure you run \"%scommit\" to make these changes active.",
        session->console ? "" : "trctl ");
    return 0;
}
