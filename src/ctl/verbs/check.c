#include "common/json.h"
#include "ctl/session/options.h"
#include "ctl/text/output.h"

#include <errno.h>

/* What has been shown of a check. */
struct view {
    char host[300];
    int faults;
};

static const char *text_of(json_object *object, const char *key)
{
    const char *text = json_get_string(object, key);

    return text ? text : "?";
}

static void show_step(struct view *view, json_object *result)
{
    const char *host = text_of(result, "host"), *step = text_of(result, "step");
    const char *remedy = json_get_string(result, "remedy");

    if (!streq(view->host, host)) {
        snprintf(view->host, sizeof(view->host), "%s", host);
        ctl_line(stdout, "%s (%s)", host,
            streq(text_of(result, "service"), "est") ? "EST server" : "regional server");
    }
    if (json_get_bool(result, "ok", false)) {
        ctl_line(stdout, "  %-8s ok      %s", step, text_of(result, "message"));
        return;
    }
    ctl_line(stdout, "  %-8s FAILED  %s: %s", step, text_of(result, "reason"), text_of(result, "message"));
    if (remedy)
        ctl_line(stdout, "  %-8s         %s", "", remedy);
}

/* Shows one reply. */
static int take(struct ctl *ctl, struct view *view, const char *text)
{
    _cleanup_json_ json_object *reply = NULL;
    json_object *result;
    const char *proxy;

    if (json_parse(text, strlen(text), &reply) < 0)
        return ctl_fail_with(ctl, TR_CLASS_FAILED, "failed", NULL, NULL, "Out of memory.");
    result = json_get_object(reply, "result");
    proxy = json_get_string(reply, "proxy");
    if (result && !json_get_bool(result, "ok", false))
        view->faults++;
    if (ctl->json)
        ctl_json(stdout, text);
    else if (result)
        show_step(view, result);
    else if (proxy)
        ctl_line(stdout, "The proxy is %s.", proxy);
    fflush(stdout);
    return 0;
}

static int report_end(const struct ctl *ctl, const struct view *view)
{
    if (ctl->json)
        return view->faults > 0 ? TR_CLASS_FAILED : 0;
    if (view->faults == 0)
        ctl_line(stdout, "All is well.");
    else
        ctl_line(stdout, view->faults == 1 ? "%d step failed." : "%d steps failed.", view->faults);
    return view->faults > 0 ? TR_CLASS_FAILED : 0;
}

static int run(struct ctl *ctl, const char *parameters)
{
    struct view view = { .faults = 0 };
    struct tr_error error;

    tr_client_set_reconnect(ctl->client, false);
    int more = tr_stream_start(ctl->client, "Check", parameters, &error);
    while (more >= 0) {
        _cleanup_free_ char *text = NULL;

        more = tr_stream_next(ctl->client, -1, &text, &error);
        if (more == -EINTR && (!ctl->console || !*ctl->console->interrupted)) {
            more = 1;
            continue;
        }
        /* The end of the connection is the end of the check. */
        if (more == -EINTR) {
            tr_client_disconnect(ctl->client);
            return TR_CLASS_FAILED;
        }
        if (more < 0)
            break;
        int r = take(ctl, &view, text);
        if (r != 0)
            return r;
        if (more == 0)
            return report_end(ctl, &view);
    }
    return ctl_fail(ctl, &error);
}

int verb_check(struct ctl *ctl, int argc, char **argv)
{
    _cleanup_json_ json_object *parameters = json_object_new_object();
    const char *words[CTL_WORDS_MAX];

    if (!ctl_parse(ctl, NULL, argc, argv, words))
        return ctl->exit_code;
    int r = ctl_open(ctl);
    if (r != 0)
        return r;
    json_add_string(parameters, "server", words[0]);
    return run(ctl, json_text(parameters, NULL));
}
