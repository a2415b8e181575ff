#include "sandbox/est/auth.h"

#include "common/json.h"
#include "sandbox/base/base64.h"
#include "sandbox/faults/quirk.h"
#include "sandbox/faults/words.h"
#include "sandbox/sse/context.h"
#include "sandbox/web/digest.h"
#include "sandbox/web/peer.h"

#include <errno.h>
#include <strings.h>
#include <time.h>

/* The credential of a request. The username is NULL for Bearer; texts are owned. */
struct credential {
    char *username, *secret;
    bool is_digest;
    struct digest digest;
};

static void release_credential(struct credential *credential)
{
    free(credential->username);
    free(credential->secret);
}

/* Returns the schemes that the server takes; 0 stands for Bearer. */
static int accepted_schemes(const struct call *call)
{
    int schemes = fault_number(call->faults, "auth");

    return schemes || !call->cloud->settings.basic ? schemes : AUTH_BASIC;
}

/* Refuses with a challenge for each scheme that is accepted. */
static int challenge_client(
    const struct call *call, struct answer *answer, enum digest_nonce nonce, const char *message)
{
    int schemes = accepted_schemes(call), r;
    char digest[DIGEST_CHALLENGE_SIZE];

    r = answer_set_error(answer, 401, "unauthorized", message);
    if (r >= 0 && schemes == 0)
        r = answer_add_header(answer, "WWW-Authenticate", "Bearer realm=\"est\"");
    if (r >= 0 && schemes & AUTH_BASIC)
        r = answer_add_header(answer, "WWW-Authenticate", "Basic realm=\"est\"");
    if (r < 0 || !(schemes & (AUTH_MD5 | AUTH_SHA256)))
        return r;
    r = digest_write_challenge(schemes & AUTH_MD5 ? GNUTLS_DIG_MD5 : GNUTLS_DIG_SHA256, nonce, digest);
    return r < 0 ? r : answer_add_header(answer, "WWW-Authenticate", digest);
}

static int refuse_credential(const struct call *call, struct answer *answer, const char *message)
{
    return challenge_client(call, answer, DIGEST_NEW, message);
}

static int parse_basic(const char *text, struct credential *ret)
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

/* Finds the secret of the user, which a Digest header doesn't contain. */
static int find_secret(const struct store *store, struct credential *credential)
{
    _cleanup_json_ json_object *all = NULL;
    int r = store_list(store, "enrollments", &all);

    for (size_t i = 0; r >= 0 && i < json_object_array_length(all); i++) {
        json_object *enrollment = json_object_array_get_idx(all, i);
        const char *username = json_get_string(enrollment, "username"),
                   *secret = json_get_string(enrollment, "secret");

        if (!username || !secret || !streq(username, credential->digest.username))
            continue;
        credential->username = strdup(username);
        credential->secret = strdup(secret);
        return credential->username && credential->secret ? 0 : -ENOMEM;
    }
    return r < 0 ? r : -EBADMSG;
}

/* Parses the Authorization header. -EBADMSG if its scheme is not one that the server takes. */
static int parse_credential(const struct call *call, struct credential *ret)
{
    const char *header = call->request->authorization;
    int schemes = accepted_schemes(call);

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
    return find_secret(&call->cloud->store, ret);
}

/* Reads the enrolment of the request's credential. -EBADMSG, -EACCES, -ESTALE or -ENOENT if the credential is
 * wrong; *ret_problem may then be a constant sentence. */
static int read_enrollment(
    const struct call *call, struct credential *credential, json_object **ret, const char **ret_problem)
{
    const struct request *request = call->request;
    int r;

    r = parse_credential(call, credential);
    if (r >= 0 && credential->is_digest)
        r = digest_verify(
            &credential->digest, request->method, request->path, credential->secret, ret_problem);
    if (r >= 0)
        r = enrollment_load(&call->cloud->store, credential->secret, ret);
    /* a secret that was issued with a user name counts only with that user name */
    if (r >= 0 && !streq0(json_get_string(*ret, "username"), credential->username))
        r = -EACCES;
    return r;
}

int authenticate_credential(const struct call *call, struct answer *answer, json_object **ret)
{
    _cleanup_(release_credential) struct credential credential = { .username = NULL };
    _cleanup_json_ json_object *enrollment = NULL, *context = NULL;
    const char *problem = NULL;
    int r;

    if (!call->request->authorization)
        return challenge_client(call, answer,
            fault_find(call->faults, "aged-nonce") ? DIGEST_AGED : DIGEST_NEW,
            "This call needs the credential of an activation.");
    r = read_enrollment(call, &credential, &enrollment, &problem);
    if (r == -ESTALE)
        return challenge_client(call, answer, DIGEST_REPLACED, problem);
    if (r == -EBADMSG || r == -ENOENT || r == -EACCES)
        return refuse_credential(call, answer, problem ? problem : "The enrolment credential is wrong.");
    if (r < 0)
        return r;
    if (time(NULL) >= json_get_int(enrollment, "expires", 0))
        return refuse_credential(call, answer, "The enrolment credential has expired.");
    r = context_load(&call->cloud->store, json_get_string(enrollment, "region"),
        json_get_string(enrollment, "guid"), &context);
    if (r < 0 && r != -ENOENT)
        return r;
    if (!streq0(json_get_string(context, "secret"), credential.secret))
        return refuse_credential(call, answer, "The enrolment credential is of a device that was removed.");
    *ret = TAKE_PTR(context);
    return 1;
}

/* Finds the context, in any region, that the certificate was issued to. -ENOENT if there is none. */
static int find_context(const struct store *store, const struct peer *peer, json_object **ret)
{
    const struct host *host;

    for (size_t i = 0; (host = host_at(SERVICE_SSE, i)); i++) {
        _cleanup_json_ json_object *context = NULL;

        if (context_load(store, host->region, peer->common_name, &context) < 0 ||
            !context_has_certificate(context, peer->serial))
            continue;
        *ret = TAKE_PTR(context);
        return 0;
    }
    return -ENOENT;
}

/* Returns true if the request has, by Basic, the user:password of a fault. */
static bool shows_user(const struct call *call, const char *pair)
{
    _cleanup_(release_credential) struct credential credential = { .username = NULL };
    const char *header = call->request->authorization;
    size_t length;

    if (!header || strncasecmp(header, "Basic ", 6) != 0 || parse_basic(header + 6, &credential) < 0)
        return false;
    length = strlen(credential.username);
    return strncmp(pair, credential.username, length) == 0 && pair[length] == ':' &&
           streq(pair + length + 1, credential.secret);
}

int authenticate_peer(
    const struct call *call, struct answer *answer, json_object **ret, gnutls_x509_crt_t *ret_certificate)
{
    const struct fault *user = fault_find(call->faults, "renewal-user");
    const char *problem = NULL;
    struct peer peer;
    int r;

    if (user && !shows_user(call, user->value)) {
        r = answer_set_error(answer, 401, "unauthorized", "This call needs a user and a password as well.");
        return r < 0 ? r : answer_add_header(answer, "WWW-Authenticate", "Basic realm=\"est\"");
    }

    r = peer_identify(call->request->tls, &call->cloud->authorities, &peer, &problem);
    if (r == -EACCES)
        return refuse_credential(call, answer, problem);
    if (r < 0)
        return r;
    if (find_context(&call->cloud->store, &peer, ret) < 0)
        return answer_set_error(
            answer, 401, "unauthorized", "The client certificate is of a device that was removed.");
    r = peer_read_certificate(call->request->tls, ret_certificate);
    return r < 0 ? r : 1;
}
