#include "ctl/session/options.h"
#include "ctl/text/output.h"

#include <errno.h>

enum {
    PARAMETERS_MAX = TR_MESSAGE_MAX,
};

static int read_input(struct ctl *ctl, char **ret)
{
    _cleanup_erase_ char *text = calloc(1, PARAMETERS_MAX + 1);

    if (!text)
        return ctl_fail_with(ctl, TR_CLASS_FAILED, "failed", NULL, NULL, "Out of memory.");
    size_t n = fread(text, 1, PARAMETERS_MAX, stdin);
    if (ferror(stdin))
        return ctl_fail_with(
            ctl, TR_CLASS_FAILED, "failed", NULL, NULL, "Can't read standard input: %s.", strerror(errno));
    if (strlen(text) != n || !feof(stdin))
        return ctl_usage(ctl, "Standard input is no JSON text of at most %d bytes.", PARAMETERS_MAX);
    *ret = TAKE_PTR(text);
    return 0;
}

static int stream(struct ctl *ctl, const char *method, const char *parameters)
{
    struct tr_error error;

    int more = tr_stream_start(ctl->client, method, parameters, &error);
    while (more >= 0) {
        _cleanup_free_ char *text = NULL;

        more = tr_stream_next(ctl->client, -1, &text, &error);
        if (more < 0)
            break;
        ctl_json(stdout, text);
        if (fflush(stdout) != 0 || more == 0)
            return 0;
    }
    return ctl_fail(ctl, &error);
}

int verb_call(struct ctl *ctl, int argc, char **argv)
{
    _cleanup_free_ char *reply = NULL;
    _cleanup_erase_ char *input = NULL;
    const char *words[CTL_WORDS_MAX];
    bool more = false;
    const struct ctl_option options[] = { { "--more", CTL_FLAG, &more }, { 0 } };
    struct tr_error error;

    if (!ctl_parse(ctl, options, argc, argv, words))
        return ctl->exit_code;
    int r = ctl_open(ctl);
    if (r == 0 && words[1] && streq(words[1], "-"))
        r = read_input(ctl, &input);
    if (r != 0)
        return r;

    const char *parameters = input ? input : words[1];
    if (more)
        return stream(ctl, words[0], parameters);
    if (tr_call(ctl->client, words[0], parameters, &reply, &error) < 0)
        return ctl_fail(ctl, &error);
    ctl_json(stdout, reply);
    return 0;
}
