#include "ctl/verbs/call.h"

#include "ctl/session/options.h"
#include "ctl/session/report.h"
#include "ctl/text/output.h"

#include <errno.h>

enum {
    PARAMETERS_MAX = TR_MESSAGE_MAX,
};

static int read_input(struct session *session, char **ret)
{
    _cleanup_erase_ char *text = calloc(1, PARAMETERS_MAX + 1);

    if (!text)
        return report_no_memory(session);
    size_t n = fread(text, 1, PARAMETERS_MAX, stdin);
    if (ferror(stdin))
        return report_failure(session, TR_CLASS_FAILED, "failed", NULL, NULL,
            "Can't read standard input: %s.", strerror(errno));
    if (strlen(text) != n || !feof(stdin))
        return report_usage(session, "Standard input is not JSON text of at most %d bytes.", PARAMETERS_MAX);
    *ret = TAKE_PTR(text);
    return 0;
}

static int stream_replies(struct session *session, const char *method, const char *parameters)
{
    struct tr_error error;

    int more = tr_stream_start(session->client, method, parameters, &error);
    while (more >= 0) {
        _cleanup_free_ char *text = NULL;

        more = tr_stream_next(session->client, -1, &text, &error);
        if (more < 0)
            break;
        output_json(stdout, text);
        if (fflush(stdout) != 0 || more == 0)
            return 0;
    }
    return report_error(session, &error);
}

int verb_call(struct session *session, int argc, char **argv)
{
    _cleanup_free_ char *reply = NULL;
    _cleanup_erase_ char *input = NULL;
    const char *words[OPTIONS_WORDS_MAX];
    bool more = false;
    const struct option_entry options[] = { { "--more", OPTION_FLAG, &more }, { 0 } };
    struct tr_error error;

    if (!options_parse(session, options, argc, argv, words))
        return session->exit_code;
    int r = session_open(session);
    if (r == 0 && words[1] && streq(words[1], "-"))
        r = read_input(session, &input);
    if (r != 0)
        return r;

    const char *parameters = input ? input : words[1];
    if (more)
        return stream_replies(session, words[0], parameters);
    if (tr_call(session->client, words[0], parameters, &reply, &error) < 0)
        return report_error(session, &error);
    output_json(stdout, reply);
    return 0;
}
