#include "worker/observable/classify.h"

#include "worker/observable/address.h"
#include "worker/observable/characters.h"
#include "worker/observable/domain.h"
#include "worker/observable/hash.h"
#include "worker/observable/host-name.h"
#include "worker/observable/identifier.h"
#include "worker/observable/refang.h"
#include "worker/observable/web-address.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum {
    PLAIN_MAX = 300, /* bytes before a path, which messages repeat */
};

/* An item of these characters alone means nothing. */
static const char punctuation[] = ".-_/\\+#&~^:@%$*|=";

/* Refuses an item with invisible or direction-changing characters. */
static bool check_characters(const struct item *item, struct observable *observable)
{
    uint32_t c;

    for (size_t i = 0; i < item->input_size;) {
        i += character_read(item->input + i, item->input_size - i, &c);
        if (character_is_control(c))
            return observable_refuse(observable, REFUSAL_CONTROL,
                "The item has the control character U+%04X%s: remove it, and find out where it came from.",
                (unsigned)c, c == 0 || c == 0x2400 ? " (NUL)" : "");
        if (c == CHARACTER_BROKEN)
            return observable_refuse(observable, REFUSAL_ENCODING,
                "The item has bytes that are no UTF-8: save the text as UTF-8.");
    }
    if (item->size > OBSERVABLE_INPUT_MAX)
        return observable_refuse(observable, REFUSAL_TOO_LONG,
            "The item has more than %d bytes: no observable is that long.", OBSERVABLE_INPUT_MAX);
    return true;
}

/* Cuts punctuation off the beginning of an item. */
static char *trim_beginning(char *text)
{
    size_t size = strlen(text), length;

    while ((length = leading_length(text, size)) > 0) {
        /* The star of "*.example.com" is not a bullet. */
        if (text[0] == '*' && text[1] == '.')
            break;
        text += length;
        size -= length;
    }
    /* A hyphen before a word is a bullet. */
    if (text[0] == '-' && isalnum((unsigned char)text[1]))
        text++;
    return text;
}

/* Cuts the stars of Markdown off the end of an item that began with as many. */
static void cut_stars(const char *item, char *text)
{
    size_t size = strlen(text);

    for (size_t n = strspn(item, "*"); n > 0 && size > 0 && text[size - 1] == '*'; n--)
        text[--size] = 0;
}

/* Cuts punctuation off the end of an item. Leaves a single dot, which ends a name of the DNS. */
static void trim_end(char *text)
{
    size_t size = strlen(text), length = 1;

    while (size > 0 && length > 0) {
        char before = size > 1 ? text[size - 2] : 0;

        if (text[size - 1] == '.' && size >= 3 && strncmp(text + size - 3, "...", 3) == 0)
            length = 3;
        else if (text[size - 1] == '.')
            length = trailing_length(text, size - 1) > 0;
        else if (text[size - 1] == ':')
            length = before != ':';
        else if (text[size - 1] == '*')
            length = before != '.';
        else if (text[size - 1] == '#')
            length = 1;
        else
            length = trailing_length(text, size);
        size -= length;
    }
    text[size] = 0;
}

static void refuse_scheme(const struct scheme *scheme, const char *rest, struct observable *observable)
{
    int host = (int)strcspn(rest, "/?#:");

    if (strcmp(scheme->name, "mailto") == 0 && identifier_recognise_email(rest, observable))
        return;
    if (scheme->hierarchical && host > 0 && host <= HOST_NAME_MAX_SIZE)
        observable_refuse(observable, REFUSAL_SCHEME,
            "%s is no scheme of an observable, http, https and ftp are: give %.*s, if that is meant.",
            scheme->name, host, rest);
    else
        observable_refuse(observable, REFUSAL_SCHEME,
            "%s is no scheme of an observable: http, https and ftp are.", scheme->name);
}

static void recognise_url(char *text, const struct scheme *scheme, struct observable *observable)
{
    char *rest = text + scheme->length;

    if (scheme->kind == SCHEME_OTHER) {
        refuse_scheme(scheme, rest, observable);
        return;
    }
    if (scheme->unusual)
        observable_note(observable, "%s was read as %s.", scheme->name, scheme_to_string(scheme->kind));
    web_address_trim(rest);
    web_address_recognise(scheme->kind, rest, observable);
}

/* Refuses an unclear scheme, such as "http__". Returns true if it did. */
static bool refuse_underscores(const char *text, struct observable *observable)
{
    size_t length = strcspn(text, "_");
    struct scheme scheme;
    char name[16];

    if (length == 0 || length + 4 > sizeof(name) || strncmp(text + length, "__", 2) != 0 ||
        memchr(text, ':', length))
        return false;
    snprintf(name, sizeof(name), "%.*s://", (int)length, text);
    if (!scheme_read(name, strlen(name), &scheme) || scheme.kind == SCHEME_OTHER)
        return false;
    observable_refuse(observable, REFUSAL_SCHEME, "%s__ is no scheme: write %s://.", scheme.name,
        scheme_to_string(scheme.kind));
    return true;
}

