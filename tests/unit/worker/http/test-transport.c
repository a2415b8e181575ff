#include "worker/http/transport.h"

#include "unit/helpers/test-certificates.h"

#include <errno.h>

static const struct {
    struct transport_facts facts;
    enum reason reason;
} reason_cases[] = {
    { { .code = CURLE_COULDNT_RESOLVE_HOST }, REASON_DNS_FAILED },
    { { .code = CURLE_OPERATION_TIMEDOUT }, REASON_DNS_FAILED },
    { { .code = CURLE_COULDNT_CONNECT, .resolved = true, .os_error = ECONNREFUSED }, REASON_CONNECT_REFUSED },
    { { .code = CURLE_COULDNT_CONNECT, .resolved = true, .os_error = ENETUNREACH }, REASON_CONNECT_TIMEOUT },
    { { .code = CURLE_COULDNT_CONNECT, .resolved = true, .os_error = EHOSTUNREACH }, REASON_CONNECT_TIMEOUT },
    { { .code = CURLE_COULDNT_CONNECT, .resolved = true, .os_error = ETIMEDOUT }, REASON_CONNECT_TIMEOUT },
    { { .code = CURLE_OPERATION_TIMEDOUT, .resolved = true }, REASON_CONNECT_TIMEOUT },
    { { .code = CURLE_OPERATION_TIMEDOUT, .resolved = true, .secured = true }, REASON_SERVER_ERROR },
    { { .code = CURLE_COULDNT_RESOLVE_PROXY, .proxied = true }, REASON_PROXY_FAILED },
    { { .code = CURLE_COULDNT_CONNECT, .proxied = true, .os_error = ECONNREFUSED }, REASON_PROXY_FAILED },
    { { .code = CURLE_OPERATION_TIMEDOUT, .proxied = true }, REASON_PROXY_FAILED },
    { { .code = CURLE_OPERATION_TIMEDOUT, .proxied = true, .resolved = true }, REASON_PROXY_FAILED },
    { { .code = CURLE_OPERATION_TIMEDOUT, .proxied = true, .resolved = true, .secured = true },
        REASON_SERVER_ERROR },
    { { .code = CURLE_OPERATION_TIMEDOUT, .proxied = true, .proxy_status = 200, .resolved = true },
        REASON_CONNECT_TIMEOUT },
    { { .code = CURLE_RECV_ERROR, .proxied = true, .proxy_status = 407 }, REASON_PROXY_AUTH },
    { { .code = CURLE_COULDNT_CONNECT, .proxied = true, .proxy_status = 407 }, REASON_PROXY_AUTH },
    { { .code = CURLE_RECV_ERROR, .proxied = true, .proxy_status = 403 }, REASON_PROXY_FAILED },
    { { .code = CURLE_RECV_ERROR, .proxied = true }, REASON_PROXY_FAILED },
    { { .code = CURLE_PROXY, .proxied = true }, REASON_PROXY_FAILED },
    { { .code = CURLE_PEER_FAILED_VERIFICATION, .verify_error = X509_V_OK }, REASON_TLS_NAME },
    { { .code = CURLE_PEER_FAILED_VERIFICATION, .verify_error = X509_V_ERR_CERT_HAS_EXPIRED },
        REASON_TLS_EXPIRED },
    { { .code = CURLE_PEER_FAILED_VERIFICATION, .verify_error = X509_V_ERR_CERT_NOT_YET_VALID },
        REASON_TLS_EXPIRED },
    { { .code = CURLE_PEER_FAILED_VERIFICATION,
          .verify_error = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY },
        REASON_TLS_UNTRUSTED },
    { { .code = CURLE_PEER_FAILED_VERIFICATION, .verify_error = X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN },
        REASON_TLS_UNTRUSTED },
    { { .code = CURLE_SSL_CACERT_BADFILE }, REASON_TLS_UNTRUSTED },
    { { .code = CURLE_ABORTED_BY_CALLBACK, .resolved = true, .intercepted = true }, REASON_TLS_INTERCEPTED },
    { { .code = CURLE_SSL_CERTPROBLEM }, REASON_CERTIFICATE_UNUSABLE },
    { { .code = CURLE_SSL_CONNECT_ERROR }, REASON_SERVER_ERROR },
    { { .code = CURLE_SSL_CONNECT_ERROR, .not_tls = true }, REASON_UNEXPECTED_REPLY },
    /* Alerts about the certificate that we showed: in the handshake, or behind it. */
    { { .code = CURLE_SSL_CONNECT_ERROR, .client_shown = true, .alert = 42 }, REASON_CERTIFICATE_REFUSED },
    { { .code = CURLE_RECV_ERROR, .secured = true, .client_shown = true, .alert = 43 },
        REASON_CERTIFICATE_REFUSED },
    { { .code = CURLE_RECV_ERROR, .secured = true, .client_shown = true, .alert = 44 },
        REASON_CERTIFICATE_REFUSED },
    { { .code = CURLE_SSL_CONNECT_ERROR, .client_shown = true, .alert = 45 }, REASON_CERTIFICATE_EXPIRED },
    { { .code = CURLE_SEND_ERROR, .secured = true, .client_shown = true, .alert = 46 },
        REASON_CERTIFICATE_REFUSED },
    { { .code = CURLE_RECV_ERROR, .secured = true, .client_shown = true, .alert = 48 },
        REASON_CERTIFICATE_REFUSED },
    { { .code = CURLE_RECV_ERROR, .secured = true, .client_shown = true, .alert = 49 },
        REASON_CERTIFICATE_REFUSED },
    { { .code = CURLE_SSL_CLIENTCERT, .client_shown = true, .alert = 116 }, REASON_CERTIFICATE_REFUSED },
    { { .code = CURLE_RECV_ERROR, .secured = true, .alert = 116 }, REASON_UNEXPECTED_REPLY },
    { { .code = CURLE_SSL_CONNECT_ERROR, .client_shown = true, .alert = 80 }, REASON_SERVER_ERROR },
    { { .code = CURLE_SSL_CONNECT_ERROR, .alert = 42 }, REASON_SERVER_ERROR },
    { { .code = CURLE_SSL_CONNECT_ERROR, .verify_error = X509_V_ERR_CERT_SIGNATURE_FAILURE },
        REASON_TLS_UNTRUSTED },
    { { .code = CURLE_COULDNT_CONNECT, .resolved = true, .local = true }, REASON_UNEXPECTED_REPLY },
    /* Nothing in common. */
    { { .code = CURLE_SSL_CONNECT_ERROR, .client_shown = true, .alert = 40 }, REASON_UNEXPECTED_REPLY },
    { { .code = CURLE_SSL_CONNECT_ERROR, .alert = 70 }, REASON_UNEXPECTED_REPLY },
    { { .code = CURLE_SSL_CONNECT_ERROR, .alert = 71 }, REASON_UNEXPECTED_REPLY },
    { { .code = CURLE_SSL_CONNECT_ERROR, .alert = 112 }, REASON_UNEXPECTED_REPLY },
    { { .code = CURLE_SSL_CONNECT_ERROR, .alert = 120 }, REASON_UNEXPECTED_REPLY },
    /* How far it came counts, not the number of the error. */
    { { .code = CURLE_OPERATION_TIMEDOUT, .resolved = true, .connected = true }, REASON_CONNECT_TIMEOUT },
    { { .code = CURLE_OPERATION_TIMEDOUT,
          .resolved = true,
          .connected = true,
          .secured = true,
          .sent = true },
        REASON_SERVER_ERROR },
    { { .code = CURLE_PEER_FAILED_VERIFICATION, .verify_error = X509_V_ERR_HOSTNAME_MISMATCH },
        REASON_TLS_NAME },
    { { .code = CURLE_PEER_FAILED_VERIFICATION, .proxied = true }, REASON_PROXY_FAILED },
    { { .code = CURLE_PEER_FAILED_VERIFICATION, .proxied = true, .proxy_status = 200 }, REASON_TLS_NAME },
    { { .code = CURLE_GOT_NOTHING, .secured = true }, REASON_SERVER_ERROR },
    { { .code = CURLE_RECV_ERROR, .secured = true }, REASON_SERVER_ERROR },
    { { .code = CURLE_SEND_ERROR, .secured = true }, REASON_SERVER_ERROR },
    { { .code = CURLE_PARTIAL_FILE, .secured = true }, REASON_SERVER_ERROR },
    { { .code = CURLE_RECV_ERROR, .secured = true, .proxied = true, .proxy_status = 200 },
        REASON_SERVER_ERROR },
    { { .code = CURLE_WRITE_ERROR, .secured = true, .too_large = true }, REASON_UNEXPECTED_REPLY },
    { { .code = CURLE_WEIRD_SERVER_REPLY, .secured = true }, REASON_UNEXPECTED_REPLY },
    { { .code = CURLE_UNSUPPORTED_PROTOCOL, .secured = true }, REASON_UNEXPECTED_REPLY },
};

