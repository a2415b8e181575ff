#include "common/memory.h"
#include "sandbox/base/base64.h"
#include "sandbox/faults/csr-attributes.h"
#include "sandbox/faults/kinds.h"
#include "sandbox/faults/quirk.h"

#include <errno.h>
#include <string.h>

static const char *check_line_end(const struct submission *submission)
{
    const struct request *request = submission->request;

    return request->size > 0 && request->body[request->size - 1] == '\n'
               ? NULL
               : "The last line of the request does not end.";
}

/* The decoder of OpenSSL, which libest uses, reads lines of at most 76 columns. */
static const char *check_columns(const struct submission *submission)
{
    const char *line = submission->request->body;

    while (*line) {
        size_t length = strcspn(line, "\n");

        if (length > BASE64_COLUMNS || (length < BASE64_COLUMNS && line[length] && line[length + 1]))
            return "The lines of the request are not of 64 columns.";
        line += length + (line[length] == '\n');
    }
    return NULL;
}

static const char *check_type(const struct submission *submission)
{
    return strcmp(submission->request->content_type, "application/pkcs10") == 0
               ? NULL
               : "The content type is not application/pkcs10 to the letter.";
}

static const char *check_transfer_encoding(const struct submission *submission)
{
    const char *encoding = submission->request->content_transfer_encoding;

    return encoding && strcmp(encoding, "base64") == 0 ? NULL : "Content-Transfer-Encoding is not base64.";
}

static const char *check_expect(const struct submission *submission)
{
    return submission->request->expect ? "Expectations are not met here." : NULL;
}

static const char *check_length(const struct submission *submission)
{
    return submission->request->transfer_encoding ? "A body needs its Content-Length." : NULL;
}

static const char *check_label(const struct submission *submission)
{
    const char *path = submission->request->path + strlen("/.well-known/est/");
    size_t n = strlen(submission->label);

    return strncmp(path, submission->label, n) == 0 && path[n] == '/' ? NULL
                                                                      : "There is no CA of this label.";
}

static const char *check_new_key(const struct submission *submission)
{
    unsigned char old[32], new[32];
    size_t old_size = sizeof(old), new_size = sizeof(new);

    if (!submission->current)
        return NULL;
    return gnutls_x509_crt_get_key_id(submission->current, GNUTLS_KEYID_USE_SHA256, old, &old_size) >= 0 &&
                   gnutls_x509_crq_get_key_id(
                       submission->csr->request, GNUTLS_KEYID_USE_SHA256, new, &new_size) >= 0 &&
                   memcmp(old, new, sizeof(old)) != 0
               ? NULL
               : "The key is the old one.";
}