/* Decides about a host with a path, or an item that a label calls a URL. Adds the scheme. */
static void recognise_without_scheme(
    const psl_ctx_t *suffixes, char *text, const struct item *item, struct observable *observable)
{
    char host[OBSERVABLE_INPUT_MAX + 1], *slash = strpbrk(text, "/?#");
    bool root = slash && strcmp(slash, "/") == 0 && item->label.kind != LABEL_URL;

    snprintf(host, sizeof(host), "%.*s", (int)(slash ? slash - text : (long)strlen(text)), text);
    const struct domain_evidence evidence = { .defanged = true, .any_suffix = item->label.kind == LABEL_URL };
    if (!address_recognise(host, observable))
        domain_recognise(suffixes, host, &evidence, observable);
    if (observable->refusal != REFUSAL_NONE)
        return;
    if (root) {
        observable_note(observable, "The slash at the end was dropped.");
        return;
    }
    observable->n_notes = 0;
    observable->type = OBSERVABLE_NONE;
    observable_note(observable, "http:// was added.");
    /* The opening bracket of an IPv6 address was cut off as punctuation. */
    snprintf(host, sizeof(host), "%s%s", memchr(text, ']', strcspn(text, "/?#")) ? "[" : "", text);
    web_address_trim(host);
    web_address_recognise(SCHEME_HTTP, host, observable);
}

/* Decides about an item whose label forces its type. Returns false if the label forces no type. */
static bool recognise_forced(
    const psl_ctx_t *suffixes, char *text, struct item *item, struct observable *observable)
{
    const struct domain_evidence evidence = { .defanged = true, .any_suffix = true };
    const char *name = item->label.name;

    switch (item->label.kind) {
    case LABEL_IP:
        if (!address_recognise(text, observable) && !hash_recognise(text, &item->label, observable))
            observable_refuse(observable, REFUSAL_NOT_AN_ADDRESS,
                "%s is no address, as \"%s\" before it says: remove the word, or give the address.", text,
                name);
        return true;
    case LABEL_DOMAIN:
        if (strpbrk(text, "/@") || strchr(text, ':') != strrchr(text, ':') || address_is_dotted(text))
            observable_refuse(observable, REFUSAL_WRONG_TYPE,
                "%s is no domain, as \"%s\" before it says: remove the word, or give the domain.", text,
                name);
        else
            domain_recognise(suffixes, text, &evidence, observable);
        return true;
    case LABEL_SHA256:
        if (!hash_recognise(text, &item->label, observable))
            observable_refuse(
                observable, REFUSAL_HASH_LENGTH, "%s is no SHA-256, which has 64 hexadecimal digits.", text);
        return true;
    case LABEL_URL:
        recognise_without_scheme(suffixes, text, item, observable);
        return true;
    case LABEL_NONE:
    case LABEL_UNKNOWN:
    case LABEL_ANY:
    case LABEL_OTHER_HASH:
        break;
    }
    return false;
}

/* Decides about an item that is no URL with a scheme. */
static void recognise_plain(
    const psl_ctx_t *suffixes, char *text, struct item *item, bool defanged, struct observable *observable)
{
    size_t length = strlen(text);
    bool dns = length > 1 && text[length - 1] == '.' && text[length - 2] != '.';
    const struct domain_evidence evidence = { .defanged = defanged || dns };

    /* A final dot marks a name: no other kind of item has one. */
    if (dns)
        text[length - 1] = 0;
    if (recognise_forced(suffixes, text, item, observable) || identifier_recognise_email(text, observable) ||
        hash_recognise(text, &item->label, observable) || identifier_recognise(text, observable) ||
        address_recognise(text, observable))
        return;
    while (*text == '/')
        text++;
    if (strpbrk(text, "/?#"))
        recognise_without_scheme(suffixes, text, item, observable);
    else
        domain_recognise(suffixes, text, &evidence, observable);
}

static void note_label(const struct label *label, struct observable *observable)
{
    if (label->kind == LABEL_UNKNOWN && observable->refusal == REFUSAL_NONE)
        observable_note(observable, "\"%s\" before it was dropped.", label->name);
}

bool classify(const psl_ctx_t *suffixes, struct item *item, struct observable *observable)
{
    struct scheme scheme;

    if (!check_characters(item, observable))
        return true;
    char *text = trim_beginning(item->text);
    if (text > item->text)
        cut_stars(item->text, text);
    bool defanged = refang(text) || item->joined;
    if (refuse_underscores(text, observable))
        return true;
    bool forced =
        item->label.kind == LABEL_IP || item->label.kind == LABEL_DOMAIN || item->label.kind == LABEL_SHA256;
    if (!forced && scheme_read(text, strlen(text), &scheme)) {
        recognise_url(text, &scheme, observable);
        note_label(&item->label, observable);
        return true;
    }
    trim_end(text);
    if (strspn(text, punctuation) == strlen(text) && strcmp(text, "::") != 0)
        return false;
    if (strcspn(text, "/?#") > PLAIN_MAX) {
        observable_refuse(observable, REFUSAL_TOO_LONG,
            "The item is too long for an address, a domain or a hash: give a URL with its scheme.");
        return true;
    }
    recognise_plain(suffixes, text, item, defanged, observable);
    note_label(&item->label, observable);
    return true;
}
