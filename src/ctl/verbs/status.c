#include "ctl/session/options.h"
#include "ctl/text/output.h"
#include "ctl/text/status-text.h"

#include <time.h>

static int watch(struct ctl *ctl)
{
    struct tr_error error;

    tr_client_set_reconnect(ctl->client, true);
    int more = tr_stream_start(ctl->client, "GetStatus", NULL, &error);
    for (bool first = true; more >= 0; first = false) {
        _cleanup_free_ char *text = NULL;
        struct tr_status *status;

        more = tr_stream_next(ctl->client, -1, &text, &error);
        if (more < 0)
            break;
        if (more == TR_STREAM_LOST)
            ctl_say_lost();
        else if (ctl->json)
            ctl_json(stdout, text);
        else if (tr_status_parse(text, &status) >= 0) {
            if (!first)
                fputc('\n', stdout);
            ctl_print_status(stdout, status, time(NULL));
            tr_status_free(status);
        } else
            return ctl_fail_with(ctl, TR_CLASS_UNREACHABLE, "bad_reply", NULL,
                "Check that the version of the daemon fits this one.", "The daemon's state can't be read.");
        /* A reader that has gone ends the watch. */
        if (fflush(stdout) != 0 || more == 0)
            return 0;
    }
    return ctl_fail(ctl, &error);
}

static int print_text(struct ctl *ctl)
{
    struct tr_status *status;

    int r = ctl_get_status(ctl, &status);
    if (r != 0)
        return r;
    ctl_print_status(stdout, status, time(NULL));
    tr_status_free(status);
    return 0;
}

static int print_json(struct ctl *ctl)
{
    _cleanup_free_ char *text = NULL;
    struct tr_error error;

    if (tr_call(ctl->client, "GetStatus", NULL, &text, &error) < 0)
        return ctl_fail(ctl, &error);
    ctl_json(stdout, text);
    return 0;
}

int verb_status(struct ctl *ctl, int argc, char **argv)
{
    const char *words[CTL_WORDS_MAX];
    bool with_watch = false;
    const struct ctl_option options[] = { { "--watch", CTL_FLAG, &with_watch }, { 0 } };

    if (!ctl_parse(ctl, options, argc, argv, words))
        return ctl->exit_code;
    int r = ctl_open(ctl);
    if (r != 0)
        return r;

    if (with_watch)
        return watch(ctl);
    return ctl->json ? print_json(ctl) : print_text(ctl);
}
