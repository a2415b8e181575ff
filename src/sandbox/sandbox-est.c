#include "sandbox-est.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "json.h"
#include "sandbox-peer.h"
#include "sandbox-pkcs.h"

#define BACKDATE                                                                                             \
    60 /* a device whose clock is a little behind must not get a certificate that is not valid yet */

static void csr_p(struct csr *csr)
{
    if (csr->key)
        gnutls_pubkey_deinit(csr->key);
}

static int answer_certificates(
    struct answer *answer, const gnutls_x509_crt_t *certificates, size_t n, const char *reason)
{
    char *text;
    size_t size;
    int r;

    r = sandbox_pkcs7_pack(certificates, n, &text, &size);
    if (r < 0)
        return r;
    snprintf(answer->reason, sizeof(answer->reason), "%s", reason);
    r = sandbox_answer_set(answer, 200, "application/pkcs7-mime; smime-type=certs-only", text, size);
    return r < 0 ? r : sandbox_answer_header(answer, "Content-Transfer-Encoding", "base64");
}

int sandbox_est_cacerts(const struct sandbox *sandbox, const struct request *request, struct answer *answer)
{
    const gnutls_x509_crt_t certificates[] = { sandbox->authorities.issuing.certificate,
        sandbox->authorities.root.certificate };

    (void)request;
    return answer_certificates(answer, certificates, ELEMENTS(certificates), "ca certificates");
}

int sandbox_est_csrattrs(const struct sandbox *sandbox, const struct request *request, struct answer *answer)
{
    (void)sandbox;
    (void)request;
    return sandbox_answer_empty(answer, 204, "none");
}

/* 1: *ret is set. 0: refused, the answer is filled. */
static int read_csr(const struct request *request, struct answer *answer, struct csr *ret)
{
    static const char type[] = "application/pkcs10";
    const char *problem = NULL;
    int r;

    if (request->too_large)
        return sandbox_answer_error(answer, 413, "malformed", "The body is larger than 64 KiB.");
    if (!request->content_type || strncasecmp(request->content_type, type, sizeof(type) - 1) != 0 ||
        !strchr("; \t", request->content_type[sizeof(type) - 1]))
        return sandbox_answer_error(answer, 415, "malformed", "The content type is not application/pkcs10.");
    r = sandbox_csr_parse(request->body, request->size, ret, &problem);
    if (r == -EBADMSG)
        return sandbox_answer_error(answer, 400, "malformed", problem);
    return r < 0 ? r : 1;
}

static int issue(
    const struct sandbox *sandbox, struct answer *answer, const struct csr *csr, json_object *context)
{
    const struct authority *ca = &sandbox->authorities.issuing;
    gnutls_x509_crt_t chain[2] = { NULL, ca->certificate };
    char serial[SERIAL_HEX_LENGTH + 1];
    time_t now = time(NULL);
    int64_t validity = sandbox->settings.certificate_validity;
    struct certificate_profile profile = {
        .kind = CERTIFICATE_DEVICE,
        .common_name = csr->common_name,
        .key = csr->key,
        /* for a device whose clock is a little behind; less when the whole life is only seconds, since a
         * device reckons from here when to renew */
        .not_before = now - (validity / 10 < BACKDATE ? validity / 10 : BACKDATE),
        .not_after = now + validity,
    };
    int r;

    /* a certificate that outlives its CA would be of no use from that day on */
    if (profile.not_after > gnutls_x509_crt_get_expiration_time(ca->certificate))
        profile.not_after = gnutls_x509_crt_get_expiration_time(ca->certificate);
    r = sandbox_certificate_make(&profile, ca, &chain[0]);
    if (r < 0)
        return r;
    r = sandbox_certificate_serial(chain[0], serial);
    if (r >= 0)
        r = sandbox_context_add_certificate(context, serial, profile.not_after, now);
    if (r >= 0)
        r = sandbox_context_save(&sandbox->store, context);
    if (r >= 0)
        r = answer_certificates(answer, chain, ELEMENTS(chain), "issued");
    gnutls_x509_crt_deinit(chain[0]);
    return r;
}

static int challenge(const struct sandbox *sandbox, struct answer *answer, const char *message)
{
    int r;

    r = sandbox_answer_error(answer, 401, "unauthorized", message);
    if (r < 0)
        return r;
    return sandbox_answer_header(
        answer, "WWW-Authenticate", sandbox->settings.basic ? "Basic realm=\"est\"" : "Bearer realm=\"est\"");
}

