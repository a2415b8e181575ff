#include "ctl/verbs/metrics.h"

#include "common/json.h"
#include "ctl/session/options.h"
#include "ctl/session/report.h"
#include "ctl/text/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

/* The metrics for a collector while the daemon can't be asked. */
static const char absence[] = "# HELP threatresponse_up 1: the daemon answered.\n"
                              "# TYPE threatresponse_up gauge\n"
                              "threatresponse_up 0\n";

/* Writes a new file at the template path, readable for all: a collector is another user. Returns 0 or a negative
 * errno. */
static int write_new(char *path, const char *text)
{
    int fd = mkostemp(path, O_CLOEXEC);
    FILE *stream = fd < 0 ? NULL : fdopen(fd, "w");

    if (!stream) {
        int r = -errno;
        safe_close(fd);
        return r;
    }
    output_lines(stream, text);
    bool failed = ferror(stream) || fchmod(fd, 0644) < 0;
    return fclose(stream) != 0 || failed ? -(errno ? errno : EIO) : 0;
}

/* Replaces a file by a rename: a collector never sees half of it. Returns 0, or the exit code after a report. */
static int replace_file(struct session *session, const char *path, const char *text)
{
    _cleanup_free_ char *new = NULL;

    if (asprintf(&new, "%s.XXXXXX", path) < 0)
        return report_no_memory(session);
    int r = write_new(new, text);
    if (r >= 0 && rename(new, path) < 0)
        r = -errno;
    if (r >= 0)
        return 0;
    unlink(new);
    return report_failure(
        session, TR_CLASS_FAILED, "failed", NULL, NULL, "Can't write %s: %s.", path, strerror(-r));
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
        (void)replace_file(session, output, text);
        return r;
    }
    if (r != 0)
        return r;

    const char *text = json_get_string(reply, "metrics");
    if (!text)
        return report_bad_reply(session, "metrics");
    if (output)
        return replace_file(session, output, text);
    if (session->json)
        output_json_object(stdout, reply);
    else
        output_lines(stdout, text);
    return 0;
}
