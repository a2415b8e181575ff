#include "worker/call/secrets.h"

#include "common/json.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>

static const char placeholder[] = "[secret]";

/* The parameters of calls that are secret. */
static const struct {
    const char *object; /* the parameter that the secret is a member of; NULL: it is one itself */
    const char *user;   /* whom it belongs to, where HTTP sends both together; NULL: nobody */
    const char *secret;
} members[] = {
    { NULL, NULL, "token" },
    { "enrollment", "username", "secret" },
    { "network", "proxyUser", "proxyPassword" },
};

_Static_assert(2 * ELEMENTS(members) <= SECRETS_MAX, "each member adds two secrets at most");

static void add_secret(struct secrets *secrets, const char *text)
{
    if (text && strlen(text) >= SECRET_MIN)
        secrets->texts[secrets->n++] = text;
}

/* The text that Basic authentication makes of a user and a password. The padding is left out, since whoever repeats the
 * text may leave it out, too. The caller erases and frees. */
static int make_basic_credentials(const char *user, const char *password, char **ret)
{
    /* asprintf() would leave a copy in memory that it has freed. */
    size_t size = strlen(user) + 1 + strlen(password);
    _cleanup_erase_ char *pair = calloc(1, size + 1);
    char *encoded = malloc((size + 2) / 3 * 4 + 1);

    if (!pair || !encoded) {
        free(encoded);
        return -ENOMEM;
    }
    snprintf(pair, size + 1, "%s:%s", user, password);
    EVP_EncodeBlock((unsigned char *)encoded, (const unsigned char *)pair, (int)size);
    encoded[strcspn(encoded, "=")] = 0;
    *ret = encoded;
    return 0;
}

/* Adds a secret, and the secret with its user as Basic authentication sends them. */
static int add_member(struct secrets *secrets, const char *user, const char *secret)
{
    char *encoded = NULL;

    add_secret(secrets, secret);
    if (!user || !secret)
        return 0;
    int r = make_basic_credentials(user, secret, &encoded);
    if (r < 0)
        return r;
    secrets->owned[secrets->n_owned++] = encoded;
    add_secret(secrets, encoded);
    return 0;
}

int secrets_read(json_object *parameters, struct secrets *ret)
{
    struct secrets secrets = { 0 };

    for (size_t i = 0; i < ELEMENTS(members); i++) {
        json_object *object = members[i].object ? json_get_object(parameters, members[i].object) : parameters;
        const char *user = members[i].user ? json_get_string(object, members[i].user) : NULL;

        int r = add_member(&secrets, user, json_get_string(object, members[i].secret));
        if (r < 0) {
            secrets_done(&secrets);
            return r;
        }
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

/* Returns the length of an escape at the beginning of the text that stands for the byte: a prefix and two hexadecimal
 * digits. 0 if there is none. */
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

/* Returns the length of whatever stands for the byte at the beginning of the text: the byte itself, or an escape of
 * URLs, JSON, HTML or our own log. 0 if something else stands there. */
static size_t match_byte(const char *text, unsigned char byte)
{
    static const struct {
        unsigned char byte;
        const char *name;
    } entities[] = { { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" }, { '"', "&#34;" },
        { '\'', "&apos;" }, { '\'', "&#39;" }, { '\'', "&#x27;" }, { ' ', "+" } };
    static const char *const prefixes[] = { "%", "\\x", "\\u00" };

    /* Escapes first: the byte that one begins with may also stand for itself. */
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

/* True if the text ends here or within an escape that was cut. */
static bool is_cut(const char *text)
{
    return !*text || (strchr("%\\&", *text) && strlen(text) < 6);
}

/* Returns the length of a secret at the beginning of the text, or of the part that a cut has left of it; 0 if there is
 * none. Tries it without escapes first: "\\\\" may be two bytes or one. */
static size_t match_secret(const char *text, const char *secret)
{
    size_t length = strlen(secret), used = 0;

    if (strncmp(text, secret, length) == 0)
        return length;
    for (size_t i = 0; i < length; i++) {
        size_t n = match_byte(text + used, (unsigned char)secret[i]);
        if (n == 0)
            return i >= SECRET_MIN && is_cut(text + used) ? used + strlen(text + used) : 0;
        used += n;
    }
    return used;
}

/* Returns the length of the longest secret at the beginning of the text, 0 if there is none. */
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
