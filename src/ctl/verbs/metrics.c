#include "ctl/verbs/metrics.h"

#include "common/json.h"
#include "ctl/session/options.h"
#include "ctl/session/report.h"
#include "ctl/text/output-file.h"
#include "ctl/text/output.h"

#include <stdio.h>

/* The metrics for a collector while the daemon can't be asked. */
static const char absence[] = "# HELP threatresponse_up 1: the daemon answered.\n"
                              "# TYPE threatresponse_up gauge\n"
                              "threatresponse_up 0\n";

/* Writes to the file that the user names. Returns 0, or the exit code after a report. */
static int write_file(struct session *session, const char *path, const char *text)
{
    const char *why;

    if (output_file_write(path, text, &why) >= 0)
        return 0;
    return report_failure(session, TR_CLASS_FAILED, "failed", NULL, NULL, "Can't write %s: %s.", path, why);
}

int verb_metrics(struct session *session, int argc, char **argv)
{
    _cleanup_json_ json_object *reply = NULL;
    const char *words[OPTIONS_WORDS_MAX], *output = NULL;
    bool openmetrics = false;
    const struct option_entry options[] = {
        { "--openmetrics", OPTION_FLAG, &openmetrics },
        { "--output", OPTION_VALUE, &output },
        { 0 },
    };

    if (!options_parse(session, options, argc, argv, words))
        return session->exit_code;
    if (output && session->json)
        return report_usage(session, "--output writes no JSON.");

    json_object *parameters = json_object_new_object();
    if (!parameters ||
        json_add_string(parameters, "format", openmetrics ? "openmetrics" : "prometheus") < 0) {
        json_object_put(parameters);
        return report_no_memory(session);
    }
    int r = session_call(session, "GetMetrics", parameters, &reply);
    if (r == TR_CLASS_UNREACHABLE && output) {
        char text[sizeof(absence) + sizeof("# EOF\n")];

        snprintf(text, sizeof(text), "%s%s", absence, openmetrics ? "# EOF\n" : "");
        (void)write_file(session, output, text);
        return r;
    }
    if (r != 0)
        return r;

    const char *text = json_get_string(reply, "metrics");
    if (!text)
        return report_bad_reply(session, "metrics");
    if (output)
        return write_file(session, output, text);
    if (session->json)
        output_json_object(stdout, reply);
    else
        output_lines(stdout, text);
    return 0;
}
