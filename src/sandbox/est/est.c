#include "sandbox/est/est.h"

#include "common/json.h"
#include "sandbox/base/base64.h"
#include "sandbox/est/auth.h"
#include "sandbox/est/issue.h"
#include "sandbox/est/pending.h"
#include "sandbox/faults/csr-attributes.h"
#include "sandbox/faults/quirk.h"
#include "sandbox/faults/words.h"
#include "sandbox/sse/context.h"
#include "sandbox/web/multipart.h"

#include <errno.h>
#include <stdio.h>
#include <strings.h>
#include <time.h>

/* One enrolment, from the device that asks to the certificates that it gets. */
struct enrolment {
    json_object *context;
    gnutls_x509_crt_t current; /* NULL at the first one */
    struct csr csr;
    struct chain chain;
};

/* A step of an enrolment. 1: go on. 0: the answer is filled. Negative errno. */
typedef int (*step_func)(const struct call *call, struct answer *answer, struct enrolment *enrolment);

static void release_enrolment(struct enrolment *enrolment)
{
    json_object_put(enrolment->context);
    if (enrolment->current)
        gnutls_x509_crt_deinit(enrolment->current);
    csr_done(&enrolment->csr);
    chain_done(&enrolment->chain);
}

static int authenticate_by_credential(
    const struct call *call, struct answer *answer, struct enrolment *enrolment)
{
    return authenticate_credential(call, answer, &enrolment->context);
}

static int authenticate_by_certificate(
    const struct call *call, struct answer *answer, struct enrolment *enrolment)
{
    return authenticate_peer(call, answer, &enrolment->context, &enrolment->current);
}

static int authenticate_by_either(const struct call *call, struct answer *answer, struct enrolment *enrolment)
{
    unsigned n = 0;

    if (!call->request->authorization && gnutls_certificate_get_peers(call->request->tls, &n) && n > 0)
        return authenticate_by_certificate(call, answer, enrolment);
    return authenticate_by_credential(call, answer, enrolment);
}

static int answer_der(struct answer *answer, const char *type, const struct der *der, const char *reason)
{
    gnutls_datum_t data = { der->data, (unsigned)der->size };
    char *text;
    size_t size;
    int r;

    r = base64_encode_lines(&data, BASE64_COLUMNS, "\n", &text, &size);
    if (r < 0)
        return r;
    snprintf(answer->reason, sizeof(answer->reason), "%s", reason);
    r = answer_take_body(answer, 200, type, text, size);
    answer->base64 = true;
    return r < 0 ? r : answer_set_header(answer, "Content-Transfer-Encoding", "base64");
}

static int answer_chain(struct answer *answer, const struct chain *chain, const char *reason)
{
    _cleanup_(der_done) struct der der = { .data = NULL };
    int r = chain_pack(chain, &der);

    return r < 0 ? r : answer_der(answer, "application/pkcs7-mime; smime-type=certs-only", &der, reason);
}

/* Checks who may ask: everybody, or with a fault only clients with a credential or a certificate. 1: go on.
 * 0: the answer is filled. Negative errno. */
static int admit_reader(const struct call *call, struct answer *answer)
{
    _cleanup_(release_enrolment) struct enrolment asking = { .context = NULL };
    _cleanup_close_ int lock = -1;

    if (!fault_find(call->faults, "closed"))
        return 1;
    lock = store_lock(&call->cloud->store);
    return lock < 0 ? lock : authenticate_by_either(call, answer, &asking);
}

static int serve_cacerts(const struct call *call, struct answer *answer)
{
    _cleanup_(chain_done) struct chain chain = { .n = 0 };
    int r = admit_reader(call, answer);

    if (r <= 0)
        return r;
    r = issue_anchors(call, &chain);
    return r < 0 ? r : answer_chain(answer, &chain, "ca certificates");
}

static int serve_csrattrs(const struct call *call, struct answer *answer)
{
    _cleanup_(der_done) struct der der = { .data = NULL };
    int r = admit_reader(call, answer);

    if (r <= 0)
        return r;
    r = csr_attributes_write(call->faults, &der);
    if (r < 0)
        return r;
    return r == 0 ? answer_set_empty(answer, 204, "none")
                  : answer_der(answer, "application/csrattrs", &der, "attributes");
}

/* Runs the checks of the faults. 1: passed. 0: refused. */
static int check_quirks(const struct call *call, struct answer *answer, const struct enrolment *enrolment)
{
    const struct host *host = host_find_region(SERVICE_SSE, json_get_string(enrolment->context, "region"));
    const struct submission submission = {
        .request = call->request,
        .csr = &enrolment->csr,
        .current = enrolment->current,
        .label = host ? host->est_label : "",
    };
    const struct fault_word *words[2 * WORD_LIMIT];
    size_t n = fault_find_words(call->faults, STAGE_CHECK, NULL, words, ELEMENTS(words));

    for (size_t i = 0; i < n; i++) {
        const char *problem = words[i]->check(&submission);

        if (problem)
            return answer_set_error(answer, words[i]->status, "malformed", problem);
    }
    return 1;
}

