#include "sandbox/est/auth.h"

#include "common/json.h"
#include "sandbox/base/base64.h"
#include "sandbox/faults/quirk.h"
#include "sandbox/web/digest.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* What the client presented; username is NULL for Bearer. Texts are owned. */
struct presented {
    char *username, *secret;
    bool is_digest;
    struct digest digest;
};

static void presented_p(struct presented *presented)
{
    free(presented->username);
    free(presented->secret);
}

static int schemes_of(const struct sandbox *sandbox, const struct request *request)
{
    int schemes = fault_number(request, "auth");

    return schemes || !sandbox->settings.basic ? schemes : AUTH_BASIC;
}

static int refuse(
    const struct sandbox *sandbox, const struct request *request, struct answer *answer, const char *message)
{
    int schemes = schemes_of(sandbox, request), r;
    char digest[256];

    r = answer_set_error(answer, 401, "unauthorized", message);
    if (r >= 0 && schemes == 0)
        r = answer_add_header(answer, "WWW-Authenticate", "Bearer realm=\"est\"");
    if (r >= 0 && schemes & AUTH_BASIC)
        r = answer_add_header(answer, "WWW-Authenticate", "Basic realm=\"est\"");
    if (r < 0 || !(schemes & (AUTH_MD5 | AUTH_SHA256)))
        return r;
    r = digest_write_challenge(schemes & AUTH_MD5 ? GNUTLS_DIG_MD5 : GNUTLS_DIG_SHA256, digest);
    return r < 0 ? r : answer_add_header(answer, "WWW-Authenticate", digest);
}

static int parse_basic(const char *text, struct presented *ret)
{
    gnutls_datum_t decoded = { NULL, 0 };
    const char *colon;

    if (base64_decode_text(text, strlen(text), &decoded) < 0)
        return -EBADMSG;
    colon = memchr(decoded.data, ':', decoded.size);
    if (colon) {
        size_t length = (size_t)(colon - (const char *)decoded.data);

        ret->username = strndup((const char *)decoded.data, length);
        ret->secret = strndup(colon + 1, decoded.size - length - 1);
    }
    gnutls_free(decoded.data);
    if (!colon)
        return -EBADMSG;
    return ret->username && ret->secret ? 0 : -ENOMEM;
}

/* The secret of a user, for Digest, which does not bring it. */
static int find_secret(const struct sandbox *sandbox, struct presented *presented)
{
    _cleanup_json_ json_object *all = NULL;
    int r = store_list(&sandbox->store, "enrollments", &all);

    for (size_t i = 0; r >= 0 && i < json_object_array_length(all); i++) {
        json_object *enrollment = json_object_array_get_idx(all, i);
        const char *username = json_get_string(enrollment, "username"),
                   *secret = json_get_string(enrollment, "secret");

        if (!username || !secret || strcmp(username, presented->digest.username) != 0)
            continue;
        presented->username = strdup(username);
        presented->secret = strdup(secret);
        return presented->username && presented->secret ? 0 : -ENOMEM;
    }
    return r < 0 ? r : -EBADMSG;
}

/* Takes the header apart. -EBADMSG when it is of no scheme that is taken. */
static int parse(const struct sandbox *sandbox, const struct request *request, struct presented *ret)
{
    const char *header = request->authorization;
    int schemes = schemes_of(sandbox, request);

    if (schemes == 0 && strncasecmp(header, "Bearer ", 7) == 0) {
        ret->secret = strdup(header + 7 + strspn(header + 7, " "));
        return ret->secret ? 0 : -ENOMEM;
    }
    if (schemes & AUTH_BASIC && strncasecmp(header, "Basic ", 6) == 0)
        return parse_basic(header + 6, ret);
    if (digest_parse(header, &ret->digest) < 0 ||
        !(schemes & (ret->digest.algorithm == GNUTLS_DIG_MD5 ? AUTH_MD5 : AUTH_SHA256)))
        return -EBADMSG;
    ret->is_digest = true;
    return find_secret(sandbox, ret);
}

