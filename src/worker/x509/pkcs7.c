#include "worker/x509/pkcs7.h"

#include "worker/x509/base64.h"
#include "worker/x509/public-key.h"

#include <ctype.h>
#include <errno.h>
#include <openssl/pkcs7.h>

static void pkcs7_freep(PKCS7 **p7)
{
    PKCS7_free(*p7);
}

/* Adds a reference to a certificate unless the stack has it already. */
static int add_unique(STACK_OF(X509) * stack, X509 *certificate)
{
    for (int i = 0; i < sk_X509_num(stack); i++)
        if (X509_cmp(sk_X509_value(stack, i), certificate) == 0)
            return 0;
    if (sk_X509_num(stack) >= PKCS7_CERTIFICATES_MAX)
        return -E2BIG;
    if (!sk_X509_push(stack, certificate))
        return -ENOMEM;
    X509_up_ref(certificate);
    return 0;
}

static int add_from_pkcs7(STACK_OF(X509) * stack, PKCS7 *p7)
{
    if (!PKCS7_type_is_signed(p7) || !p7->d.sign)
        return -EBADMSG;

    STACK_OF(X509) *in = p7->d.sign->cert;
    for (int i = 0; i < sk_X509_num(in); i++) {
        int r = add_unique(stack, sk_X509_value(in, i));
        if (r < 0)
            return r;
    }
    return 0;
}

static bool only_space(const unsigned char *data, const unsigned char *end)
{
    /* A NUL may end the text. */
    while (data < end && (isspace(*data) || !*data))
        data++;
    return data == end;
}

static int add_from_der(STACK_OF(X509) * stack, const unsigned char *data, size_t size, bool *ret_bare)
{
    _cleanup_(pkcs7_freep) PKCS7 *p7 = NULL;
    _cleanup_x509_ X509 *certificate = NULL;
    const unsigned char *p = data;

    p7 = d2i_PKCS7(NULL, &p, (long)size);
    if (p7)
        return only_space(p, data + size) ? add_from_pkcs7(stack, p7) : -EBADMSG;

    p = data;
    certificate = d2i_X509(NULL, &p, (long)size);
    if (!certificate || !only_space(p, data + size))
        return -EBADMSG;
    *ret_bare = true;
    return add_unique(stack, certificate);
}

static int add_from_pem(STACK_OF(X509) * stack, const char *body, size_t size, bool *ret_bare)
{
    _cleanup_bio_ BIO *bio = BIO_new_mem_buf(body, (int)size);
    int r = 0;

    if (!bio)
        return -ENOMEM;
    while (r == 0) {
        _cleanup_openssl_ char *name = NULL, *header = NULL;
        _cleanup_openssl_ unsigned char *data = NULL;
        long length;

        if (!PEM_read_bio(bio, &name, &header, &data, &length)) {
            /* Without a start line the end has come; anything else is a broken block. */
            bool end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
            return end && sk_X509_num(stack) > 0 ? 0 : -EBADMSG;
        }
        r = add_from_der(stack, data, (size_t)length, ret_bare);
    }
    return r;
}

static int add_from_body(STACK_OF(X509) * stack, const char *body, size_t size, bool *ret_bare)
{
    _cleanup_free_ unsigned char *data = NULL;
    size_t length;

    int r = base64_decode_body(body, size, &data, &length);
    if (r < 0)
        return r;
    return add_from_der(stack, data, length, ret_bare);
}

/* Checks what a server sent before anything is computed with it. */
static int check_limits(STACK_OF(X509) * stack)
{
    for (int i = 0; i < sk_X509_num(stack); i++) {
        X509 *certificate = sk_X509_value(stack, i);

        if (i2d_X509(certificate, NULL) > PKCS7_CERTIFICATE_SIZE_MAX)
            return -E2BIG;
        if (public_key_flaw(certificate))
            return -EKEYREJECTED;
    }
    return 0;
}

int pkcs7_parse(const char *body, size_t size, STACK_OF(X509) * *ret, bool *ret_bare)
{
    _cleanup_x509_stack_ STACK_OF(X509) *stack = sk_X509_new_null();
    bool bare = false;
    int r;

    if (!stack)
        return -ENOMEM;
    if (size > PKCS7_SIZE_MAX)
        return -E2BIG;
    if (size == 0)
        return -EBADMSG;
    if (memmem(body, size, "-----BEGIN ", 11))
        r = add_from_pem(stack, body, size, &bare);
    else
        r = add_from_body(stack, body, size, &bare);
    ERR_clear_error();
    if (r < 0)
        return r;
    if (sk_X509_num(stack) == 0)
        return -EBADMSG;
    r = check_limits(stack);
    if (r < 0)
        return r;

    *ret = TAKE_PTR(stack);
    *ret_bare = bare;
    return 0;
}

int certificates_load(const char *pem, STACK_OF(X509) * *ret)
{
    _cleanup_x509_stack_ STACK_OF(X509) *stack = sk_X509_new_null();
    bool bare;

    if (!stack)
        return -ENOMEM;
    int r = add_from_pem(stack, pem, strlen(pem), &bare);
    ERR_clear_error();
    if (r < 0)
        return r == -EBADMSG || r == -E2BIG ? -EINVAL : r;
    *ret = TAKE_PTR(stack);
    return 0;
}
