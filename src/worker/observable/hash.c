#include "worker/observable/hash.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum {
    SHA256_DIGITS = 64,
    WORD_DIGITS_MAX = 19, /* so few hexadecimal digits may be a word or a number */
};

bool hash_is_hexadecimal(const char *text)
{
    return *text && strspn(text, "0123456789abcdefABCDEF") == strlen(text);
}

static void take_sha256(const char *text, struct observable *observable)
{
    char value[SHA256_DIGITS + 1];

    for (size_t i = 0; i <= SHA256_DIGITS; i++)
        value[i] = (char)tolower((unsigned char)text[i]);
    observable_take(observable, OBSERVABLE_SHA256, value);
}

static void refuse_length(size_t digits, struct observable *observable)
{
    switch (digits) {
    case 32:
        observable_refuse(observable, REFUSAL_MD5,
            "32 hexadecimal digits are an MD5; SHA-256 has 64: give the SHA-256 of the file.");
        break;
    case 40:
        observable_refuse(observable, REFUSAL_SHA1,
            "40 hexadecimal digits are a SHA-1; SHA-256 has 64: give the SHA-256 of the file.");
        break;
    case 56:
    case 96:
    case 128:
        observable_refuse(observable, REFUSAL_OTHER_HASH,
            "%zu hexadecimal digits are a SHA-%zu; SHA-256 has 64: give the SHA-256 of the file.", digits,
            4 * digits);
        break;
    default:
        observable_refuse(observable, REFUSAL_HASH_LENGTH,
            "%zu hexadecimal digits are no hash; SHA-256 has 64: check that all of it was copied.", digits);
    }
}

/* Decides about an item that a label calls a hash other than SHA-256. */
static bool refuse_labelled(const char *text, const struct label *label, struct observable *observable)
{
    size_t digits = strlen(text);

    if (!hash_is_hexadecimal(text) && strcasecmp(label->name, "tlsh") != 0)
        return false;
    if ((digits == 32 && strncasecmp(label->name, "md5", 3) == 0) ||
        (digits == 40 && (strncasecmp(label->name, "sha1", 4) == 0 || strcasecmp(label->name, "sha-1") == 0)))
        refuse_length(digits, observable);
    else
        observable_refuse(observable, REFUSAL_OTHER_HASH,
            "It is called %s, which is not a SHA-256: give the SHA-256 of the file.", label->name);
    return true;
}

static bool refuse_prefixed(const char *text, struct observable *observable)
{
    size_t digits = strlen(text + 2);

    if (!hash_is_hexadecimal(text + 2))
        return false;
    if (digits <= WORD_DIGITS_MAX)
        observable_refuse(observable, REFUSAL_NUMBER, "%s is a number: write an address with dots.", text);
    else
        observable_refuse(observable, REFUSAL_OTHER_HASH,
            "0x marks a transaction or a key, not the hash of a file: without 0x it would be taken for one.");
    return true;
}

bool hash_recognise(const char *text, const struct label *label, struct observable *observable)
{
    size_t digits = strlen(text);

    if (label->kind == LABEL_OTHER_HASH && refuse_labelled(text, label, observable))
        return true;
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X') && refuse_prefixed(text, observable))
        return true;
    if (!hash_is_hexadecimal(text))
        return false;
    if (digits == SHA256_DIGITS)
        take_sha256(text, observable);
    else if (digits > WORD_DIGITS_MAX || label->kind == LABEL_SHA256)
        refuse_length(digits, observable);
    else if (strspn(text, "0123456789") == digits)
        observable_refuse(observable, REFUSAL_NUMBER, "%s is a number: write an address with dots.", text);
    else
        return false;
    return true;
}
