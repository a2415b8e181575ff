/* What trctl makes of answers of a daemon: one state a line. Whatever they say, each line that is printed is printable, and
 * JSON is JSON: nothing foreign reaches a terminal. */
#include <threatresponse.h>

#include "ctl/session/outcome.h"
#include "ctl/session/progress.h"
#include "ctl/text/monitor-text.h"
#include "ctl/text/output.h"
#include "ctl/text/state-diff.h"
#include "ctl/text/status-text.h"
#include "fuzz/fuzz.h"

enum {
    NOW = 1796100000,
};

static void check_line(const char *line, bool json)
{
    json_object *parsed = NULL;

    REQUIRE(utf8_is_printable(line));
    if (json && *line)
        REQUIRE(json_parse((char *)line, strlen(line), &parsed) == 0);
    json_object_put(parsed);
}

/* Checks each line of what was printed, and frees it. */
static void check_output(FILE *stream, char **text, bool json)
{
    REQUIRE(fclose(stream) == 0);
    for (char *line = *text, *end; line; line = end) {
        end = strchr(line, '\n');
        if (end)
            *end++ = 0;
        check_line(line, json);
    }
    free(*text);
    *text = NULL;
}

static FILE *open_output(char **text)
{
    static size_t size;
    FILE *stream = open_memstream(text, &size);

    REQUIRE(stream);
    return stream;
}

static void show(const struct tr_status *old, const struct tr_status *status, struct progress *progress)
{
    static const enum tr_operation operations[] = { TR_OPERATION_REGISTER, TR_OPERATION_DEREGISTER,
        TR_OPERATION_RENEW };
    char *text = NULL;
    FILE *stream = open_output(&text);

    status_text_print(stream, status, NOW);
    state_diff_print(stream, false, old, status, NOW);
    check_output(stream, &text, false);
    stream = open_output(&text);
    state_diff_print(stream, true, old, status, NOW);
    check_output(stream, &text, true);

    stream = progress->stream = open_output(&text);
    progress_show(progress, status, NOW);
    progress_end_line(progress);
    check_output(stream, &text, false);

    const struct monitor_text line = monitor_text_judge(status, NOW);
    REQUIRE(line.level >= MONITOR_OK && line.level <= MONITOR_UNKNOWN);
    stream = open_output(&text);
    output_line(stream, "%s", line.text);
    check_output(stream, &text, false);
    for (size_t i = 0; i < sizeof(operations) / sizeof(*operations); i++)
        REQUIRE(outcome_get(operations[i], "00", status) <= OUTCOME_STOPPED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = copy_text(data, size), *text = NULL;
    struct tr_status *old = NULL, *status = NULL;
    struct progress progress = { .operation = TR_OPERATION_REGISTER };
    FILE *stream;

    for (char *line = copy, *end; line; line = end) {
        end = strchr(line, '\n');
        if (end)
            *end++ = 0;
        if (tr_status_parse(line, &status) >= 0) {
            show(old, status, &progress);
            tr_status_free(old);
            old = status;
        }
        stream = open_output(&text);
        output_lines(stream, line);
        output_field(stream, "text", "%s", line);
        check_output(stream, &text, false);
    }
    tr_status_free(old);
    free(copy);
    return 0;
}
