/*
 * What the public key of a foreign certificate may look like. A signature proves who made it only if nobody could choose
 * the key for it: the parameters of a key must not be free.
 */
#pragma once

#include "worker/x509/crypto.h"

#include <stdbool.h>

enum {
    RSA_MODULUS_BITS_MAX = 16384, /* OpenSSL verifies with no larger one */
    RSA_EXPONENT_BITS_MAX = 64,
    RSA_CHECK_BITS_MAX =
        8192, /* of a modulus that is searched for powers: a tenth of a second, six for a prime of 16384 */
    KEY_SECURITY_BITS_MIN = 112, /* RSA 2048 */
};

/* Returns what is wrong with the key of a certificate, NULL if nothing is: an elliptic curve has a name and no explicit
 * parameters and the key is not its point at infinity, an RSA modulus is positive and odd, its exponent odd and from 3 to RSA_EXPONENT_BITS_MAX bits, and
 * parameters stand only where the algorithm has some. Other algorithms are not judged. */
const char *public_key_flaw(const X509 *certificate);

/* True if the numbers of an RSA or elliptic key can be those of a key: an RSA modulus of at most RSA_CHECK_BITS_MAX is neither
 * prime nor the power of a prime nor divisible by a small one, a point is on its curve, in the right group and not at infinity.
 * True for other algorithms. Costs as much as a signature with RSA: not for a certificate of which many come. */
bool public_key_is_sound(EVP_PKEY *key);