static void test_reasons(void **state)
{
    const struct tls_peer unseen = { 0 };
    const struct transport_place place = {
        .authority = "api.example:443", .host = "api.example", .curl_text = "", .peer = &unseen
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(reason_cases); i++) {
        struct failure failure = FAILURE_INIT;

        assert_int_equal(transport_fail(&failure, &reason_cases[i].facts, &place), -EREMOTEIO);
        if (failure.reason != reason_cases[i].reason)
            fail_msg("case %zu (%s): %s", i, curl_easy_strerror(reason_cases[i].facts.code),
                reason_to_string(failure.reason));
    }
}

static void assert_message(
    const struct transport_facts *facts, const struct transport_place *place, const char *text)
{
    struct failure failure = FAILURE_INIT;

    assert_int_equal(transport_fail(&failure, facts, place), -EREMOTEIO);
    if (!strstr(failure.message, text))
        fail_msg("\"%s\" does not say \"%s\"", failure.message, text);
}

/* complaint("network: a TLS failure has no detail, or the agent never recovers from it") */
static void test_messages(void **state)
{
    _cleanup_pkey_ EVP_PKEY *key = make_key();
    struct recipe recipe = CA_RECIPE("Evil\nProxy", key);
    recipe.alternative = "DNS:one.example,DNS:two.example";
    recipe.from = -7200;
    recipe.to = -3600;
    _cleanup_x509_ X509 *leaf = make_certificate(&recipe);
    struct tls_peer peer = { .leaf = leaf, .culprit = leaf }, unseen = { 0 };
    struct transport_place place = {
        .authority = "api.example:443",
        .host = "api.example",
        .proxy = "http://proxy.example:3128",
        .ca_bundle = "/etc/bundle.pem",
        .curl_text = "words of libcurl",
        .peer = &peer,
    };
    struct transport_facts facts = { .code = CURLE_PEER_FAILED_VERIFICATION };

    (void)state;
    assert_message(&facts, &place, "The certificate of api.example:443 is for another name: subject CN=Evil");
    assert_message(&facts, &place, "names one.example two.example, SHA-256 ");
    facts.verify_error = X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN;
    assert_message(&facts, &place, "is not trusted (self-signed certificate in certificate chain)");
    facts.verify_error = X509_V_ERR_CERT_HAS_EXPIRED;
    assert_message(&facts, &place, "is valid from ");
    place.peer = &unseen;
    assert_message(&facts, &place, "no certificate was seen");
    assert_message(&(struct transport_facts){ .code = CURLE_SSL_CACERT_BADFILE }, &place, "/etc/bundle.pem");
    assert_message(&(struct transport_facts){ .code = CURLE_COULDNT_RESOLVE_HOST }, &place,
        "The name api.example could not be resolved: words of libcurl.");
    assert_message(&(struct transport_facts){ .code = CURLE_COULDNT_CONNECT, .resolved = true }, &place,
        "api.example:443 refused the connection: words of libcurl.");
    assert_message(&(struct transport_facts){ .code = CURLE_COULDNT_CONNECT, .proxied = true }, &place,
        "The proxy http://proxy.example:3128 can't be used: words of libcurl.");
    assert_message(&(struct transport_facts){ .code = CURLE_COULDNT_RESOLVE_HOST, .closed = true }, &place,
        "The name api.example could not be resolved: words of libcurl. The unit of the worker closes this "
        "address, a "
        "drop-in opens it: threatresponse-worker(8).");
    assert_message(
        &(struct transport_facts){ .code = CURLE_COULDNT_CONNECT, .proxied = true, .closed = true }, &place,
        "3128 can't be used: words of libcurl. The unit of the worker closes this address");
    place.curl_text = "";
    assert_message(&(struct transport_facts){ .code = CURLE_GOT_NOTHING, .secured = true }, &place,
        "The exchange with api.example:443 broke off before the request: Server returned nothing");
    assert_message(&(struct transport_facts){ .code = CURLE_GOT_NOTHING, .secured = true, .sent = true },
        &place, "The exchange with api.example:443 broke off after the request: ");
    assert_message(&(struct transport_facts){ .code = CURLE_OPERATION_TIMEDOUT, .resolved = true }, &place,
        "api.example:443 could not be reached: ");
    assert_message(
        &(struct transport_facts){ .code = CURLE_OPERATION_TIMEDOUT, .resolved = true, .connected = true },
        &place, "api.example:443 took the connection and did not answer the TLS handshake in time: ");
    assert_message(
        &(struct transport_facts){ .code = CURLE_OPERATION_TIMEDOUT, .resolved = true, .secured = true },
        &place, "The request to api.example:443 could not be sent in time: ");
}

/* The text of a certificate can't forge a line of the log. */
static void test_foreign_text_is_printable(void **state)
{
    _cleanup_pkey_ EVP_PKEY *key = make_key();
    struct recipe recipe = CA_RECIPE("a\nb\x1b[31m", key);
    _cleanup_x509_ X509 *leaf = make_certificate(&recipe);
    struct tls_peer peer = { .leaf = leaf };
    struct transport_place place = { .authority = "a:443", .host = "a", .curl_text = "", .peer = &peer };
    struct transport_facts facts = { .code = CURLE_PEER_FAILED_VERIFICATION };
    struct failure failure = FAILURE_INIT;

    (void)state;
    transport_fail(&failure, &facts, &place);
    for (const char *c = failure.message; *c; c++)
        assert_true((unsigned char)*c >= 0x20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_foreign_text_is_printable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
