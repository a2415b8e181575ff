#include "worker/observable/label.h"

#include "worker/observable/scheme.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    enum label_kind kind;
} labels[] = {
    { "ip", LABEL_IP },
    { "ipv4", LABEL_IP },
    { "ipv6", LABEL_IP },
    { "ip4", LABEL_IP },
    { "ip6", LABEL_IP },
    { "domain", LABEL_DOMAIN },
    { "domain-name", LABEL_DOMAIN },
    { "fqdn", LABEL_DOMAIN },
    { "url", LABEL_URL },
    { "uri", LABEL_URL },
    { "sha256", LABEL_SHA256 },
    { "sha-256", LABEL_SHA256 },
    { "sha2-256", LABEL_SHA256 },
    { "sha256sum", LABEL_SHA256 },
    { "md5", LABEL_OTHER_HASH },
    { "md5sum", LABEL_OTHER_HASH },
    { "sha1", LABEL_OTHER_HASH },
    { "sha-1", LABEL_OTHER_HASH },
    { "sha1sum", LABEL_OTHER_HASH },
    { "sha224", LABEL_OTHER_HASH },
    { "sha-224", LABEL_OTHER_HASH },
    { "sha384", LABEL_OTHER_HASH },
    { "sha-384", LABEL_OTHER_HASH },
    { "sha512", LABEL_OTHER_HASH },
    { "sha-512", LABEL_OTHER_HASH },
    { "sha512-256", LABEL_OTHER_HASH },
    { "sha3", LABEL_OTHER_HASH },
    { "sha3-224", LABEL_OTHER_HASH },
    { "sha3-256", LABEL_OTHER_HASH },
    { "sha3-384", LABEL_OTHER_HASH },
    { "sha3-512", LABEL_OTHER_HASH },
    { "blake2", LABEL_OTHER_HASH },
    { "blake2b", LABEL_OTHER_HASH },
    { "blake2s", LABEL_OTHER_HASH },
    { "blake3", LABEL_OTHER_HASH },
    { "keccak", LABEL_OTHER_HASH },
    { "keccak-256", LABEL_OTHER_HASH },
    { "sm3", LABEL_OTHER_HASH },
    { "authentihash", LABEL_OTHER_HASH },
    { "imphash", LABEL_OTHER_HASH },
    { "pehash", LABEL_OTHER_HASH },
    { "vhash", LABEL_OTHER_HASH },
    { "telfhash", LABEL_OTHER_HASH },
    { "tlsh", LABEL_OTHER_HASH },
    { "ssdeep", LABEL_OTHER_HASH },
    { "ja3", LABEL_OTHER_HASH },
    { "ja3s", LABEL_OTHER_HASH },
    { "address", LABEL_ANY },
    { "addr", LABEL_ANY },
    { "host", LABEL_ANY },
    { "hostname", LABEL_ANY },
    { "server", LABEL_ANY },
    { "src", LABEL_ANY },
    { "dst", LABEL_ANY },
    { "source", LABEL_ANY },
    { "destination", LABEL_ANY },
    { "link", LABEL_ANY },
    { "href", LABEL_ANY },
    { "hash", LABEL_ANY },
    { "checksum", LABEL_ANY },
    { "digest", LABEL_ANY },
    { "ioc", LABEL_ANY },
    { "indicator", LABEL_ANY },
    { "observable", LABEL_ANY },
    { "value", LABEL_ANY },
    { "c2", LABEL_ANY },
};

static enum label_kind find_kind(const char *text, size_t length)
{
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
        if (strlen(labels[i].name) == length && strncasecmp(labels[i].name, text, length) == 0)
            return labels[i].kind;
    return LABEL_UNKNOWN;
}

static void set_label(struct label *label, enum label_kind kind, const char *text, size_t length)
{
    label->kind = kind;
    memcpy(label->name, text, length);
    label->name[length] = 0;
}

/* Returns true if a text is all digits: a port, so that a host stands before the colon, not a label. */
static bool is_number(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!isdigit((unsigned char)text[i]))
            return false;
    return size > 0;
}

size_t label_read(const char *text, size_t size, struct label *ret)
{
    size_t n = 0;

    if (size == 0 || !isalpha((unsigned char)text[0]))
        return 0;
    while (n < size && n < LABEL_NAME_SIZE && (isalnum((unsigned char)text[n]) || strchr("-_", text[n])))
        n++;
    if (n == size || n == LABEL_NAME_SIZE || (text[n] != ':' && text[n] != '='))
        return 0;

    const char *rest = text + n + 1;
    size_t left = size - n - 1;
    enum label_kind kind = find_kind(text, n);
    struct scheme scheme;
    /* A label without a rest belongs to the next item. */
    bool takes =
        left == 0 || (text[n] == '=' ? rest[0] != '='
                         : kind == LABEL_UNKNOWN
                             ? rest[0] != '/' && scheme_read(rest, left, &scheme) && scheme.hierarchical
                             : !is_number(rest, left) && rest[0] != '/');
    if (!takes)
        return 0;
    set_label(ret, kind, text, n);
    return n + 1;
}

bool label_read_hash(const char *text, size_t size, struct label *ret)
{
    enum label_kind kind = size < LABEL_NAME_SIZE ? find_kind(text, size) : LABEL_NONE;

    if (kind != LABEL_SHA256 && kind != LABEL_OTHER_HASH)
        return false;
    set_label(ret, kind, text, size);
    return true;
}
