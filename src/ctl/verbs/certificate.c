#include "ctl/verbs/certificate.h"

#include "common/json.h"
#include "ctl/session/options.h"
#include "ctl/text/output.h"
#include "ctl/text/time-text.h"

#include <time.h>

static void print_info(json_object *info)
{
    int64_t now = (int64_t)time(NULL);

    output_field(stdout, "Subject", "%s", output_get_text(info, "subject"));
    output_field(stdout, "Issuer", "%s", output_get_text(info, "issuer"));
    output_field(stdout, "Serial", "%s", output_get_text(info, "serial"));
    output_field(
        stdout, "Valid from", "%s", time_text_relative(json_get_int(info, "notBefore", 0), now).text);
    output_field(stdout, "Expires", "%s", time_text_relative(json_get_int(info, "notAfter", 0), now).text);
    output_field(
        stdout, "Next renewal", "%s", time_text_relative(json_get_int(info, "nextRenewal", 0), now).text);
    output_field(stdout, "Key", "%s", output_get_text(info, "keyType"));
    output_field(stdout, "SHA-256", "%s", output_get_text(info, "fingerprint"));
}

int verb_certificate(struct session *session, int argc, char **argv)
{
    _cleanup_json_ json_object *reply = NULL;
    const char *words[OPTIONS_WORDS_MAX];
    bool pem = false;
    const struct option_entry options[] = { { "--pem", OPTION_FLAG, &pem }, { 0 } };

    if (!options_parse(session, options, argc, argv, words))
        return session->exit_code;
    int r = session_call_for_text(session, "GetCertificate", NULL, &reply);
    if (r != 0 || !reply)
        return r;
    if (pem) {
        const char *chain = json_get_string(reply, "chain");

        output_lines(stdout, output_get_text(reply, "certificate"));
        if (chain)
            output_lines(stdout, chain);
    } else
        print_info(json_get_object(reply, "info"));
    return 0;
}
