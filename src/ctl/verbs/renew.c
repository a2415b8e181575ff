#include "ctl/verbs/renew.h"

#include "common/json.h"
#include "ctl/session/options.h"
#include "ctl/session/report.h"
#include "ctl/session/wait.h"
#include "ctl/text/output.h"

int verb_renew(struct session *session, int argc, char **argv)
{
    _cleanup_json_ json_object *reply = NULL;
    _cleanup_free_ char *old_serial = NULL;
    const char *words[OPTIONS_WORDS_MAX];
    struct tr_status *status;
    int wait_seconds = -1; /* doesn't wait */
    const struct option_entry options[] = { { "--wait", OPTION_WAIT, &wait_seconds }, { 0 } };

    if (!options_parse(session, options, argc, argv, words))
        return session->exit_code;

    int r = session_get_status(session, &status);
    if (r != 0)
        return r;
    const struct tr_certificate *certificate = status->registration->certificate;
    old_serial = strdup(certificate ? certificate->serial : "");
    tr_status_free(status);
    if (!old_serial)
        return report_no_memory(session);

    r = session_call(session, "Renew", NULL, &reply);
    if (r != 0)
        return r;
    if (!session->json)
        output_line(stdout, "The certificate renewal is in progress.");
    else if (wait_seconds < 0)
        output_json_object(stdout, reply);
    return wait_seconds >= 0 ? wait_for_end(session, TR_OPERATION_RENEW, old_serial, wait_seconds) : 0;
}
