#include "sandbox/est/est.h"

#include "common/json.h"
#include "sandbox/base/base64.h"
#include "sandbox/est/auth.h"
#include "sandbox/est/issue.h"
#include "sandbox/est/pending.h"
#include "sandbox/faults/csr-attributes.h"
#include "sandbox/faults/quirk.h"
#include "sandbox/web/multipart.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* One enrolment, from whoever asks to the certificates that he gets. */
struct enrolment {
    json_object *context;
    gnutls_x509_crt_t current; /* NULL at the first one */
    struct csr csr;
    struct chain chain;
};

static void enrolment_p(struct enrolment *enrolment)
{
    json_object_put(enrolment->context);
    if (enrolment->current)
        gnutls_x509_crt_deinit(enrolment->current);
    csr_done(&enrolment->csr);
    chain_done(&enrolment->chain);
}

/* By whatever the client has: 1, 0 or negative errno as in sandbox-est-auth.h. */
static int authenticate(const struct sandbox *sandbox, const struct request *request, struct answer *answer,
    struct enrolment *enrolment)
{
    unsigned n = 0;

    if (!request->authorization && gnutls_certificate_get_peers(request->tls, &n) && n > 0)
        return authenticate_peer(sandbox, request, answer, &enrolment->context, &enrolment->current);
    return authenticate_credential(sandbox, request, answer, &enrolment->context);
}

static void der_p(struct der *der)
{
    der_done(der);
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
    _cleanup_(der_p) struct der der = { .data = NULL };
    int r = chain_pack(chain, &der);

    return r < 0 ? r : answer_der(answer, "application/pkcs7-mime; smime-type=certs-only", &der, reason);
}

int serve_cacerts(const struct sandbox *sandbox, const struct request *request, struct answer *answer)
{
    struct chain chain = { .n = 0 };
    int r;

    r = issue_anchors(sandbox, request, &chain);
    if (r >= 0)
        r = answer_chain(answer, &chain, "ca certificates");
    chain_done(&chain);
    return r;
}

int serve_csrattrs(const struct sandbox *sandbox, const struct request *request, struct answer *answer)
{
    _cleanup_(enrolment_p) struct enrolment asking = { .context = NULL };
    _cleanup_(der_p) struct der der = { .data = NULL };
    _cleanup_close_ int lock = -1;
    int r;

    if (fault_find(request->faults, "closed")) {
        lock = store_lock(&sandbox->store);
        r = lock < 0 ? lock : authenticate(sandbox, request, answer, &asking);
        if (r <= 0)
            return r;
    }
    r = csr_attributes_write(request->faults, &der);
    if (r < 0)
        return r;
    return r == 0 ? answer_set_empty(answer, 204, "none")
                  : answer_der(answer, "application/csrattrs", &der, "attributes");
}

/* 1: fine. 0: refused, the answer is filled. */
static int check_quirks(
    const struct request *request, struct answer *answer, const struct enrolment *enrolment)
{
    const struct host *region = host_find_region(json_get_string(enrolment->context, "region"));
    const struct submission submission = {
        .request = request,
        .csr = &enrolment->csr,
        .current = enrolment->current,
        .label = region ? region->est_label : "",
    };
    const struct fault_word *words[2 * WORD_LIMIT];
    size_t n = fault_find_words(request->faults, STAGE_CHECK, NULL, words, ELEMENTS(words));

    for (size_t i = 0; i < n; i++) {
        const char *problem = words[i]->check(&submission);

        if (problem) {
            int r = answer_set_error(answer, words[i]->status, "malformed", problem);
            return r < 0 ? r : 0;
        }
    }
    return 1;
}

/* RFC 7030 3.5: the challenge password, where there is one, is the tls-unique of the connection. 1: fine. 0:
 * refused, the answer is filled. */
static int check_possession(const struct request *request, struct answer *answer, const struct csr *csr)
{
    const struct fault *demanded = fault_find(request->faults, "pop");
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
    if (r >= 0 && gnutls_session_channel_binding(request->tls, GNUTLS_CB_TLS_UNIQUE, &binding) >= 0)
        r = base64_encode_lines(&binding, 0, "", &expected, &size);
    gnutls_free(binding.data);
    if (r == -ENOMEM)
        return r;
    if (!expected || strcmp(expected, password) != 0)
        return answer_set_error(answer, status, "unauthorized",
            "The challenge password is not the tls-unique of this connection.");
    return 1;
}

