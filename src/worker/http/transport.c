#include "worker/http/transport.h"

#include "worker/x509/certificate.h"
#include "worker/x509/public-key.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <stdio.h>

/* Returns true until the proxy has opened a connection to the host: a failure is then between us and the
 * proxy. */
static bool in_proxy(const struct transport_facts *facts)
{
    return facts->proxied && facts->proxy_status == 0 && !facts->secured;
}

static enum reason timeout_reason(const struct transport_facts *facts)
{
    if (in_proxy(facts))
        return REASON_PROXY_FAILED;
    if (!facts->resolved)
        return REASON_DNS_FAILED;
    return facts->secured ? REASON_SERVER_ERROR : REASON_CONNECT_TIMEOUT;
}

static enum reason connect_reason(const struct transport_facts *facts)
{
    if (facts->proxied)
        return REASON_PROXY_FAILED;
    /* A missing route is the network's fault, like a timeout; a refusal comes from the host or a firewall. */
    if (facts->os_error == ETIMEDOUT || facts->os_error == ENETUNREACH || facts->os_error == EHOSTUNREACH)
        return REASON_CONNECT_TIMEOUT;
    return REASON_CONNECT_REFUSED;
}

static enum reason verify_reason(const struct transport_facts *facts)
{
    /* libcurl checks the name itself, once OpenSSL has verified the certificate. */
    if (facts->verify_error == X509_V_OK || facts->verify_error == X509_V_ERR_HOSTNAME_MISMATCH)
        return REASON_TLS_NAME;
    if (facts->verify_error == X509_V_ERR_CERT_HAS_EXPIRED ||
        facts->verify_error == X509_V_ERR_CERT_NOT_YET_VALID)
        return REASON_TLS_EXPIRED;
    return REASON_TLS_UNTRUSTED;
}

/* Returns true if an alert says that the server accepts none of the offered versions and ciphers (RFC 8446,
 * 6.2). */
static bool lacks_common_ground(int alert)
{
    return alert == SSL_AD_HANDSHAKE_FAILURE || alert == SSL_AD_PROTOCOL_VERSION ||
           alert == SSL_AD_INSUFFICIENT_SECURITY || alert == SSL_AD_UNRECOGNIZED_NAME ||
           alert == SSL_AD_NO_APPLICATION_PROTOCOL;
}

/* Returns true if the server demands a client certificate for a request without one. */
static bool demands_client(const struct transport_facts *facts)
{
    return !facts->client_shown && facts->alert == TLS13_AD_CERTIFICATE_REQUIRED;
}

static enum reason find_reason(const struct transport_facts *facts)
{
    static const struct {
        CURLcode code;
        enum reason reason;
    } table[] = {
        { CURLE_COULDNT_RESOLVE_PROXY, REASON_PROXY_FAILED },
        { CURLE_PROXY, REASON_PROXY_FAILED },
        { CURLE_COULDNT_RESOLVE_HOST, REASON_DNS_FAILED },
        { CURLE_SSL_CACERT_BADFILE, REASON_TLS_UNTRUSTED },
        { CURLE_SSL_ISSUER_ERROR, REASON_TLS_UNTRUSTED },
        { CURLE_SSL_INVALIDCERTSTATUS, REASON_TLS_UNTRUSTED },
        /* Our own certificate or key couldn't be loaded. */
        { CURLE_SSL_CERTPROBLEM, REASON_CERTIFICATE_UNUSABLE },
        { CURLE_SSL_CONNECT_ERROR, REASON_SERVER_ERROR },
        { CURLE_SSL_CLIENTCERT, REASON_SERVER_ERROR },
        { CURLE_GOT_NOTHING, REASON_SERVER_ERROR },
        { CURLE_SEND_ERROR, REASON_SERVER_ERROR },
        { CURLE_RECV_ERROR, REASON_SERVER_ERROR },
        { CURLE_PARTIAL_FILE, REASON_SERVER_ERROR },
    };

