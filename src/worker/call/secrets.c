#include "worker/call/secrets.h"

#include "common/json.h"
#include "worker/x509/base64.h"

#include <errno.h>
#include <stdio.h>

static const char placeholder[] = "[secret]";

static void add(struct secrets *secrets, const char *text)
{
    if (text && strlen(text) >= SECRET_MIN)
        secrets->texts[secrets->n++] = text;
}

/* Adds a password, and it with its user as Basic authentication sends them. */
static int add_password(struct secrets *secrets, const char *user, const char *password)
{
    _cleanup_erase_ char *pair = NULL;
    char *encoded = NULL;
    size_t size, used = 0;

    add(secrets, password);
    if (!user || !password)
        return 0;
    if (asprintf(&pair, "%s:%s", user, password) < 0) {
        pair = NULL;
        return -ENOMEM;
    }
    int r = base64_encode(pair, strlen(pair), &encoded, &size);
    if (r < 0)
        return r;
    /* A header has it in one line; who repeats it may leave the padding out. */
    for (size_t i = 0; i < size; i++)
        if (encoded[i] != '\n' && encoded[i] != '=')
            encoded[used++] = encoded[i];
    explicit_bzero(encoded + used, size - used);
    secrets->owned[secrets->n_owned++] = encoded;
    add(secrets, encoded);
    return 0;
}

int secrets_read(json_object *parameters, struct secrets *ret)
{
    json_object *network = json_get_object(parameters, "network"),
                *enrollment = json_get_object(parameters, "enrollment");
    struct secrets secrets = { 0 };

    add(&secrets, json_get_string(parameters, "token"));
    int r = add_password(
        &secrets, json_get_string(enrollment, "username"), json_get_string(enrollment, "secret"));
    if (r >= 0)
        r = add_password(
            &secrets, json_get_string(network, "proxyUser"), json_get_string(network, "proxyPassword"));
    if (r < 0) {
        secrets_done(&secrets);
        return r;
    }
    *ret = secrets;
    return 0;
}

void secrets_done(struct secrets *secrets)
{
    for (size_t i = 0; i < secrets->n_owned; i++)
        erase_free(secrets->owned[i]);
    *secrets = (struct secrets){ 0 };
}

/* The length of what stands for this byte at the begin of the text in a notation that has its number in hexadecimal
 * digits behind a prefix. 0: not that. */
static size_t match_number(const char *text, unsigned char byte, const char *prefix)
{
    size_t length = strlen(prefix);
    char digits[3] = "";

    if (strncmp(text, prefix, length) != 0)
        return 0;
    strncpy(digits, text + length, 2);
    return strlen(digits) == 2 && strspn(digits, "0123456789abcdefABCDEF") == 2 &&
                   strtoul(digits, NULL, 16) == byte
               ? length + 2
               : 0;
}

/* The length of what stands for this byte at the begin of the text: itself, or escaped as URLs, JSON, HTML or our own
 * log do it. 0: something else. */
static size_t match_byte(const char *text, unsigned char byte)
{
    static const struct {
        unsigned char byte;
        const char *name;
    } entities[] = { { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" }, { '"', "&#34;" },
        { '\'', "&apos;" }, { '\'', "&#39;" }, { '\'', "&#x27;" }, { ' ', "+" } };
    static const char *const prefixes[] = { "%", "\\x", "\\u00" };

    /* The escaped forms begin with bytes that may stand for themselves, too: the longest counts. */
    for (size_t i = 0; i < ELEMENTS(prefixes); i++) {
        size_t length = match_number(text, byte, prefixes[i]);
        if (length > 0)
            return length;
    }
    for (size_t i = 0; i < ELEMENTS(entities); i++)
        if (entities[i].byte == byte && strncmp(text, entities[i].name, strlen(entities[i].name)) == 0)
            return strlen(entities[i].name);
    if (text[0] == '\\' && (byte == '\\' || byte == '"' || byte == '/' || byte == '\'') &&
        (unsigned char)text[1] == byte)
        return 2;
    return (unsigned char)text[0] == byte ? 1 : 0;
}

/* Whether a text ends here, or in the middle of an escaped byte. */
static bool ends(const char *text)
{
    return !*text || (strchr("%\\&", *text) && strlen(text) < 6);
}

/* The same for a whole secret, or for so much of it as a text that was cut has left. Once with escapes and once
 * without, as "\\\\" is two bytes or one. */
static size_t match_secret(const char *text, const char *secret)
{
    size_t length = strlen(secret), used = 0;

    if (strncmp(text, secret, length) == 0)
        return length;
    for (size_t i = 0; i < length; i++) {
        size_t n = match_byte(text + used, (unsigned char)secret[i]);
        if (n == 0)
            return i >= SECRET_MIN && ends(text + used) ? used + strlen(text + used) : 0;
        used += n;
    }
    return used;
}

/* The length of the longest secret at the begin of the text, 0 if there is none. */
static size_t match_any(const struct secrets *secrets, const char *text)
{
    size_t longest = 0;

    for (size_t i = 0; secrets && i < secrets->n; i++) {
        size_t length = match_secret(text, secrets->texts[i]);
        if (length > longest)
            longest = length;
    }
    return longest;
}

bool secrets_in(const struct secrets *secrets, const char *text)
{
    for (; *text; text++)
        if (match_any(secrets, text) > 0)
            return true;
    return false;
}

char *secrets_redact(const struct secrets *secrets, const char *text, char *out, size_t size)
{
    size_t used = 0;

    while (*text && used + 1 < size) {
        size_t length = match_any(secrets, text);

        if (length == 0) {
            out[used++] = *text++;
            continue;
        }
        for (const char *p = placeholder; *p && used + 1 < size; p++)
            out[used++] = *p;
        text += length;
    }
    out[used] = 0;
    return out;
}
