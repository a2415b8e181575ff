#include "ctl/verbs/servers.h"

#include "common/json.h"
#include "ctl/session/candidate.h"
#include "ctl/session/options.h"
#include "ctl/text/output.h"

/* Prints a server; with a status also whether it is the current or the staged one. */
static void print_server(json_object *server, const struct tr_status *status)
{
    const struct tr_candidate *staged = status ? candidate_of_caller(status) : NULL;
    const char *label = output_get_text(server, "label");
    bool supported = json_get_bool(server, "supported", false);

    output_line(stdout, "%lld. %s (%s)%s%s", (long long)json_get_int(server, "number", 0), label,
        supported ? output_get_text(server, "fqdn") : "not supported",
        status && streq(label, status->server->label) ? " - current" : "",
        staged && streq0(label, staged->server) ? " - staged" : "");
}

int verb_servers(struct session *session, int argc, char **argv)
{
    _cleanup_json_ json_object *reply = NULL;
    const char *words[OPTIONS_WORDS_MAX];
    struct tr_status *status = NULL;

    if (!options_parse(session, NULL, argc, argv, words))
        return session->exit_code;
    int r = session_call_for_text(session, "ListServers", NULL, &reply);
    if (r != 0 || !reply)
        return r;
    if (!session->console)
        r = session_get_status(session, &status);
    if (r != 0)
        return r;

    json_object *servers = json_get_array(reply, "servers");
    output_line(stdout, "Available list of Threat Response Servers:");
    for (size_t i = 0; servers && i < json_object_array_length(servers); i++)
        print_server(json_object_array_get_idx(servers, i), status);
    tr_status_free(status);
    return 0;
}