    if (facts->intercepted)
        return REASON_TLS_INTERCEPTED;
    if (facts->local)
        return REASON_UNEXPECTED_REPLY;
    if (facts->too_large)
        return REASON_UNEXPECTED_REPLY;
    /* With TLS 1.3 the alert comes behind the handshake and may end any later step. */
    if (facts->client_shown && tls_alert_refuses_client(facts->alert))
        return facts->alert == SSL_AD_CERTIFICATE_EXPIRED ? REASON_CERTIFICATE_EXPIRED
                                                          : REASON_CERTIFICATE_REFUSED;
    if (demands_client(facts))
        return REASON_UNEXPECTED_REPLY;
    if (facts->proxy_status == 407)
        return REASON_PROXY_AUTH;
    if (facts->proxy_status >= 300)
        return REASON_PROXY_FAILED;
    if (facts->code == CURLE_OPERATION_TIMEDOUT)
        return timeout_reason(facts);
    if (facts->code == CURLE_COULDNT_CONNECT)
        return connect_reason(facts);
    /* A wrong signature ends the handshake by another error: a CA of the same name has another key. */
    if (facts->code == CURLE_PEER_FAILED_VERIFICATION ||
        (facts->code == CURLE_SSL_CONNECT_ERROR && facts->verify_error != X509_V_OK))
        return in_proxy(facts) ? REASON_PROXY_FAILED : verify_reason(facts);
    if (facts->code == CURLE_SSL_CONNECT_ERROR && !in_proxy(facts) &&
        (facts->not_tls || lacks_common_ground(facts->alert)))
        return REASON_UNEXPECTED_REPLY;
    for (size_t i = 0; i < ELEMENTS(table); i++)
        if (table[i].code == facts->code) {
            /* Until the tunnel stands, the proxy is to blame. */
            if (table[i].reason == REASON_SERVER_ERROR && in_proxy(facts))
                return REASON_PROXY_FAILED;
            return table[i].reason;
        }
    return REASON_UNEXPECTED_REPLY;
}

/* Writes why a certificate is not trusted. */
static void describe_distrust(int error, const struct tls_peer *peer, char *out, size_t size)
{
    const char *flaw =
        error == X509_V_ERR_CERT_REJECTED && peer->culprit ? public_key_flaw(peer->culprit) : NULL;
    bool above = flaw && peer->leaf && X509_cmp(peer->culprit, peer->leaf) != 0;

    snprintf(out, size, "%s%s", above ? "of a CA above it: " : "",
        flaw ? flaw : X509_verify_cert_error_string(error));
}

static int fail_tls(
    struct failure *failure, const struct transport_facts *facts, const struct transport_place *place)
{
    char summary[384] = "no certificate was seen", from[32], to[32], now[32], why[128];
    const struct tls_peer *peer = place->peer;

    if (peer->leaf)
        certificate_summary(peer->leaf, summary, sizeof(summary));
    if (facts->code == CURLE_SSL_CACERT_BADFILE)
        return failure_set(failure, REASON_TLS_UNTRUSTED,
            "The trust anchors for TLS can't be read: %.200s%s%.200s. They have to be files of certificates "
            "in PEM that "
            "the worker can read (threatresponsed --check-config).",
            place->ca_bundle ? place->ca_bundle : "", place->ca_bundle && place->ca_file ? ", " : "",
            place->ca_file ? place->ca_file : "");

    enum reason reason = find_reason(facts);
    if (reason == REASON_TLS_INTERCEPTED)
        return failure_set(failure, reason,
            "TLS to %s is intercepted: its certificate leads to a CA of network.ca_file only: %s.",
            place->authority, summary);
    if (reason == REASON_TLS_NAME && facts->verify_error == X509_V_ERR_HOSTNAME_MISMATCH)
        return failure_set(failure, reason,
            "The certificate of %s names no host among its alternative names, which alone count (RFC 9525): "
            "whoever runs the server has to renew it: %s.",
            place->authority, summary);
    if (reason == REASON_TLS_NAME)
        return failure_set(
            failure, reason, "The certificate of %s is for another name: %s.", place->authority, summary);
    if (reason == REASON_TLS_EXPIRED && peer->culprit) {
        format_time(certificate_not_before(peer->culprit), from, sizeof(from));
        format_time(certificate_not_after(peer->culprit), to, sizeof(to));
        format_time(time(NULL), now, sizeof(now));
        return failure_set(failure, reason,
            "The certificate of %s is valid from %s to %s and it is %s here: %s.", place->authority, from, to,
            now, summary);
    }
    describe_distrust(facts->verify_error, peer, why, sizeof(why));
    return failure_set(
        failure, reason, "The certificate of %s is not trusted (%s): %s.", place->authority, why, summary);
}

