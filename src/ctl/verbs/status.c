#include "ctl/verbs/status.h"

#include "ctl/session/options.h"
#include "ctl/session/report.h"
#include "ctl/text/monitor-text.h"
#include "ctl/text/output.h"
#include "ctl/text/status-text.h"

#include <time.h>

static int watch_status(struct session *session)
{
    struct tr_error error;

    tr_client_set_reconnect(session->client, true);
    int more = tr_stream_start(session->client, "GetStatus", NULL, &error);
    for (bool first = true; more >= 0; first = false) {
        _cleanup_free_ char *text = NULL;
        struct tr_status *status;

        more = tr_stream_next(session->client, -1, &text, &error);
        if (more < 0)
            break;
        if (more == TR_STREAM_LOST)
            report_lost();
        else if (session->json)
            output_json(stdout, text);
        else if (tr_status_parse(text, &status) >= 0) {
            if (!first)
                fputc('\n', stdout);
            status_text_print(stdout, status, time(NULL));
            tr_status_free(status);
        } else
            return report_bad_reply(session, "state");
        /* End if nobody reads any more. */
        if (fflush(stdout) != 0 || more == 0)
            return 0;
    }
    return report_error(session, &error);
}

static int print_text(struct session *session)
{
    struct tr_status *status;

    int r = session_get_status(session, &status);
    if (r != 0)
        return r;
    status_text_print(stdout, status, time(NULL));
    tr_status_free(status);
    return 0;
}

static int print_json(struct session *session)
{
    _cleanup_free_ char *text = NULL;
    struct tr_error error;

    if (tr_call(session->client, "GetStatus", NULL, &text, &error) < 0)
        return report_error(session, &error);
    output_json(stdout, text);
    return 0;
}

/* Prints the line for monitors. Returns its level, which is the exit code. */
static int print_check(struct session *session)
{
    struct tr_status *status;
    struct monitor_text line;
    struct tr_error error;

    if (tr_get_status(session->client, &status, &error) < 0)
        line = monitor_text_unknown(error.message);
    else {
        line = monitor_text_judge(status, time(NULL));
        tr_status_free(status);
    }
    output_line(stdout, "%s", line.text);
    return (int)line.level;
}

int verb_status(struct session *session, int argc, char **argv)
{
    const char *words[OPTIONS_WORDS_MAX];
    bool with_watch = false, with_check = false;
    const struct option_entry options[] = {
        { "--watch", OPTION_FLAG, &with_watch },
        { "--check", OPTION_FLAG, &with_check },
        { 0 },
    };

    if (!options_parse(session, options, argc, argv, words))
        return session->exit_code;
    if (with_check && (with_watch || session->json))
        return report_usage(session, "--check prints one line: it can't be combined with %s.",
            with_watch ? "--watch" : "--json");
    int r = session_open(session);
    if (r != 0)
        return r;
    if (with_check)
        return print_check(session);

    if (with_watch)
        return watch_status(session);
    return session->json ? print_json(session) : print_text(session);
}
