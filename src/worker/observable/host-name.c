#include "worker/observable/host-name.h"

#include "worker/observable/characters.h"

#include <ctype.h>
#include <idn2.h>
#include <string.h>
#include <strings.h>

static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";

static bool is_ascii(const char *label)
{
    for (; *label; label++)
        if ((unsigned char)*label >= 0x80)
            return false;
    return true;
}

static bool refuse_idn(const char *label, int r, struct observable *observable)
{
    if (strncasecmp(label, "xn--", 4) == 0)
        return observable_refuse(observable, REFUSAL_IDN, "%s is no A-label (%s).", label,
            r == IDN2_OK ? "it is another name's" : idn2_strerror(r));
    return observable_refuse(observable, REFUSAL_IDN, "%s is not allowed in a name (%s).", label,
        r == IDN2_OK ? "it has no A-label" : idn2_strerror(r));
}

/* Maps a label to its A-label, which must map to itself. */
static bool map_label(const char *label, char out[HOST_LABEL_MAX + 1], struct observable *observable)
{
    const int flags = IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT;
    char *mapped = NULL, *again = NULL;

    int r = idn2_to_ascii_8z(label, &mapped, flags);
    if (r == IDN2_TOO_BIG_LABEL || r == IDN2_TOO_BIG_DOMAIN || r == IDN2_PUNYCODE_BIG_OUTPUT)
        return observable_refuse(observable, REFUSAL_TOO_LONG, "The label %s is longer than %d characters.",
            label, HOST_LABEL_MAX);
    if (r == IDN2_OK)
        r = idn2_to_ascii_8z(mapped, &again, flags);
    bool good = r == IDN2_OK && strcmp(mapped, again) == 0 && strlen(mapped) <= HOST_LABEL_MAX &&
                strspn(mapped, allowed) == strlen(mapped);
    if (good)
        memcpy(out, mapped, strlen(mapped) + 1);
    idn2_free(mapped);
    idn2_free(again);
    return good ? true : refuse_idn(label, r, observable);
}

/* Checks and copies an ASCII label. */
static bool copy_label(const char *label, char out[HOST_LABEL_MAX + 1], struct observable *observable)
{
    size_t length = strlen(label);

    if (length > HOST_LABEL_MAX)
        return observable_refuse(observable, REFUSAL_TOO_LONG,
            "The label %.20s... has %zu characters; a label has %d at most.", label, length, HOST_LABEL_MAX);
    for (size_t i = 0; i <= length; i++)
        out[i] = (char)tolower((unsigned char)label[i]);
    size_t good = strspn(out, allowed);
    if (good < length)
        return observable_refuse(observable, REFUSAL_CHARACTER,
            "The character %c is not allowed in a name: %s.", label[good], label);
    return true;
}

static bool put_label(const char *label, char out[HOST_LABEL_MAX + 1], struct observable *observable)
{
    if (!is_ascii(label) || strncasecmp(label, "xn--", 4) == 0)
        return map_label(label, out, observable);
    return copy_label(label, out, observable);
}

bool host_name_normalise(const char *name, char out[HOST_NAME_MAX_SIZE + 1], struct observable *observable)
{
    char label[OBSERVABLE_INPUT_MAX + 1], plain[HOST_LABEL_MAX + 1] = "";
    size_t used = 0;

    for (const char *at = name;;) {
        size_t length = strcspn(at, ".");
        bool last = at[length] == 0;

        if (length == 0 && last && at > name)
            break;
        if (length == 0)
            return observable_refuse(observable, REFUSAL_EMPTY_LABEL,
                "%s has a dot too many: there is nothing between two dots, or before the first.", name);
        memcpy(label, at, length);
        label[length] = 0;
        if (!put_label(label, plain, observable))
            return false;
        if (!*plain)
            return observable_refuse(
                observable, REFUSAL_EMPTY_LABEL, "%s has a part without a visible character.", name);
        if (used + strlen(plain) + (used > 0) > HOST_NAME_MAX_SIZE)
            return observable_refuse(observable, REFUSAL_TOO_LONG,
                "The name is longer than %d characters, which is the limit of a name.", HOST_NAME_MAX_SIZE);
        if (used > 0)
            out[used++] = '.';
        memcpy(out + used, plain, strlen(plain) + 1);
        used += strlen(plain);
        if (last)
            break;
        at += length + 1;
    }
    if (used == 0)
        return observable_refuse(observable, REFUSAL_EMPTY_LABEL, "There is no name.");
    return true;
}