/* Writes the methods that a proxy offers, such as "Negotiate, NTLM". */
static const char *name_offers(long offers, char *out, size_t size)
{
    static const struct {
        unsigned long bit;
        const char *name;
    } names[] = {
        { CURLAUTH_BASIC, "Basic" },
        { CURLAUTH_DIGEST, "Digest" },
        { CURLAUTH_NEGOTIATE, "Negotiate" },
        { CURLAUTH_NTLM, "NTLM" },
        { CURLAUTH_BEARER, "Bearer" },
    };
    size_t used = 0;

    snprintf(out, size, "nothing that is known here");
    for (size_t i = 0; i < ELEMENTS(names); i++)
        if ((unsigned long)offers & names[i].bit && used < size)
            used += (size_t)snprintf(out + used, size - used, "%s%s", used ? ", " : "", names[i].name);
    return out;
}

static int fail_authentication(
    struct failure *failure, const struct transport_facts *facts, const char *proxy)
{
    unsigned long usable = facts->digest_only ? CURLAUTH_DIGEST : CURLAUTH_BASIC | CURLAUTH_DIGEST;
    char offers[80];

    name_offers(facts->proxy_offers, offers, sizeof(offers));
    if (!((unsigned long)facts->proxy_offers & usable))
        return failure_set(failure, REASON_PROXY_AUTH,
            "The proxy %.200s takes passwords by %s only (407); the agent knows %s.", proxy, offers,
            facts->digest_only ? "Digest alone, as network.proxy_auth says" : "Basic and Digest");
    if (!facts->proxy_user_known)
        return failure_set(failure, REASON_PROXY_AUTH,
            "The proxy %.200s asks for a user and a password by %s (407), and network.proxy_user is not "
            "configured.",
            proxy, offers);
    return failure_set(failure, REASON_PROXY_AUTH,
        "The proxy %.200s does not accept the user and the password that are configured (407, by %s).", proxy,
        offers);
}

static int fail_proxy(
    struct failure *failure, const struct transport_facts *facts, const struct transport_place *place)
{
    const char *proxy = place->proxy ? place->proxy : "(unknown)";

    if (facts->proxy_status == 407)
        return fail_authentication(failure, facts, proxy);
    if (facts->proxy_status)
        return failure_set(failure, REASON_PROXY_FAILED,
            "The proxy %.200s refused to reach %s: it answered %ld.", proxy, place->authority,
            facts->proxy_status);
    return failure_set(
        failure, REASON_PROXY_FAILED, "The proxy %.150s can't be used: %s.", proxy, place->curl_text);
}

/* Fails for an unfinished handshake: the message has our offer and the server's alert. */
static int fail_handshake(struct failure *failure, enum reason reason, const struct transport_facts *facts,
    const struct transport_place *place, const char *text)
{
    const char *offered = facts->tls_1_2_only ? "TLS 1.2 alone, which the proof of possession needs "
                                                "(est.proof_of_possession = \"never\" does without)"
                                              : "TLS 1.2 and 1.3";

    if (facts->not_tls)
        return failure_set(failure, reason,
            "%s answered the TLS handshake with something else than TLS, such as plain HTTP: check the port.",
            place->authority);
    if (facts->alert)
        return failure_set(failure, reason,
            "%s ended the TLS handshake: %s (alert %d). It was offered HTTP/1.1 over %s, key exchange by "
            "(EC)DHE.",
            place->authority, SSL_alert_desc_string_long(facts->alert), facts->alert, offered);
    return failure_set(failure, reason, "The TLS handshake with %s broke off: %.160s. It was offered %s.",
        place->authority, text, offered);
}

