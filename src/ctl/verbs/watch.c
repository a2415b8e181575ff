#include "ctl/session/options.h"
#include "ctl/text/output.h"
#include "ctl/text/state-diff.h"

#include <errno.h>
#include <time.h>

int verb_watch(struct ctl *ctl, int argc, char **argv)
{
    struct tr_status *old = NULL, *new;
    const char *words[CTL_WORDS_MAX];
    struct tr_error error;

    if (!ctl_parse(ctl, NULL, argc, argv, words))
        return ctl->exit_code;
    int r = ctl_open(ctl);
    if (r != 0)
        return r;

    tr_client_set_reconnect(ctl->client, true);
    int more = tr_watch_start(ctl->client, &error);
    while (more >= 0) {
        more = tr_watch_next(ctl->client, -1, &new, &error);
        if (more == -EINTR)
            more = 1;
        else if (more == TR_STREAM_LOST)
            ctl_say_lost();
        else if (more >= 0) {
            ctl_print_changes(stdout, ctl->json, old, new, (int64_t)time(NULL));
            tr_status_free(old);
            old = new;
            /* A reader that has gone ends the watch. */
            if (fflush(stdout) != 0 || more == 0) {
                tr_status_free(old);
                return 0;
            }
        }
    }
    tr_status_free(old);
    return ctl_fail(ctl, &error);
}
