#include "worker/x509/key.h"

#include "worker/x509/base64.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>

enum {
    KEY_SIZE_MAX = 64 << 10, /* more than any key takes */
    GUARDED_SIZE = 256 << 10,
    GUARDED_MIN = 32,
};

struct private_key {
    EVP_PKEY *pkey;
};

const char *const key_type_names[] = { WORKER_KEY_TYPE_NAMES, NULL };

int key_type_from_string(const char *name)
{
    for (int i = 0; key_type_names[i]; i++)
        if (streq(key_type_names[i], name))
            return i;
    return -EINVAL;
}

int private_key_guard(void)
{
    int r = CRYPTO_secure_malloc_init(GUARDED_SIZE, GUARDED_MIN);

    /* 2: without lock or guard pages. */
    return r == 1 ? 0 : r == 2 ? -EPERM : -ENOMEM;
}

struct private_key *private_key_free(struct private_key *key)
{
    if (key) {
        EVP_PKEY_free(key->pkey);
        free(key);
    }
    return NULL;
}

/* Makes a key of a handle, which it takes over. */
static int wrap_handle(EVP_PKEY *pkey, struct private_key **ret)
{
    struct private_key *key = malloc(sizeof(*key));

    if (!key) {
        EVP_PKEY_free(pkey);
        return -ENOMEM;
    }
    key->pkey = pkey;
    *ret = key;
    return 0;
}

int private_key_generate(enum key_type type, struct private_key **ret)
{
    EVP_PKEY *pkey = NULL;

    switch (type) {
    case KEY_EC_P256:
        pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
        break;
    case KEY_EC_P384:
        pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384");
        break;
    case KEY_RSA_2048:
        pkey = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
        break;
    case KEY_RSA_3072:
        pkey = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)3072);
        break;
    }
    return pkey ? wrap_handle(pkey, ret) : -EIO;
}

/* Refuses encrypted keys: without a callback OpenSSL asks on the terminal. */
static int no_passphrase(char *buffer, int size, int writing, void *userdata)
{
    (void)buffer, (void)size, (void)writing, (void)userdata;
    return -1;
}

static int load_pem(const char *pem, int size, struct private_key **ret)
{
    _cleanup_bio_ BIO *bio = BIO_new_mem_buf(pem, size);

    if (!bio)
        return -ENOMEM;
    EVP_PKEY *pkey = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
    if (!pkey) {
        ERR_clear_error();
        return -EINVAL;
    }
    return wrap_handle(pkey, ret);
}

int private_key_load(const char *pem, struct private_key **ret)
{
    return load_pem(pem, -1, ret);
}

int private_key_parse(const char *body, size_t size, struct private_key **ret)
{
    unsigned char *data = NULL;
    size_t length = 0;

    if (size == 0 || size > KEY_SIZE_MAX)
        return -EINVAL;
    if (memmem(body, size, "-----BEGIN ", 11))
        return load_pem(body, (int)size, ret);
    int r = base64_decode_body(body, size, &data, &length);
    if (r < 0)
        return r == -EBADMSG ? -EINVAL : r;

    const unsigned char *p = data;
    EVP_PKEY *pkey = d2i_AutoPrivateKey(NULL, &p, (long)length);
    ERR_clear_error();
    explicit_bzero(data, length);
    free(data);
    return pkey ? wrap_handle(pkey, ret) : -EINVAL;
}

int private_key_to_pem(const struct private_key *key, char **ret)
{
    /* A memory BIO needs no erasing: OpenSSL overwrites it when it grows and when it is freed. */
    _cleanup_bio_ BIO *bio = BIO_new(BIO_s_mem());
    char *data;

    if (!bio || !PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL, NULL))
        return -EIO;
    long size = BIO_get_mem_data(bio, &data);
    char *pem = strndup(data, (size_t)size);
    if (!pem)
        return -ENOMEM;
    *ret = pem;
    return 0;
}

EVP_PKEY *private_key_handle(const struct private_key *key)
{
    return key->pkey;
}

void key_describe(EVP_PKEY *pkey, char *out, size_t size)
{
    char group[32] = "";

    if (EVP_PKEY_is_a(pkey, "EC")) {
        EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL);
        if (streq(group, "prime256v1"))
            snprintf(out, size, "%s", key_type_names[KEY_EC_P256]);
        else if (streq(group, "secp384r1"))
            snprintf(out, size, "%s", key_type_names[KEY_EC_P384]);
        else
            snprintf(out, size, "ec_%s", group);
    } else {
        const char *name = EVP_PKEY_get0_type_name(pkey);
        snprintf(out, size, "%s_%d", name ? name : "unknown", EVP_PKEY_get_bits(pkey));
    }
    for (char *c = out; *c; c++)
        *c = (char)tolower((unsigned char)*c);
}
