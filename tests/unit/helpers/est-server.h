/*
 * An EST server on the HTTPS server of the test: CA certificates, CSR attributes, and certificates for what is asked. The
 * fields of a struct est_server say how it behaves, and what it has seen of the last certificate request.
 */
#pragma once

#include "unit/helpers/tls-server.h"
#include "worker/x509/base64.h"

#include <openssl/pkcs7.h>

#define EST_PATH "/.well-known/est"

struct est_server {
    const char *attributes; /* base64; NULL: none, 204 */
    bool wants_password;    /* for all but the CA certificates: else 401 */
    bool generates_key;     /* with the certificate */
    const char *redirect;   /* a URL that all but this path are sent to; NULL: nobody is */
    char common_name[128];  /* of the last request */
    char challenge[256];    /* its challenge password; empty: none */
    bool signature_is_good;
};

/* Base64 in lines; lasts until the next one. */
static inline const char *est_server_encode(const void *data, size_t size)
{
    static char text[32 << 10];
    char *encoded;
    size_t length;

    assert_int_equal(base64_encode(data, size, &encoded, &length), 0);
    snprintf(text, sizeof(text), "%s", encoded);
    free(encoded);
    return text;
}

static inline const char *est_server_bundle(X509 *first, X509 *second)
{
    PKCS7 *p7 = PKCS7_new();
    unsigned char *der = NULL;

    PKCS7_set_type(p7, NID_pkcs7_signed);
    PKCS7_content_new(p7, NID_pkcs7_data);
    PKCS7_add_certificate(p7, first);
    if (second)
        PKCS7_add_certificate(p7, second);
    int length = i2d_PKCS7(p7, &der);
    PKCS7_free(p7);
    const char *text = est_server_encode(der, (size_t)length);
    OPENSSL_free(der);
    return text;
}

/* Looks at the request in the body. The caller frees. */
static inline X509_REQ *est_server_read_request(struct est_server *est, const char *body)
{
    unsigned char *der;
    size_t size;

    if (base64_decode(body, strlen(body), &der, &size) < 0)
        return NULL;
    const unsigned char *p = der;
    X509_REQ *request = d2i_X509_REQ(NULL, &p, (long)size);
    free(der);
    if (!request)
        return NULL;

    X509_NAME_get_text_by_NID(
        X509_REQ_get_subject_name(request), NID_commonName, est->common_name, sizeof(est->common_name));
    int place = X509_REQ_get_attr_by_NID(request, NID_pkcs9_challengePassword, -1);
    est->challenge[0] = 0;
    if (place >= 0) {
        const ASN1_TYPE *value = X509_ATTRIBUTE_get0_type(X509_REQ_get_attr(request, place), 0);
        snprintf(est->challenge, sizeof(est->challenge), "%.*s", value->value.asn1_string->length,
            (const char *)value->value.asn1_string->data);
    }
    est->signature_is_good = X509_REQ_verify(request, X509_REQ_get0_pubkey(request)) == 1;
    return request;
}

static inline const char *est_server_issue(struct tls_server *server, const char *body)
{
    struct est_server *est = server->userdata;
    X509_REQ *request = est_server_read_request(est, body);

    if (!request)
        return tls_server_response("400 Bad", "text/plain", "no request");
    EVP_PKEY *made = est->generates_key ? make_key() : NULL;
    struct recipe recipe =
        DEVICE_RECIPE(made ? made : X509_REQ_get0_pubkey(request), server->ca, server->ca_key);
    recipe.subject = est->common_name;
    recipe.to = 7200;
    X509 *certificate = make_certificate(&recipe);
    const char *bundle = est_server_bundle(certificate, NULL);
    static char parts[40 << 10];
    if (made) {
        char *pem = to_pem(NULL, made);
        snprintf(parts, sizeof(parts),
            "--x\r\nContent-Type: application/pkcs8\r\n\r\n%s\r\n--x\r\nContent-Type: "
            "application/pkcs7-mime\r\n\r\n"
            "%s\r\n--x--\r\n",
            pem, bundle);
        free(pem);
    }
    X509_free(certificate);
    X509_REQ_free(request);
    EVP_PKEY_free(made);
    return made ? tls_server_response("200 OK", "multipart/mixed; boundary=x", parts)
                : tls_server_response("200 OK", "application/pkcs7-mime; smime-type=certs-only", bundle);
}

/* A tls_server_answer; the server's userdata is a struct est_server. */
static inline const char *est_server_answer(struct tls_server *server, const char *request)
{
    struct est_server *est = server->userdata;
    const char *body = strstr(request, "\r\n\r\n") + 4;
    char path[128] = "";

    sscanf(request, "%*s %127s", path);
    const char *operation = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    if (est->redirect && !strstr(est->redirect, path)) {
        static char text[512];
        snprintf(text, sizeof(text), "HTTP/1.1 302 There\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n",
            est->redirect);
        return text;
    }
    if (streq(operation, "cacerts"))
        return tls_server_response("200 OK", "application/pkcs7-mime", est_server_bundle(server->ca, NULL));
    if (est->wants_password && !strstr(request, "\r\nAuthorization: Basic am9lOmh1c2gtaHVzaA=="))
        return "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n";
    if (streq(operation, "csrattrs"))
        return est->attributes ? tls_server_response("200 OK", "application/csrattrs", est->attributes)
                               : "HTTP/1.1 204 None\r\n\r\n";
    return est_server_issue(server, body);
}
