#include "worker/x509/csr-attributes.h"

#include "common/key-strength.h"
#include "worker/x509/base64.h"
#include "worker/x509/key.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <strings.h>

/* Kinds of keys that follow from the signature algorithms. */
struct hints {
    bool ec, rsa;
};

static void sequence_freep(ASN1_SEQUENCE_ANY **sequence)
{
    sk_ASN1_TYPE_pop_free(*sequence, ASN1_TYPE_free);
}

static void attribute_freep(X509_ATTRIBUTE **attribute)
{
    X509_ATTRIBUTE_free(*attribute);
}

static void object_freep(ASN1_OBJECT **object)
{
    ASN1_OBJECT_free(*object);
}

#define _cleanup_sequence_ _cleanup_(sequence_freep)

static void add_key_type(struct csr_attributes *attributes, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add_key_type(struct csr_attributes *attributes, const char *format, ...)
{
    char *out = attributes->key_types[attributes->n_key_types];
    va_list arguments;

    if (attributes->n_key_types == CSR_ATTRIBUTES_MAX)
        return;
    va_start(arguments, format);
    vsnprintf(out, sizeof(attributes->key_types[0]), format, arguments);
    va_end(arguments);
    for (char *c = out; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    for (size_t i = 0; i < attributes->n_key_types; i++)
        if (streq(attributes->key_types[i], out))
            return;
    attributes->n_key_types++;
}

static void add_other(struct csr_attributes *attributes, const ASN1_OBJECT *object)
{
    if (attributes->n_other < CSR_ATTRIBUTES_MAX)
        OBJ_obj2txt(attributes->other[attributes->n_other++], sizeof(attributes->other[0]), object, 1);
}

static bool add_curve(struct csr_attributes *attributes, int nid)
{
    if (nid == NID_X9_62_prime256v1)
        add_key_type(attributes, "%s", key_type_names[KEY_EC_P256]);
    else if (nid == NID_secp384r1)
        add_key_type(attributes, "%s", key_type_names[KEY_EC_P384]);
    else if (nid == NID_secp521r1 || nid == NID_secp256k1 ||
             (nid >= NID_brainpoolP160r1 && nid <= NID_brainpoolP512t1))
        add_key_type(attributes, "ec_%s", OBJ_nid2sn(nid));
    else
        return false;
    return true;
}

/* Takes a digest if it is good enough; the first one counts. */
static bool add_digest(struct csr_attributes *attributes, int nid)
{
    if (nid != NID_sha256 && nid != NID_sha384 && nid != NID_sha512)
        return false;
    if (attributes->digest == NID_undef)
        attributes->digest = nid;
    return true;
}

static bool add_extension(struct csr_attributes *attributes, int nid)
{
    switch (nid) {
    case NID_key_usage:
        return attributes->key_usage = true;
    case NID_ext_key_usage:
        return attributes->extended_key_usage = true;
    case NID_subject_alt_name:
        return attributes->alternative_name = true;
    default:
        return false;
    }
}

static bool add_signature(struct csr_attributes *attributes, struct hints *hints, int nid)
{
    int digest, key;

    if (!OBJ_find_sigid_algs(nid, &digest, &key) || !add_digest(attributes, digest))
        return false;
    hints->ec |= key == NID_X9_62_id_ecPublicKey;
    hints->rsa |= key == NID_rsaEncryption;
    return true;
}

static void read_object(struct csr_attributes *attributes, struct hints *hints, const ASN1_OBJECT *object)
{
    int nid = OBJ_obj2nid(object);

    if (nid == NID_pkcs9_challengePassword)
        attributes->challenge_password = true;
    else if (nid == NID_X9_62_id_ecPublicKey)
        hints->ec = true;
    else if (nid == NID_rsaEncryption)
        hints->rsa = true;
    else if (!add_curve(attributes, nid) && !add_digest(attributes, nid) && !add_extension(attributes, nid) &&
             !add_signature(attributes, hints, nid))
        add_other(attributes, object);
}

static int parse_sequence(const unsigned char *der, long size, ASN1_SEQUENCE_ANY **ret)
{
    const unsigned char *p = der;

    *ret = d2i_ASN1_SEQUENCE_ANY(NULL, &p, size);
    return *ret && p == der + size ? 0 : -EBADMSG;
}

static int parse_nested(const ASN1_TYPE *value, ASN1_SEQUENCE_ANY **ret)
{
    if (ASN1_TYPE_get(value) != V_ASN1_SEQUENCE)
        return -EBADMSG;
    return parse_sequence(value->value.sequence->data, value->value.sequence->length, ret);
}

/* Reads extensions: single OIDs, or templates, which are sequences that begin with an OID. */
static void read_extensions(struct csr_attributes *attributes, const ASN1_TYPE *value)
{
    _cleanup_sequence_ ASN1_SEQUENCE_ANY *list = NULL;

    if (ASN1_TYPE_get(value) == V_ASN1_OBJECT) {
        if (!add_extension(attributes, OBJ_obj2nid(value->value.object)))
            add_other(attributes, value->value.object);
        return;
    }
    if (parse_nested(value, &list) < 0)
        return;
    for (int i = 0; i < sk_ASN1_TYPE_num(list); i++) {
        _cleanup_sequence_ ASN1_SEQUENCE_ANY *inner = NULL;
        const ASN1_TYPE *entry = sk_ASN1_TYPE_value(list, i);

        if (parse_nested(entry, &inner) == 0 && sk_ASN1_TYPE_num(inner) > 0)
            entry = sk_ASN1_TYPE_value(inner, 0);
        if (ASN1_TYPE_get(entry) == V_ASN1_OBJECT) {
            if (!add_extension(attributes, OBJ_obj2nid(entry->value.object)))
                add_other(attributes, entry->value.object);
        }
    }
}

/* Reads the size of an RSA key, or a curve. */
static void read_key(struct csr_attributes *attributes, struct hints *hints, int nid, const ASN1_TYPE *value)
{
    if (nid == NID_rsaEncryption && ASN1_TYPE_get(value) == V_ASN1_INTEGER) {
        int64_t bits;

        if (ASN1_INTEGER_get_int64(&bits, value->value.integer) && bits > 0 && bits <= 65536)
            add_key_type(attributes, "rsa_%d", (int)bits);
    } else if (nid == NID_X9_62_id_ecPublicKey && ASN1_TYPE_get(value) == V_ASN1_OBJECT)
        read_object(attributes, hints, value->value.object);
}

/* Reads what it understands of an attribute. */
static void read_attribute(
    struct csr_attributes *attributes, struct hints *hints, const unsigned char *der, long size)
{
    _cleanup_(attribute_freep) X509_ATTRIBUTE *attribute = d2i_X509_ATTRIBUTE(NULL, &der, size);

    if (!attribute) {
        attributes->malformed = true;
        return;
    }
    ASN1_OBJECT *type = X509_ATTRIBUTE_get0_object(attribute);
    int nid = OBJ_obj2nid(type);
    bool extensions = nid == NID_ext_req || nid == NID_ms_ext_req;

    if (!extensions)
        read_object(attributes, hints, type);
    for (int i = 0; i < X509_ATTRIBUTE_count(attribute); i++) {
        const ASN1_TYPE *value = X509_ATTRIBUTE_get0_type(attribute, i);

        if (value && extensions)
            read_extensions(attributes, value);
        else if (value)
            read_key(attributes, hints, nid, value);
    }
}

static bool names_kind(const struct csr_attributes *attributes, const char *prefix)
{
    for (size_t i = 0; i < attributes->n_key_types; i++)
        if (strncmp(attributes->key_types[i], prefix, strlen(prefix)) == 0)
            return true;
    return false;
}

/* Reads one entry of the list: an OID or an attribute. */
static void read_entry(
    struct csr_attributes *attributes, struct hints *hints, int tag, const unsigned char *der, long size)
{
    if (tag == V_ASN1_SEQUENCE)
        read_attribute(attributes, hints, der, size);
    else {
        _cleanup_(object_freep) ASN1_OBJECT *object =
            tag == V_ASN1_OBJECT ? d2i_ASN1_OBJECT(NULL, &der, size) : NULL;

        if (object)
            read_object(attributes, hints, object);
        else
            attributes->malformed = true;
    }
}

/* Reads the header of an element within the bytes. Returns the tag, 0 for one of another class than the universal; -1 if it is
 * no element with a length. */
static int read_header(const unsigned char *der, const unsigned char *end, const unsigned char **ret_content,
    const unsigned char **ret_end)
{
    const unsigned char *p = der;
    int tag, class;
    long size;

    /* 0x80: an error; 1: no length (BER). */
    if (ASN1_get_object(&p, &size, &tag, &class, end - der) & 0x81)
        return -1;
    *ret_content = p;
    *ret_end = p + size;
    return class == V_ASN1_UNIVERSAL ? tag : 0;
}

/* Goes through the entries one by one, so that one that can't be read doesn't hide the others. */
static int read_all(const unsigned char *der, size_t size, struct csr_attributes *attributes)
{
    const unsigned char *content, *end, *next;
    struct hints hints = { 0 };

    if (read_header(der, der + size, &content, &end) != V_ASN1_SEQUENCE || end != der + size)
        return -EBADMSG;
    while (content < end) {
        const unsigned char *inner;
        int tag = read_header(content, end, &inner, &next);

        if (tag < 0) {
            attributes->malformed = true;
            break;
        }
        read_entry(attributes, &hints, tag, content, next - content);
        content = next;
    }
    /* The kind alone counts only if no key of it is named in full. */
    if (hints.ec && !names_kind(attributes, "ec_"))
        add_key_type(attributes, "ec");
    if (hints.rsa && !names_kind(attributes, "rsa_"))
        add_key_type(attributes, "rsa");
    return 0;
}

int csr_attributes_parse(const char *body, size_t size, struct csr_attributes *ret)
{
    _cleanup_free_ unsigned char *data = NULL;
    struct csr_attributes attributes = { .digest = NID_undef };
    size_t length;

    int r = base64_decode_body(body, size, &data, &length);
    if (r < 0)
        return r;
    r = read_all(data, length, &attributes);
    ERR_clear_error();
    if (r < 0)
        return r;
    *ret = attributes;
    return 0;
}

/* True if a wanted type is this one, or its kind ("ec", "rsa"). */
static bool covers_type(const char *wanted, const char *type)
{
    size_t length = strlen(wanted);

    return streq(wanted, type) ||
           (!strchr(wanted, '_') && strncmp(wanted, type, length) == 0 && type[length] == '_');
}

bool csr_attributes_take_key(const struct csr_attributes *attributes, EVP_PKEY *pkey)
{
    char type[48];

    key_describe(pkey, type, sizeof(type));
    for (size_t i = 0; i < attributes->n_key_types; i++)
        if (covers_type(attributes->key_types[i], type))
            return true;
    return attributes->n_key_types == 0;
}

const char *csr_attributes_key_type(const struct csr_attributes *attributes, int strength)
{
    for (size_t i = 0; i < attributes->n_key_types; i++)
        for (const char *const *name = key_type_names; *name; name++)
            if (covers_type(attributes->key_types[i], *name) && key_strength(*name) >= strength)
                return *name;
    return NULL;
}

static int add_text(json_object *array, const char *text)
{
    json_object *string = json_object_new_string(text);

    return string && json_object_array_add(array, string) == 0 ? 0 : -ENOMEM;
}

int csr_attributes_to_json(const struct csr_attributes *attributes, json_object **ret)
{
    _cleanup_json_ json_object *out = json_object_new_object();
    json_object *keys = json_object_new_array(), *extensions = json_object_new_array();
    json_object *other = json_object_new_array();
    const struct {
        bool asked;
        int nid;
    } table[] = {
        { attributes->key_usage, NID_key_usage },
        { attributes->extended_key_usage, NID_ext_key_usage },
        { attributes->alternative_name, NID_subject_alt_name },
    };
    int r = json_add_bool(out, "challengePassword", attributes->challenge_password);

    for (size_t i = 0; keys && i < attributes->n_key_types; i++)
        r |= add_text(keys, attributes->key_types[i]);
    for (size_t i = 0; extensions && i < ELEMENTS(table); i++)
        if (table[i].asked)
            r |= add_text(extensions, OBJ_nid2sn(table[i].nid));
    for (size_t i = 0; other && i < attributes->n_other; i++)
        r |= add_text(other, attributes->other[i]);

    if (attributes->digest != NID_undef)
        r |= json_add_string(out, "digest", OBJ_nid2sn(attributes->digest));
    if (!keys || !extensions || !other)
        r = -ENOMEM;
    r |= json_add(out, "keyTypes", keys);
    r |= json_add(out, "extensions", extensions);
    r |= json_add(out, "other", other);
    if (r < 0)
        return -ENOMEM;
    *ret = TAKE_PTR(out);
    return 0;
}
