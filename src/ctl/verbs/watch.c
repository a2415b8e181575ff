#include "ctl/verbs/watch.h"

#include "ctl/session/options.h"
#include "ctl/session/report.h"
#include "ctl/text/output.h"
#include "ctl/text/state-diff.h"

#include <errno.h>
#include <time.h>

int verb_watch(struct session *session, int argc, char **argv)
{
    struct tr_status *old = NULL, *new;
    const char *words[OPTIONS_WORDS_MAX];
    struct tr_error error;

    if (!options_parse(session, NULL, argc, argv, words))
        return session->exit_code;
    int r = session_open(session);
    if (r != 0)
        return r;

    tr_client_set_reconnect(session->client, true);
    int more = tr_watch_start(session->client, &error);
    while (more >= 0) {
        more = tr_watch_next(session->client, -1, &new, &error);
        if (more == -EINTR)
            more = 1;
        else if (more == TR_STREAM_LOST)
            report_lost();
        else if (more >= 0) {
            state_diff_print(stdout, session->json, old, new, (int64_t)time(NULL));
            tr_status_free(old);
            old = new;
            /* End if nobody reads any more. */
            if (fflush(stdout) != 0 || more == 0) {
                tr_status_free(old);
                return 0;
            }
        }
    }
    tr_status_free(old);
    return report_error(session, &error);
}
