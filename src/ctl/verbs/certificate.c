#include "common/json.h"
#include "ctl/session/options.h"
#include "ctl/session/wait.h"
#include "ctl/text/output.h"
#include "ctl/text/time-text.h"

#include <time.h>

static const char *text(json_object *object, const char *key)
{
    const char *value = json_get_string(object, key);

    return value ? value : "";
}

static void print_info(json_object *info)
{
    int64_t now = (int64_t)time(NULL);

    ctl_field(stdout, "Subject", "%s", text(info, "subject"));
    ctl_field(stdout, "Issuer", "%s", text(info, "issuer"));
    ctl_field(stdout, "Serial", "%s", text(info, "serial"));
    ctl_field(stdout, "Valid from", "%s", ctl_time_relative(json_get_int(info, "notBefore", 0), now).text);
    ctl_field(stdout, "Expires", "%s", ctl_time_relative(json_get_int(info, "notAfter", 0), now).text);
    ctl_field(
        stdout, "Next renewal", "%s", ctl_time_relative(json_get_int(info, "nextRenewal", 0), now).text);
    ctl_field(stdout, "Key", "%s", text(info, "keyType"));
    ctl_field(stdout, "SHA-256", "%s", text(info, "fingerprint"));
}

/* PEM is lines of letters; what else it may hold is escaped like all that comes from elsewhere. */
static void print_pem(const char *pem)
{
    for (size_t length; *pem; pem += length + (pem[length] == '\n')) {
        length = strcspn(pem, "\n");
        ctl_line(stdout, "%.*s", (int)length, pem);
    }
}

int verb_certificate(struct ctl *ctl, int argc, char **argv)
{
    _cleanup_json_ json_object *reply = NULL;
    const char *words[CTL_WORDS_MAX];
    bool pem = false;
    const struct ctl_option options[] = { { "--pem", CTL_FLAG, &pem }, { 0 } };

    if (!ctl_parse(ctl, options, argc, argv, words))
        return ctl->exit_code;
    int r = ctl_call(ctl, "GetCertificate", NULL, &reply);
    if (r != 0)
        return r;

    if (ctl->json)
        ctl_json_object(stdout, reply);
    else if (pem) {
        print_pem(text(reply, "certificate"));
        print_pem(text(reply, "chain"));
    } else
        print_info(json_get_object(reply, "info"));
    return 0;
}

int verb_renew(struct ctl *ctl, int argc, char **argv)
{
    _cleanup_json_ json_object *reply = NULL;
    _cleanup_free_ char *old_serial = NULL;
    const char *words[CTL_WORDS_MAX], *wait = NULL;
    struct tr_status *status;
    int seconds = 0;
    const struct ctl_option options[] = { { "--wait", CTL_OPTIONAL_VALUE, &wait }, { 0 } };

    if (!ctl_parse(ctl, options, argc, argv, words))
        return ctl->exit_code;
    if (wait && ctl_parse_seconds(wait, CTL_WAIT_DEFAULT, &seconds) < 0)
        return ctl_usage(ctl, "--wait takes a number of seconds, not \"%s\".", wait);

    int r = ctl_get_status(ctl, &status);
    if (r != 0)
        return r;
    const struct tr_certificate *certificate = status->registration->certificate;
    old_serial = strdup(certificate ? certificate->serial : "");
    tr_status_free(status);
    if (!old_serial)
        return ctl_fail_with(ctl, TR_CLASS_FAILED, "failed", NULL, NULL, "Out of memory.");

    r = ctl_call(ctl, "Renew", NULL, &reply);
    if (r != 0)
        return r;
    if (!ctl->json)
        ctl_line(stdout, "The certificate renewal is in progress.");
    else if (!wait)
        ctl_json_object(stdout, reply);
    return wait ? ctl_wait(ctl, TR_OPERATION_RENEW, old_serial, seconds) : 0;
}