/* Fails for a broken exchange, by the stage that it had reached. */
static int fail_exchange(struct failure *failure, enum reason reason, const struct transport_facts *facts,
    const struct transport_place *place, const char *text)
{
    bool late = facts->code == CURLE_OPERATION_TIMEDOUT;

    if (facts->code == CURLE_UNSUPPORTED_PROTOCOL || facts->code == CURLE_WEIRD_SERVER_REPLY)
        return failure_set(failure, reason,
            "%s answered with something else than the HTTP/1.1 that was offered: %s.", place->authority,
            text);
    if (late && facts->sent)
        return failure_set(
            failure, reason, "%s took the request and did not answer in time: %s.", place->authority, text);
    if (late)
        return failure_set(
            failure, reason, "The request to %s could not be sent in time: %s.", place->authority, text);
    return failure_set(failure, reason, "The exchange with %s broke off %s: %s.", place->authority,
        facts->sent ? "after the request" : "before the request", text);
}

int transport_fail(
    struct failure *failure, const struct transport_facts *facts, const struct transport_place *place)
{
    enum reason reason = find_reason(facts);
    const char *text = *place->curl_text ? place->curl_text : curl_easy_strerror(facts->code);
    struct transport_place closed = *place;
    char told[512];

    if (facts->closed) {
        snprintf(told, sizeof(told),
            "%.300s. The unit of the worker closes this address, a drop-in opens it: "
            "threatresponse-worker(8)",
            text);
        closed.curl_text = text = told;
        place = &closed;
    }
    if (reason == REASON_TLS_NAME || reason == REASON_TLS_EXPIRED || reason == REASON_TLS_UNTRUSTED ||
        reason == REASON_TLS_INTERCEPTED)
        return fail_tls(failure, facts, place);
    if (reason == REASON_PROXY_AUTH || reason == REASON_PROXY_FAILED)
        return fail_proxy(failure, facts, place);
    if (reason == REASON_DNS_FAILED)
        return failure_set(failure, reason, "The name %s could not be resolved: %s.", place->host, text);
    if (reason == REASON_CONNECT_REFUSED)
        return failure_set(failure, reason, "%s refused the connection: %s.", place->authority, text);
    if (reason == REASON_CONNECT_TIMEOUT && facts->connected)
        return failure_set(failure, reason,
            "%s took the connection and did not answer the TLS handshake in time: %s.", place->authority,
            text);
    if (reason == REASON_CONNECT_TIMEOUT)
        return failure_set(failure, reason, "%s could not be reached: %s.", place->authority, text);
    if (reason == REASON_CERTIFICATE_REFUSED || reason == REASON_CERTIFICATE_EXPIRED)
        return failure_set(failure, reason, "%s refused the appliance's certificate in TLS: %s.",
            place->authority, SSL_alert_desc_string_long(facts->alert));
    if (reason == REASON_CERTIFICATE_UNUSABLE)
        return failure_set(failure, reason, "The appliance's certificate or key can't be used: %s.", text);
    if (facts->local)
        return failure_set(failure, reason,
            "%s has an address of this machine or its link, where no server of the cloud is: nothing was "
            "sent. If it is the right one, name the host itself in est.hosts and reload.",
            place->authority);
    if (facts->too_large)
        return failure_set(failure, reason, "The answer of %s is larger than is allowed.", place->authority);
    if (demands_client(facts))
        return failure_set(failure, reason,
            "%s demands a client certificate for a request that is made without one: whoever runs it has to "
            "allow that.",
            place->authority);
    if (facts->code == CURLE_SSL_CONNECT_ERROR && !facts->secured)
        return fail_handshake(failure, reason, facts, place, text);
    return fail_exchange(failure, reason, facts, place, text);
}
