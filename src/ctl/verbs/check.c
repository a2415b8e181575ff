#include "ctl/verbs/check.h"

#include "common/count-text.h"
#include "common/json.h"
#include "ctl/session/options.h"
#include "ctl/session/report.h"
#include "ctl/text/output.h"

#include <errno.h>

/* The part of a check that has been shown. */
struct view {
    char host[300];
    int faults;
};

static void show_step(struct view *view, json_object *result)
{
    const char *host = output_get_text(result, "host"), *step = output_get_text(result, "step");
    const char *remedy = json_get_string(result, "remedy");

    if (!streq(view->host, host)) {
        snprintf(view->host, sizeof(view->host), "%s", host);
        output_line(stdout, "%s (%s)", host,
            streq(output_get_text(result, "service"), "est") ? "EST server" : "regional server");
    }
    if (json_get_bool(result, "ok", false)) {
        output_line(stdout, "  %-8s ok      %s", step, output_get_text(result, "message"));
        return;
    }
    output_line(stdout, "  %-8s FAILED  %s: %s", step, output_get_text(result, "reason"),
        output_get_text(result, "message"));
    if (remedy)
        output_line(stdout, "  %-8s         %s", "", remedy);
}

/* Prints a reply and counts a failed step. Returns 0, or the exit code after a report. */
static int take_reply(struct session *session, struct view *view, const char *text)
{
    _cleanup_json_ json_object *reply = NULL;
    json_object *result;
    const char *proxy;

    if (json_parse(text, strlen(text), &reply) < 0)
        return report_no_memory(session);
    result = json_get_object(reply, "result");
    proxy = json_get_string(reply, "proxy");
    if (result && !json_get_bool(result, "ok", false))
        view->faults++;
    if (session->json)
        output_json(stdout, text);
    else if (result)
        show_step(view, result);
    else if (proxy)
        output_line(stdout, "The proxy is %s.", proxy);
    fflush(stdout);
    return 0;
}

static int report_end(const struct session *session, const struct view *view)
{
    if (session->json)
        return view->faults > 0 ? TR_CLASS_FAILED : 0;
    if (view->faults == 0)
        output_line(stdout, "All is well.");
    else
        output_line(stdout, "%s failed.", count_text(view->faults, "step").text);
    return view->faults > 0 ? TR_CLASS_FAILED : 0;
}

static int run_check(struct session *session, const char *parameters)
{
    struct view view = { .faults = 0 };
    struct tr_error error;

    tr_client_set_reconnect(session->client, false);
    int more = tr_stream_start(session->client, "Check", parameters, &error);
    while (more >= 0) {
        _cleanup_free_ char *text = NULL;

        more = session_next_reply(session, &text, &error);
        if (more == -EINTR)
            return TR_CLASS_FAILED;
        if (more < 0)
            break;
        int r = take_reply(session, &view, text);
        if (r != 0)
            return r;
        if (more == 0)
            return report_end(session, &view);
    }
    return report_error(session, &error);
}

int verb_check(struct session *session, int argc, char **argv)
{
    _cleanup_json_ json_object *parameters = json_object_new_object();
    const char *words[OPTIONS_WORDS_MAX];

    if (!options_parse(session, NULL, argc, argv, words))
        return session->exit_code;
    int r = session_open(session);
    if (r != 0)
        return r;
    json_add_string(parameters, "server", words[0]);
    return run_check(session, json_text(parameters, NULL));
}
