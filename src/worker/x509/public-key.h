/*
 * What the public key of a foreign certificate may look like. A signature proves who made it only if nobody could choose
 * the key for it: the parameters of a key must not be free.
 */
#pragma once

#include "worker/x509/crypto.h"

enum {
    RSA_MODULUS_BITS_MAX = 16384, /* OpenSSL verifies with no larger one */
    RSA_EXPONENT_BITS_MAX = 64,
    KEY_SECURITY_BITS_MIN = 112, /* RSA 2048 */
};

/* Returns what is wrong with the key of a certificate, NULL if nothing is: an elliptic curve has a name and no explicit
 * parameters, an RSA modulus is positive and odd, its exponent odd and from 3 to RSA_EXPONENT_BITS_MAX bits, and
 * parameters stand only where the algorithm has some. Other algorithms are not judged. */
const char *public_key_flaw(const X509 *certificate);