static bool are_equal(gnutls_datum_t a, gnutls_datum_t b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static const char *check_names(const struct submission *submission)
{
    gnutls_datum_t old = { NULL, 0 }, new = { NULL, 0 };
    const char *problem = NULL;

    if (!submission->current)
        return NULL;
    if (gnutls_x509_crt_get_raw_dn(submission->current, &old) < 0 ||
        !are_equal(old, submission->csr->subject))
        problem = "The subject is not the one of the client certificate, byte for byte.";
    gnutls_free(old.data);
    if (problem)
        return problem;
    old = new;
    (void)gnutls_x509_crt_get_extension_by_oid2(submission->current, "2.5.29.17", 0, &old, NULL);
    (void)gnutls_x509_crq_get_extension_by_oid2(submission->csr->request, "2.5.29.17", 0, &new, NULL);
    if (!are_equal(old, new))
        problem = "The subject's alternative names are not those of the client certificate, byte for byte.";
    gnutls_free(old.data);
    gnutls_free(new.data);
    return problem;
}

/* A request without key usages passes. */
static const char *check_usage(const struct submission *submission)
{
    static const struct {
        const char *oid;
        unsigned char value[12];
        unsigned size;
    } known[] = {
        { "2.5.29.15", { 3, 2, 7, 0x80 }, 4 },
        { "2.5.29.37", { 0x30, 10, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 2 }, 12 },
    };
    const char *problem = NULL;

    for (size_t i = 0; i < ELEMENTS(known); i++) {
        gnutls_datum_t value = { NULL, 0 };

        if (gnutls_x509_crq_get_extension_by_oid2(submission->csr->request, known[i].oid, 0, &value, NULL) >=
                0 &&
            (value.size != known[i].size || memcmp(value.data, known[i].value, value.size) != 0))
            problem = "The key usage is not digitalSignature and clientAuth alone.";
        gnutls_free(value.data);
    }
    return problem;
}

static const char *check_signature(const struct submission *submission)
{
    return gnutls_x509_crq_get_signature_algorithm(submission->csr->request) == GNUTLS_SIGN_ECDSA_SHA256
               ? NULL
               : "The request is not signed with the algorithm of the CA.";
}

static const struct fault_word needs[] = {
    { "newline", "a line end at its end", 400, .check = check_line_end },
    { "columns", "lines of 64 columns", 400, .check = check_columns },
    { "exact-type", "the type application/pkcs10, spelled exactly so", 400, .check = check_type },
    { "transfer-encoding", "Content-Transfer-Encoding: base64", 415, .check = check_transfer_encoding },
    { "no-expect", "no Expect header", 417, .check = check_expect },
    { "length", "a Content-Length, not chunks", 411, .check = check_length },
    { "label", "the label that the activation named, in the same case", 404, .check = check_label },
    { "new-key", "a new key at re-enrolment", 400, .check = check_new_key },
    { "same-names", "the subject and alternative names of the client certificate", 403,
        .check = check_names },
    { "exact-usage", "no key usage but digitalSignature and clientAuth", 400, .check = check_usage },
    { "ca-signature", "a signature of ECDSA with SHA-256", 400, .check = check_signature },
    { NULL },
};

static const char *check_key(const struct submission *submission, int algorithm, unsigned bits)
{
    unsigned found = 0;
    int type = gnutls_pubkey_get_pk_algorithm(submission->csr->key, &found);

    return type == algorithm && (bits == 0 || bits == found) ? NULL : "This CA takes no key of this type.";
}

static const char *check_ec(const struct submission *submission)
{
    return check_key(submission, GNUTLS_PK_ECDSA, 0);
}

static const char *check_rsa(const struct submission *submission)
{
    return check_key(submission, GNUTLS_PK_RSA, 0);
}

static const char *check_p384(const struct submission *submission)
{
    return check_key(submission, GNUTLS_PK_ECDSA, 384);
}

static const char *check_rsa_3072(const struct submission *submission)
{
    return check_key(submission, GNUTLS_PK_RSA, 3072);
}

static const struct fault_word keys[] = {
    { "ec", "of elliptic curves", 400, .check = check_ec },
    { "rsa", "of RSA", 400, .check = check_rsa },
    { "ec_p384", "of P-384", 400, .check = check_p384 },
    { "rsa_3072", "of RSA with 3072 bits", 400, .check = check_rsa_3072 },
    { NULL },
};

static const struct fault_word schemes[] = {
    { "basic", "Basic", .number = AUTH_BASIC },
    { "md5", "Digest with MD5", .number = AUTH_MD5 },
    { "sha-256", "Digest with SHA-256", .number = AUTH_SHA256 },
    { "basic-md5", "Basic or Digest with MD5", .number = AUTH_BASIC | AUTH_MD5 },
    { "basic-sha-256", "Basic or Digest with SHA-256", .number = AUTH_BASIC | AUTH_SHA256 },
    { NULL },
};

static const struct fault_word credentials[] = {
    { "bearer", "a secret", .number = 0 },
    { "basic", "a user name and a secret", .number = 1 },
    { NULL },
};

const struct fault_kind request_kinds[] = {
    { "needs", VALUE_LIST, PLACE_EST, STAGE_CHECK, NULL, "demand of a certificate request", needs },
    { "key", VALUE_WORD, PLACE_EST, STAGE_CHECK, NULL, "accept only keys", keys },
    { "auth", VALUE_WORD, PLACE_EST, STAGE_ASKED, NULL, "ask for the credential by", schemes },
    { "credential", VALUE_WORD, PLACE_HTTP, STAGE_ASKED, NULL, "issue in an activation", credentials },
    { "attributes", VALUE_LIST, PLACE_EST, STAGE_ASKED, NULL, "ask in csrattrs for", csr_attribute_words },
    { "renewal-user", VALUE_TEXT, PLACE_EST, STAGE_ASKED, NULL,
        "ask at a renewal for this user:password by Basic, beside the certificate" },
    { "closed", VALUE_NONE, PLACE_EST, STAGE_ASKED, NULL,
        "answer cacerts and csrattrs only to clients with a credential or a certificate" },
    { "aged-nonce", VALUE_NONE, PLACE_EST, STAGE_ASKED, NULL,
        "challenge by Digest with a nonce that is too old, then with another one" },
    { "pop", VALUE_STATUS, PLACE_EST, STAGE_ASKED, NULL,
        "ask in csrattrs for a proof of possession, and refuse a request without it with this status" },
    { "same-key", VALUE_TEXT, PLACE_EST, STAGE_ASKED, NULL,
        "answer 202 with this Retry-After, then wait for a request with the same key" },
    { NULL },
};
