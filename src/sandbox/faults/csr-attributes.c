#include "sandbox/faults/csr-attributes.h"

#include "common/memory.h"
#include "sandbox/faults/words.h"

#include <errno.h>
#include <string.h>

#define BYTES(...)                                                                                           \
    {                                                                                                        \
        (unsigned char[]){ __VA_ARGS__ }, sizeof((unsigned char[]){ __VA_ARGS__ })                           \
    }

#define PKCS(...) 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, __VA_ARGS__
#define X962(...) 0x2a, 0x86, 0x48, 0xce, 0x3d, __VA_ARGS__

static const unsigned char challenge_password[] = { DER_OID, 9, PKCS(9, 7) };

const struct fault_word csr_attribute_words[] = {
    { "challenge-password", "a proof of possession, the attribute challengePassword",
        .data = { (unsigned char *)challenge_password, sizeof(challenge_password) } },
    { "ec_p256", "a key of P-256",
        .data = BYTES(DER_SEQUENCE, 21, DER_OID, 7, X962(2, 1), DER_SET, 10, DER_OID, 8, X962(3, 1, 7)) },
    { "ec_p384", "a key of P-384",
        .data = BYTES(
            DER_SEQUENCE, 18, DER_OID, 7, X962(2, 1), DER_SET, 7, DER_OID, 5, 0x2b, 0x81, 0x04, 0x00, 0x22) },
    { "rsa", "a key of RSA", .data = BYTES(DER_OID, 9, PKCS(1, 1)) },
    { "rsa_3072", "a key of RSA with 3072 bits",
        .data = BYTES(DER_SEQUENCE, 17, DER_OID, 9, PKCS(1, 1), DER_SET, 4, DER_INTEGER, 2, 0x0c, 0x00) },
    { "sha384", "ECDSA with SHA-384", .data = BYTES(DER_OID, 8, X962(4, 3, 3)) },
    { "sha512", "RSA with SHA-512", .data = BYTES(DER_OID, 9, PKCS(1, 13)) },
    { "extension", "an unknown extension",
        .data = BYTES(
            DER_SEQUENCE, 22, DER_OID, 9, PKCS(9, 14), DER_SET, 9, DER_OID, 7, 0x2b, 6, 1, 1, 1, 1, 0x16) },
    { "unknown", "an unknown identifier and an unknown attribute",
        .data = BYTES(DER_OID, 3, 0x88, 0x37, 1, DER_SEQUENCE, 10, DER_OID, 3, 0x88, 0x37, 2, DER_SET, 3,
            DER_INTEGER, 1, 5) },
    { "malformed", "an attribute that goes on behind its end",
        .data = BYTES(DER_SEQUENCE, 5, DER_OID, 9, 0x2a, 0x86, 0x48) },
    { "nothing", "an empty sequence", .data = { NULL, 0 } },
    { "garbage", "bytes that are not a sequence", .data = BYTES(0xff, 0x82, 0x30, 0x00, 0x01) },
    { NULL },
};

int csr_attributes_write(const struct fault_set *faults, struct der *ret)
{
    const struct fault_word *words[WORD_LIMIT];
    size_t n = fault_find_words(faults, STAGE_ASKED, "attributes", words, ELEMENTS(words));
    struct der der = { .data = NULL };
    bool garbage = false;

    if (fault_find(faults, "pop"))
        der_add(&der, challenge_password, sizeof(challenge_password));
    else if (n == 0)
        return 0;
    for (size_t i = 0; i < n; i++) {
        der_add(&der, words[i]->data.data, words[i]->data.size);
        garbage |= strcmp(words[i]->name, "garbage") == 0;
    }
    if (!garbage)
        der_wrap(&der, 0, DER_SEQUENCE);
    if (der.failed) {
        der_done(&der);
        return -ENOMEM;
    }
    *ret = der;
    return 1;
}
