#include "worker/x509/certificate.h"

#include "common/log.h"
#include "worker/x509/key.h"

#include <errno.h>
#include <stdio.h>

enum {
    SERIAL_MAX = 20, /* RFC 5280, 4.1.2.2 */
    NAMES_MAX = 32,
};

/* Some CAs let a validity begin before 1970, a time that the interface doesn't have: it becomes 1970. */
static time_t to_time(const ASN1_TIME *asn1)
{
    struct tm tm;
    time_t time = ASN1_TIME_to_tm(asn1, &tm) ? timegm(&tm) : 0;

    return time > 0 ? time : 0;
}

time_t certificate_not_before(const X509 *certificate)
{
    return to_time(X509_get0_notBefore(certificate));
}

time_t certificate_not_after(const X509 *certificate)
{
    return to_time(X509_get0_notAfter(certificate));
}

void certificate_fingerprint(const X509 *certificate, char out[static FINGERPRINT_SIZE])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    *out = 0;
    if (X509_digest(certificate, EVP_sha256(), digest, &size))
        for (unsigned i = 0; i < size; i++)
            snprintf(out + 2 * i, FINGERPRINT_SIZE - 2 * i, "%02x", digest[i]);
}

void certificate_name(const X509_NAME *name, char *out, size_t size)
{
    _cleanup_bio_ BIO *bio = BIO_new(BIO_s_mem());
    char text[1024] = "";
    /* Without this flag UTF-8 would be escaped. */
    unsigned long flags = XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB;

    if (bio && X509_NAME_print_ex(bio, name, 0, flags) >= 0) {
        int n = BIO_read(bio, text, sizeof(text) - 1);
        text[n > 0 ? n : 0] = 0;
    }
    escape_text(text, out, size);
}

static void format_names(const X509 *certificate, char *out, size_t size)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    size_t used = 0;

    *out = 0;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        int type;
        const ASN1_STRING *value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type);
        char text[128];

        if (type != GEN_DNS || used + 8 > size)
            continue;
        snprintf(text, sizeof(text), "%.*s", ASN1_STRING_length(value), ASN1_STRING_get0_data(value));
        if (used > 0)
            used += (size_t)snprintf(out + used, size - used, " ");
        escape_text(text, out + used, size - used);
        used += strlen(out + used);
    }
    GENERAL_NAMES_free(names);
}

void certificate_summary(const X509 *certificate, char *out, size_t size)
{
    char subject[80], issuer[80], names[100], fingerprint[FINGERPRINT_SIZE];

    certificate_name(X509_get_subject_name(certificate), subject, sizeof(subject));
    certificate_name(X509_get_issuer_name(certificate), issuer, sizeof(issuer));
    format_names(certificate, names, sizeof(names));
    certificate_fingerprint(certificate, fingerprint);
    snprintf(out, size, "subject %s, issuer %s, names %s, SHA-256 %s", *subject ? subject : "(empty)", issuer,
        *names ? names : "(none)", fingerprint);
}

void format_time(time_t t, char *out, size_t size)
{
    struct tm tm;

    if (!gmtime_r(&t, &tm) || !strftime(out, size, "%Y-%m-%d %H:%M:%S UTC", &tm))
        snprintf(out, size, "(no date)");
}

/* Writes the octets of the serial number in hexadecimal, leading zeros included. */
static void format_serial(const X509 *certificate, char *out, size_t size)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(certificate);
    const unsigned char *octets = ASN1_STRING_get0_data(serial);

    for (int i = 0; i < ASN1_STRING_length(serial) && i < SERIAL_MAX; i++)
        snprintf(out + 2 * i, size - 2 * (size_t)i, "%02x", octets[i]);
}

/* Writes the subject, or the first alternative name of a certificate that has an empty one (RFC 5280, 4.1.2.6). */
static void describe_subject(const X509 *certificate, char *out, size_t size)
{
    _cleanup_bio_ BIO *bio = BIO_new(BIO_s_mem());
    char text[512] = "";

    certificate_name(X509_get_subject_name(certificate), out, size);
    if (*out || !bio)
        return;
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    if (sk_GENERAL_NAME_num(names) > 0 && GENERAL_NAME_print(bio, sk_GENERAL_NAME_value(names, 0))) {
        int n = BIO_read(bio, text, sizeof(text) - 1);
        text[n > 0 ? n : 0] = 0;
    }
    GENERAL_NAMES_free(names);
    escape_text(*text ? text : "(empty)", out, size);
}