/* Takes the header apart; the texts are freed by the caller. -EBADMSG when it is neither Bearer nor Basic. */
static int parse_authorization(const char *header, char **ret_username, char **ret_secret)
{
    _cleanup_free_ char *username = NULL, *secret = NULL;
    gnutls_datum_t text, decoded = { NULL, 0 };
    const char *colon;

    if (!header)
        return -EBADMSG;
    if (strncasecmp(header, "Bearer ", 7) == 0) {
        secret = strdup(header + 7 + strspn(header + 7, " "));
    } else if (strncasecmp(header, "Basic ", 6) == 0) {
        header += 6;
        text = (gnutls_datum_t){ (unsigned char *)header, (unsigned)strlen(header) };
        if (text.size == 0 || gnutls_base64_decode2(&text, &decoded) < 0)
            return -EBADMSG;
        colon = memchr(decoded.data, ':', decoded.size);
        if (colon) {
            size_t length = (size_t)(colon - (const char *)decoded.data);

            username = strndup((const char *)decoded.data, length);
            secret = strndup(colon + 1, decoded.size - length - 1);
        }
        gnutls_free(decoded.data);
        if (!colon)
            return -EBADMSG;
        if (!username)
            return -ENOMEM;
    } else {
        return -EBADMSG;
    }
    if (!secret)
        return -ENOMEM;
    *ret_username = TAKE_PTR(username);
    *ret_secret = TAKE_PTR(secret);
    return 0;
}

/* Whether the credential is used the way it was issued. */
static bool scheme_matches(json_object *enrollment, const char *username)
{
    const char *issued = json_get_string(enrollment, "username");

    return issued ? username && strcmp(issued, username) == 0 : !username;
}

/* Finds the context of the credential. 1: *ret is set. 0: refused, the answer is filled. Needs the lock. */
static int authenticate(
    const struct sandbox *sandbox, const struct request *request, struct answer *answer, json_object **ret)
{
    _cleanup_free_ char *username = NULL, *secret = NULL;
    _cleanup_json_ json_object *enrollment = NULL, *context = NULL;
    const char *current;
    int r;

    if (!request->authorization)
        return challenge(sandbox, answer, "Enrolment needs the credential of an activation.");
    r = parse_authorization(request->authorization, &username, &secret);
    if (r >= 0)
        r = sandbox_enrollment_load(&sandbox->store, secret, &enrollment);
    if (r == -EBADMSG || r == -ENOENT || (r >= 0 && !scheme_matches(enrollment, username)))
        return challenge(sandbox, answer, "The enrolment credential is wrong.");
    if (r < 0)
        return r;
    if (time(NULL) >= json_get_int(enrollment, "expires", 0))
        return challenge(sandbox, answer, "The enrolment credential has expired.");
    r = sandbox_context_load(&sandbox->store, json_get_string(enrollment, "region"),
        json_get_string(enrollment, "guid"), &context);
    if (r < 0 && r != -ENOENT)
        return r;
    current = json_get_string(context, "secret");
    if (!current || strcmp(current, secret) != 0)
        return challenge(sandbox, answer, "The enrolment credential is of a device that was removed.");
    *ret = TAKE_PTR(context);
    return 1;
}

int sandbox_est_simpleenroll(
    const struct sandbox *sandbox, const struct request *request, struct answer *answer)
{
    _cleanup_(csr_p) struct csr csr = { .key = NULL };
    _cleanup_json_ json_object *context = NULL;
    _cleanup_close_ int lock = -1;
    int r;

    lock = sandbox_store_lock(&sandbox->store);
    if (lock < 0)
        return lock;
    r = authenticate(sandbox, request, answer, &context);
    if (r > 0)
        r = read_csr(request, answer, &csr);
    if (r <= 0)
        return r;
    if (strcmp(csr.common_name, json_get_string(context, "guid")) != 0)
        return sandbox_answer_error(
            answer, 403, "forbidden", "The request's common name is not the guid of the device.");
    return issue(sandbox, answer, &csr, context);
}

/* The context, in whichever region, that the certificate was issued to. -ENOENT when there is none. Needs the
 * lock. */
static int find_context(const struct sandbox *sandbox, const struct peer *peer, json_object **ret)
{
    for (size_t i = 0; i < HOSTS; i++) {
        _cleanup_json_ json_object *context = NULL;

        if (!sandbox_hosts[i].region ||
            sandbox_context_load(&sandbox->store, sandbox_hosts[i].region, peer->common_name, &context) < 0 ||
            !sandbox_context_has_certificate(context, peer->serial))
            continue;
        *ret = TAKE_PTR(context);
        return 0;
    }
    return -ENOENT;
}

int sandbox_est_simplereenroll(
    const struct sandbox *sandbox, const struct request *request, struct answer *answer)
{
    _cleanup_(csr_p) struct csr csr = { .key = NULL };
    _cleanup_json_ json_object *context = NULL;
    _cleanup_close_ int lock = -1;
    const char *problem = NULL;
    struct peer peer;
    int r;

    r = sandbox_peer_identify(request->tls, &sandbox->authorities, &peer, &problem);
    if (r == -EACCES)
        return sandbox_answer_error(answer, 401, "unauthorized", problem);
    if (r < 0)
        return r;
    lock = sandbox_store_lock(&sandbox->store);
    if (lock < 0)
        return lock;
    if (find_context(sandbox, &peer, &context) < 0)
        return sandbox_answer_error(
            answer, 401, "unauthorized", "The client certificate is of a device that was removed.");
    r = read_csr(request, answer, &csr);
    if (r <= 0)
        return r;
    if (strcmp(csr.common_name, peer.common_name) != 0)
        return sandbox_answer_error(
            answer, 403, "forbidden", "The request's common name is not that of the client certificate.");
    return issue(sandbox, answer, &csr, context);
}
