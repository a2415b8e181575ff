#include "worker/est/server.h"

#include "worker/est/hosts.h"
#include "worker/http/url.h"
#include "worker/x509/pkcs7.h"

#include <ctype.h>

const char *const est_possession_names[] = { WORKER_EST_PROOF_OF_POSSESSION_NAMES, NULL };

/* Returns the index of an optional member among the names; 0 if it is absent. */
static int read_choice(json_object *object, const char *key, const char *const *names)
{
    const char *name = json_get_string(object, key);

    for (int i = 0; name && names[i]; i++)
        if (streq(names[i], name))
            return i;
    return 0;
}

/* Copies a fingerprint in lower case without colons and blanks. Returns false if it isn't a SHA-256. */
static bool read_fingerprint(const char *text, char out[static FINGERPRINT_SIZE])
{
    size_t n = 0;

    for (; *text; text++) {
        if (*text == ':' || *text == ' ')
            continue;
        if (!isxdigit((unsigned char)*text) || n == FINGERPRINT_SIZE - 1)
            return false;
        out[n++] = (char)tolower((unsigned char)*text);
    }
    out[n] = 0;
    return n == FINGERPRINT_SIZE - 1;
}

/* Reads the certificates of an optional member. The name is that of the whole parameter, for a refusal. */
static int read_certificates(struct call_context *context, json_object *object, const char *key,
    const char *name, STACK_OF(X509) * *ret)
{
    const char *pem = json_get_string(object, key);

    if (!pem)
        return 0;
    int r = certificates_load(pem, ret);
    return r == -EINVAL ? call_refuse_parameter(context, name) : r;
}

static int check_url(struct call_context *context, const char *base, const char *label, struct url_parts *ret)
{
    _cleanup_free_ char *url = NULL;
    int r = url_est(base, label, "cacerts", &url);

    if (r >= 0)
        r = url_parse(url, ret);
    return r == -EINVAL ? call_refuse_parameter(context, "est.url") : r;
}

int est_settings_read(struct call_context *context, json_object *object, struct est *ret)
{
    _cleanup_x509_stack_ STACK_OF(X509) *tls_anchors = NULL;
    const char *fingerprint = json_get_string(object, "fingerprint");
    struct est est = {
        .url = json_get_string(object, "url"),
        .label = json_get_string(object, "label"),
        .tls_anchors = json_get_string(object, "tlsAnchors"),
        .key_type = json_get_string(object, "keyType"),
        .send_chain = json_get_bool(object, "sendChain", false),
        .csr_attributes = json_get_bool(object, "csrAttributes", true),
        .server_keygen = json_get_bool(object, "serverKeygen", false),
        .possession = (enum est_possession)read_choice(object, "proofOfPossession", est_possession_names),
        .policy = (enum certificate_policy)read_choice(object, "subjectPolicy", certificate_policy_names),
    };

    struct url_parts parts;

    int r = check_url(context, est.url, est.label, &parts);
    if (r >= 0) {
        bool named;

        est.refused = !est_host_is_allowed(json_get_array(object, "hosts"), parts.host, &named);
        est.not_local = !named;
    }
    if (r >= 0 && fingerprint && !read_fingerprint(fingerprint, est.fingerprint))
        r = call_refuse_parameter(context, "est.fingerprint");
    if (r >= 0)
        r = read_certificates(context, object, "tlsAnchors", "est.tlsAnchors", &tls_anchors);
    if (r >= 0)
        r = read_certificates(context, object, "anchors", "est.anchors", &est.anchors);
    if (r >= 0)
        r = read_certificates(context, object, "intermediates", "est.intermediates", &est.intermediates);
    if (r < 0) {
        est_settings_done(&est);
        return r;
    }
    *ret = est;
    return 0;
}

void est_settings_done(struct est *est)
{
    sk_X509_pop_free(est->anchors, X509_free);
    sk_X509_pop_free(est->intermediates, X509_free);
    *est = (struct est){ 0 };
}
