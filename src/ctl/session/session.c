#include "ctl/session/session.h"

#include "common/json.h"
#include "ctl/session/report.h"
#include "ctl/text/output.h"

#include <errno.h>
#include <stdio.h>
#include <strings.h>

int session_open(struct session *session)
{
    if (session->client)
        return 0;
    if (tr_client_new(session->socket_path, &session->client) < 0)
        return report_no_memory(session);
    tr_client_set_timeout(session->client, SESSION_ANSWER_MS);
    return 0;
}

int session_call(
    struct session *session, const char *method, json_object *parameters, json_object **ret_reply)
{
    _cleanup_json_erase_ json_object *owned = parameters;
    _cleanup_free_ char *reply = NULL;
    const char *text = NULL;
    struct tr_error error;
    size_t size = 0;

    int r = session_open(session);
    if (r != 0)
        return r;
    if (owned && !(text = json_text(owned, &size)))
        return report_no_memory(session);

    r = tr_call(session->client, method, text, &reply, &error);
    if (text)
        json_erase_text(text, size);
    if (r < 0)
        return report_error(session, &error);
    if (json_parse(reply, strlen(reply), ret_reply) < 0)
        return report_no_memory(session);
    return 0;
}

int session_call_for_text(
    struct session *session, const char *method, json_object *parameters, json_object **ret_reply)
{
    _cleanup_json_ json_object *reply = NULL;

    int r = session_call(session, method, parameters, &reply);
    if (r != 0)
        return r;
    if (session->json)
        output_json_object(stdout, reply);
    else
        *ret_reply = TAKE_PTR(reply);
    return 0;
}

int session_get_status(struct session *session, struct tr_status **ret_status)
{
    struct tr_error error;

    int r = session_open(session);
    if (r != 0)
        return r;
    return tr_get_status(session->client, ret_status, &error) < 0 ? report_error(session, &error) : 0;
}

bool session_is_interrupted(const struct session *session)
{
    return session->interrupted && *session->interrupted;
}

int session_next_reply(struct session *session, char **ret_text, struct tr_error *error)
{
    int more;

    do
        more = tr_stream_next(session->client, -1, ret_text, error);
    while (more == -EINTR && !session_is_interrupted(session));
    if (more == -EINTR)
        tr_client_disconnect(session->client);
    return more;
}

bool session_confirm(const char *question)
{
    char answer[32] = "";

    fputs(question, stderr);
    if (!fgets(answer, sizeof(answer), stdin)) {
        fputc('\n', stderr);
        return false;
    }
    answer[strcspn(answer, " \r\n")] = 0;
    return strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0;
}