int certificate_info(X509 *certificate, json_object **ret)
{
    _cleanup_json_ json_object *info = json_object_new_object();
    char serial[2 * SERIAL_MAX + 1] = "";
    char subject[512], issuer[512], fingerprint[FINGERPRINT_SIZE], key_type[48] = "unknown";
    EVP_PKEY *pkey = X509_get0_pubkey(certificate);

    describe_subject(certificate, subject, sizeof(subject));
    certificate_name(X509_get_issuer_name(certificate), issuer, sizeof(issuer));
    certificate_fingerprint(certificate, fingerprint);
    format_serial(certificate, serial, sizeof(serial));
    if (pkey)
        key_describe(pkey, key_type, sizeof(key_type));

    if (!info || json_add_string(info, "subject", subject) < 0 ||
        json_add_string(info, "issuer", issuer) < 0 || json_add_string(info, "serial", serial) < 0 ||
        json_add_int(info, "notBefore", certificate_not_before(certificate)) < 0 ||
        json_add_int(info, "notAfter", certificate_not_after(certificate)) < 0 ||
        json_add_string(info, "fingerprint", fingerprint) < 0 ||
        json_add_string(info, "keyType", key_type) < 0)
        return -ENOMEM;
    *ret = TAKE_PTR(info);
    return 0;
}

static int list_names(const X509 *certificate, json_object *array)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    int r = 0;

    for (int i = 0; i < sk_GENERAL_NAME_num(names) && i < NAMES_MAX && r == 0; i++) {
        int type;
        const ASN1_STRING *value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type);
        char text[256], escaped[256];
        json_object *name = NULL;

        if (type != GEN_DNS)
            continue;
        snprintf(text, sizeof(text), "%.*s", ASN1_STRING_length(value), ASN1_STRING_get0_data(value));
        name = json_object_new_string(escape_text(text, escaped, sizeof(escaped)));
        r = name ? json_object_array_add(array, name) : -1;
    }
    GENERAL_NAMES_free(names);
    return r < 0 ? -ENOMEM : 0;
}

int certificate_server_info(const X509 *certificate, json_object **ret)
{
    _cleanup_json_ json_object *info = json_object_new_object();
    json_object *names = json_object_new_array();
    char subject[512], issuer[512], fingerprint[FINGERPRINT_SIZE];

    certificate_name(X509_get_subject_name(certificate), subject, sizeof(subject));
    certificate_name(X509_get_issuer_name(certificate), issuer, sizeof(issuer));
    certificate_fingerprint(certificate, fingerprint);
    if (!names || json_add(info, "names", names) < 0 || list_names(certificate, names) < 0 ||
        json_add_string(info, "subject", subject) < 0 || json_add_string(info, "issuer", issuer) < 0 ||
        json_add_int(info, "notBefore", certificate_not_before(certificate)) < 0 ||
        json_add_int(info, "notAfter", certificate_not_after(certificate)) < 0 ||
        json_add_string(info, "fingerprint", fingerprint) < 0)
        return -ENOMEM;
    *ret = TAKE_PTR(info);
    return 0;
}

int certificates_to_pem(const STACK_OF(X509) * stack, int first, char **ret)
{
    _cleanup_bio_ BIO *bio = BIO_new(BIO_s_mem());
    char *data;

    if (!bio)
        return -ENOMEM;
    for (int i = first; i < sk_X509_num(stack); i++)
        if (!PEM_write_bio_X509(bio, sk_X509_value(stack, i)))
            return -ENOMEM;
    long size = BIO_get_mem_data(bio, &data);
    char *pem = strndup(size ? data : "", (size_t)size);
    if (!pem)
        return -ENOMEM;
    *ret = pem;
    return 0;
}