/* RFC 7030 3.5: a challenge password must be the tls-unique of the connection. 1: passed. 0: refused. */
static int check_possession(const struct call *call, struct answer *answer, const struct csr *csr)
{
    const struct fault *demanded = fault_find(call->faults, "pop");
    unsigned status = demanded ? (unsigned)strtoul(demanded->value, NULL, 10) : 401;
    gnutls_datum_t binding = { NULL, 0 };
    _cleanup_free_ char *expected = NULL;
    char password[128];
    size_t size;
    int r;

    r = csr_read_challenge_password(csr, password, sizeof(password));
    if (r == -ENOENT && !demanded)
        return 1;
    if (r == -ENOENT)
        return answer_set_error(
            answer, status, "unauthorized", "The request has no challenge password, no proof of possession.");
    if (r >= 0 && gnutls_session_channel_binding(call->request->tls, GNUTLS_CB_TLS_UNIQUE, &binding) >= 0)
        r = base64_encode_lines(&binding, 0, "", &expected, &size);
    gnutls_free(binding.data);
    if (r == -ENOMEM)
        return r;
    if (!streq0(expected, password))
        return answer_set_error(answer, status, "unauthorized",
            "The challenge password is not the tls-unique of this connection.");
    return 1;
}

static bool is_type(const char *have, const char *wanted)
{
    size_t length = strlen(wanted);

    return have && strncasecmp(have, wanted, length) == 0 && strchr("; \t", have[length]);
}

/* Reads the certificate request and checks it. */
static int read_csr(const struct call *call, struct answer *answer, struct enrolment *enrolment)
{
    const struct request *request = call->request;
    const char *problem = NULL;
    int r;

    if (request->too_large)
        return answer_set_error(answer, 413, "malformed", "The body is larger than 64 KiB.");
    if (!is_type(request->content_type, "application/pkcs10"))
        return answer_set_error(answer, 415, "malformed", "The content type is not application/pkcs10.");
    r = csr_parse(request->body, request->size, &enrolment->csr, &problem);
    if (r == -EBADMSG)
        return answer_set_error(answer, 400, "malformed", problem);
    if (r < 0)
        return r;
    if (!streq0(enrolment->csr.common_name, json_get_string(enrolment->context, "guid")))
        return answer_set_error(
            answer, 403, "forbidden", "The request's common name is not the guid of the device.");
    r = check_quirks(call, answer, enrolment);
    return r <= 0 ? r : check_possession(call, answer, &enrolment->csr);
}

/* Makes the certificate and records it in the context. */
static int certify_key(const struct call *call, struct enrolment *enrolment, gnutls_pubkey_t key)
{
    struct issued issued;
    int r;

    r = issue_certificate(
        call, enrolment->csr.common_name, key, enrolment->current, &enrolment->chain, &issued);
    if (r >= 0)
        r = context_add_certificate(enrolment->context, issued.serial, issued.expires, time(NULL));
    return r < 0 ? r : context_save(&call->cloud->store, enrolment->context);
}

static int answer_request(const struct call *call, struct answer *answer, struct enrolment *enrolment)
{
    int r;

    r = pending_admit(call, answer, &enrolment->csr);
    if (r <= 0)
        return r;
    r = certify_key(call, enrolment, enrolment->csr.key);
    return r < 0 ? r : answer_chain(answer, &enrolment->chain, "issued");
}

static int answer_with_key(const struct call *call, struct answer *answer, struct enrolment *enrolment)
{
    gnutls_x509_privkey_t key = NULL;
    gnutls_pubkey_t public = NULL;
    int r;

    r = certificate_make_key(&key);
    if (r >= 0)
        r = certificate_make_public_key(key, &public);
    if (r >= 0)
        r = certify_key(call, enrolment, public);
    if (r >= 0)
        r = multipart_fill_answer(answer, key, &enrolment->chain);
    if (public)
        gnutls_pubkey_deinit(public);
    if (key)
        gnutls_x509_privkey_deinit(key);
    return r;
}

static int run_enrolment(
    const struct call *call, struct answer *answer, step_func authenticate, step_func issue)
{
    _cleanup_(release_enrolment) struct enrolment enrolment = { .context = NULL };
    _cleanup_close_ int lock = store_lock(&call->cloud->store);
    int r;

    if (lock < 0)
        return lock;
    r = authenticate(call, answer, &enrolment);
    if (r > 0)
        r = read_csr(call, answer, &enrolment);
    return r <= 0 ? r : issue(call, answer, &enrolment);
}

static int serve_simpleenroll(const struct call *call, struct answer *answer)
{
    return run_enrolment(call, answer, authenticate_by_credential, answer_request);
}

static int serve_simplereenroll(const struct call *call, struct answer *answer)
{
    return run_enrolment(call, answer, authenticate_by_certificate, answer_request);
}

static int serve_serverkeygen(const struct call *call, struct answer *answer)
{
    return run_enrolment(call, answer, authenticate_by_either, answer_with_key);
}

const struct endpoint est_endpoints[] = {
    { "cacerts", "GET", "/.well-known/est/[label/]cacerts", serve_cacerts },
    { "csrattrs", "GET", "/.well-known/est/[label/]csrattrs", serve_csrattrs },
    { "simpleenroll", "POST", "/.well-known/est/[label/]simpleenroll", serve_simpleenroll },
    { "serverkeygen", "POST", "/.well-known/est/[label/]serverkeygen", serve_serverkeygen },
    { "simplereenroll", "POST", "/.well-known/est/[label/]simplereenroll", serve_simplereenroll },
    { NULL },
};
