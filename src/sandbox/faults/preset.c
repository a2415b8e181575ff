#include "sandbox/faults/preset.h"

#include "common/memory.h"
#include "sandbox/base/region.h"
#include "sandbox/faults/check.h"
#include "sandbox/faults/kinds.h"

#include <errno.h>
#include <string.h>

static const struct preset presets[] = {
    /* github.com/cisco/libest, est_server.c: it decodes with OpenSSL's base64 filter, which needs lines and the
     * last line end; it demands a proof of possession by default, asks for it in csrattrs and answers 400 without
     * it; it knows Basic and Digest with MD5; it sends the leaf alone. */
    { "libest", "Cisco's reference implementation in C",
        {
            { "activations", "credential", "basic" },
            { "est", "auth", "md5" },
            { "est", "needs", "newline,columns,length,no-expect" },
            { "est", "pop", "400" },
            { "est", "error-body", "html" },
            { "simpleenroll", "chain", "without-issuer" },
            { "simplereenroll", "chain", "without-issuer" },
        } },
    /* github.com/globalsign/est, in Go: csrattrs answers an empty sequence; re-enrolment compares subject and
     * alternative names byte by byte; it sends the leaf alone; errors are a line of text; until 2024 it refused
     * requests without Content-Transfer-Encoding. */
    { "globalsign", "GlobalSign's server in Go",
        {
            { "activations", "credential", "basic" },
            { "est", "auth", "basic" },
            { "est", "needs", "transfer-encoding,same-names" },
            { "csrattrs", "attributes", "nothing" },
            { "est", "encoding", "crlf" },
            { "est", "headers", "chunked,lower-case" },
            { "est", "error-body", "text" },
            { "simpleenroll", "chain", "without-issuer" },
            { "simplereenroll", "chain", "without-issuer" },
        } },
    /* github.com/foundriesio/estserver, in Go: it compares the content type exactly, answers 201 with base64 in one
     * line, accepts only the signature algorithm and the usage of its CA, refuses two certificates in the
     * handshake, hands out the root alone and has no csrattrs; its 401 has no WWW-Authenticate. */
    { "foundriesio", "Foundries.io's server in Go",
        {
            { "est", "needs", "exact-type,same-names,exact-usage,ca-signature" },
            { "est", "encoding", "unwrapped" },
            { "est", "headers", "created,no-encoding,lower-case" },
            { "est", "error-body", "text" },
            { "est", "challenge", "none" },
            { "cacerts", "chain", "without-issuer" },
            { "csrattrs", "status", "404" },
            { "simpleenroll", "chain", "without-issuer" },
            { "simplereenroll", "chain", "without-issuer" },
            { "tls:" EST_HOST, "client", "single" },
        } },
    { "digest-pop", "Digest with SHA-256, and a proof of possession",
        {
            { "activations", "credential", "basic" },
            { "est", "auth", "basic-sha-256" },
            { "est", "challenge", "odd-case" },
            { "est", "pop", "403" },
            { "est", "attributes", "unknown,extension" },
        } },
};

const struct preset *preset_find(const char *name)
{
    for (size_t i = 0; i < ELEMENTS(presets); i++)
        if (strcmp(presets[i].name, name) == 0)
            return &presets[i];
    return NULL;
}

const struct preset *preset_at(size_t i)
{
    return i < ELEMENTS(presets) ? &presets[i] : NULL;
}

int preset_switch_on(const struct store *store, const char *name)
{
    const struct preset *preset = preset_find(name);
    int r = preset ? 0 : -ENOENT;

    for (size_t i = 0; r >= 0 && preset->faults[i].endpoint; i++) {
        struct fault fault = {
            .kind = fault_kind_find(preset->faults[i].kind),
            .endpoint = preset->faults[i].endpoint,
            .value = preset->faults[i].value,
        };
        const char *problem;

        r = fault.kind ? fault_check(&fault, &problem) : -EINVAL;
        if (r >= 0)
            r = fault_switch_on(store, &fault);
    }
    return r;
}