/* Whether the credential is used the way it was issued. */
static bool scheme_matches(json_object *enrollment, const char *username)
{
    const char *issued = json_get_string(enrollment, "username");

    return issued ? username && strcmp(issued, username) == 0 : !username;
}

int authenticate_credential(
    const struct sandbox *sandbox, const struct request *request, struct answer *answer, json_object **ret)
{
    _cleanup_(presented_p) struct presented presented = { .username = NULL };
    _cleanup_json_ json_object *enrollment = NULL, *context = NULL;
    const char *current, *problem = NULL;
    int r;

    if (!request->authorization)
        return refuse(sandbox, request, answer, "Enrolment needs the credential of an activation.");
    r = parse(sandbox, request, &presented);
    if (r >= 0 && presented.is_digest)
        r = digest_verify(&presented.digest, request->method, request->path, presented.secret, &problem);
    if (r >= 0)
        r = enrollment_load(&sandbox->store, presented.secret, &enrollment);
    if (r == -EBADMSG || r == -ENOENT || r == -EACCES ||
        (r >= 0 && !scheme_matches(enrollment, presented.username)))
        return refuse(sandbox, request, answer, problem ? problem : "The enrolment credential is wrong.");
    if (r < 0)
        return r;
    if (time(NULL) >= json_get_int(enrollment, "expires", 0))
        return refuse(sandbox, request, answer, "The enrolment credential has expired.");
    r = context_load(&sandbox->store, json_get_string(enrollment, "region"),
        json_get_string(enrollment, "guid"), &context);
    if (r < 0 && r != -ENOENT)
        return r;
    current = json_get_string(context, "secret");
    if (!current || strcmp(current, presented.secret) != 0)
        return refuse(sandbox, request, answer, "The enrolment credential is of a device that was removed.");
    *ret = TAKE_PTR(context);
    return 1;
}

/* The context, in whichever region, that the certificate was issued to. -ENOENT when there is none. */
static int find_context(const struct sandbox *sandbox, const struct peer *peer, json_object **ret)
{
    for (size_t i = 0; i < HOSTS; i++) {
        _cleanup_json_ json_object *context = NULL;

        if (!cloud_hosts[i].region ||
            context_load(&sandbox->store, cloud_hosts[i].region, peer->common_name, &context) < 0 ||
            !context_has_certificate(context, peer->serial))
            continue;
        *ret = TAKE_PTR(context);
        return 0;
    }
    return -ENOENT;
}

static int import(gnutls_session_t tls, gnutls_x509_crt_t *ret)
{
    unsigned n = 0;
    const gnutls_datum_t *raw = gnutls_certificate_get_peers(tls, &n);
    gnutls_x509_crt_t certificate;

    if (!raw || n == 0 || gnutls_x509_crt_init(&certificate) < 0)
        return -EIO;
    if (gnutls_x509_crt_import(certificate, raw, GNUTLS_X509_FMT_DER) < 0) {
        gnutls_x509_crt_deinit(certificate);
        return -EIO;
    }
    *ret = certificate;
    return 0;
}

int authenticate_peer(const struct sandbox *sandbox, const struct request *request, struct answer *answer,
    json_object **ret, gnutls_x509_crt_t *ret_certificate)
{
    const char *problem = NULL;
    struct peer peer;
    int r;

    r = peer_identify(request->tls, &sandbox->authorities, &peer, &problem);
    if (r == -EACCES)
        return refuse(sandbox, request, answer, problem);
    if (r < 0)
        return r;
    if (find_context(sandbox, &peer, ret) < 0)
        return answer_set_error(
            answer, 401, "unauthorized", "The client certificate is of a device that was removed.");
    r = import(request->tls, ret_certificate);
    return r < 0 ? r : 1;
}