static bool is_type(const char *have, const char *wanted)
{
    size_t length = strlen(wanted);

    return have && strncasecmp(have, wanted, length) == 0 && strchr("; \t", have[length]);
}

/* 1: enrolment->csr is set. 0: refused, the answer is filled. */
static int read_csr(const struct request *request, struct answer *answer, struct enrolment *enrolment)
{
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
    if (strcmp(enrolment->csr.common_name, json_get_string(enrolment->context, "guid")) != 0)
        return answer_set_error(
            answer, 403, "forbidden", "The request's common name is not the guid of the device.");
    r = check_quirks(request, answer, enrolment);
    if (r > 0)
        r = check_possession(request, answer, &enrolment->csr);
    return r;
}

/* Makes the certificate and remembers it. */
static int issue(const struct sandbox *sandbox, const struct request *request, struct enrolment *enrolment,
    gnutls_pubkey_t key)
{
    char serial[SERIAL_HEX_LENGTH + 1];
    int64_t expires;
    int r;

    r = issue_certificate(sandbox, request, enrolment->csr.common_name, key, enrolment->current,
        &enrolment->chain, serial, &expires);
    if (r >= 0)
        r = context_add_certificate(enrolment->context, serial, expires, time(NULL));
    return r < 0 ? r : context_save(&sandbox->store, enrolment->context);
}

/* What both enrolments do once it is known who asks. */
static int enrol(const struct sandbox *sandbox, const struct request *request, struct answer *answer,
    struct enrolment *enrolment)
{
    int r = read_csr(request, answer, enrolment);

    if (r > 0)
        r = pending_admit(sandbox, request, answer, &enrolment->csr);
    if (r > 0)
        r = issue(sandbox, request, enrolment, enrolment->csr.key);
    else
        return r;
    return r < 0 ? r : answer_chain(answer, &enrolment->chain, "issued");
}

int serve_simpleenroll(const struct sandbox *sandbox, const struct request *request, struct answer *answer)
{
    _cleanup_(enrolment_p) struct enrolment enrolment = { .context = NULL };
    _cleanup_close_ int lock = -1;
    int r;

    lock = store_lock(&sandbox->store);
    if (lock < 0)
        return lock;
    r = authenticate_credential(sandbox, request, answer, &enrolment.context);
    return r <= 0 ? r : enrol(sandbox, request, answer, &enrolment);
}

int serve_simplereenroll(const struct sandbox *sandbox, const struct request *request, struct answer *answer)
{
    _cleanup_(enrolment_p) struct enrolment enrolment = { .context = NULL };
    _cleanup_close_ int lock = -1;
    int r;

    lock = store_lock(&sandbox->store);
    if (lock < 0)
        return lock;
    r = authenticate_peer(sandbox, request, answer, &enrolment.context, &enrolment.current);
    return r <= 0 ? r : enrol(sandbox, request, answer, &enrolment);
}

static int generate(const struct sandbox *sandbox, const struct request *request, struct answer *answer,
    struct enrolment *enrolment)
{
    gnutls_x509_privkey_t key = NULL;
    gnutls_pubkey_t public = NULL;
    int r;

    r = certificate_make_key(&key);
    if (r >= 0)
        r = certificate_make_public_key(key, &public);
    if (r >= 0)
        r = issue(sandbox, request, enrolment, public);
    if (r >= 0)
        r = multipart_fill_answer(answer, key, &enrolment->chain);
    if (public)
        gnutls_pubkey_deinit(public);
    if (key)
        gnutls_x509_privkey_deinit(key);
    return r;
}

int serve_serverkeygen(const struct sandbox *sandbox, const struct request *request, struct answer *answer)
{
    _cleanup_(enrolment_p) struct enrolment enrolment = { .context = NULL };
    _cleanup_close_ int lock = -1;
    int r;

    lock = store_lock(&sandbox->store);
    if (lock < 0)
        return lock;
    r = authenticate(sandbox, request, answer, &enrolment);
    if (r > 0)
        r = read_csr(request, answer, &enrolment);
    return r <= 0 ? r : generate(sandbox, request, answer, &enrolment);
}
