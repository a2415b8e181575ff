#include "worker/x509/csr-attributes.h"

#include "unit/helpers/test-certificates.h"
#include "worker/x509/base64.h"
#include "worker/x509/key.h"

#include <errno.h>
#include <stdio.h>

#define BYTES(text) text, sizeof(text) - 1

static struct csr_attributes parse(const char *body)
{
    struct csr_attributes attributes = { .n_other = 99 };

    assert_int_equal(csr_attributes_parse(body, strlen(body), &attributes), 0);
    assert_int_equal(ERR_peek_error(), 0);
    return attributes;
}

/* Joins the key types by blanks. */
static const char *key_types(const struct csr_attributes *attributes)
{
    static char text[512];

    *text = 0;
    for (size_t i = 0; i < attributes->n_key_types; i++)
        snprintf(
            text + strlen(text), sizeof(text) - strlen(text), "%s%s", i ? " " : "", attributes->key_types[i]);
    return text;
}

/* Makes base64 of ASN.1 in OpenSSL's description. */
static char *described(const char *fields)
{
    _cleanup_openssl_ unsigned char *der = NULL;
    char text[2048], *body;
    size_t size;

    snprintf(text, sizeof(text), "asn1 = SEQUENCE:all\n%s", fields);
    BIO *bio = BIO_new_mem_buf(text, -1);
    CONF *conf = NCONF_new(NULL);
    long line;
    assert_int_equal(NCONF_load_bio(conf, bio, &line), 1);
    ASN1_TYPE *type = ASN1_generate_nconf("SEQUENCE:all", conf);
    assert_non_null(type);
    int length = i2d_ASN1_TYPE(type, &der);
    assert_int_equal(base64_encode(der, (size_t)length, &body, &size), 0);
    ASN1_TYPE_free(type);
    NCONF_free(conf);
    BIO_free(bio);
    return body;
}

/* The example of RFC 7030, 4.5.2, and the answer of libest's server. */
static void test_of_the_world(void **state)
{
    struct csr_attributes rfc = parse("MEEGCSqGSIb3DQEJBzASBgcqhkjOPQIBMQcGBSuBBAAiMBYGCSqGSIb3DQEJDjEJ\n"
                                      "BgcrBgEBAQEWBggqhkjOPQQDAw==\n");
    struct csr_attributes libest = parse("MCYGBysGAQEBARYGCSqGSIb3DQEJAQYFK4EEACIGCWCGSAFlAwQCAg==");

    (void)state;
    assert_true(rfc.challenge_password);
    assert_string_equal(key_types(&rfc), "ec_p384");
    assert_int_equal(rfc.digest, NID_sha384);
    assert_false(rfc.key_usage || rfc.extended_key_usage || rfc.alternative_name);
    assert_int_equal(rfc.n_other, 1);
    assert_string_equal(rfc.other[0], "1.3.6.1.1.1.1.22");

    assert_false(libest.challenge_password);
    assert_string_equal(key_types(&libest), "ec_p384");
    assert_int_equal(libest.digest, NID_sha384);
    assert_int_equal(libest.n_other, 2);
    assert_string_equal(libest.other[1], "1.2.840.113549.1.9.1");
}

static void test_keys_and_digests(void **state)
{
    static const struct {
        const char *fields, *keys, *key_type;
        int digest;
    } table[] = {
        { "[all]\na=OID:rsaEncryption\n", "rsa", "rsa_2048", NID_undef },
        { "[all]\na=OID:id-ecPublicKey\n", "ec", "ec_p256", NID_undef },
        { "[all]\na=OID:id-ecPublicKey\nb=OID:prime256v1\n", "ec_p256", "ec_p256", NID_undef },
        { "[all]\na=OID:secp384r1\nb=OID:prime256v1\n", "ec_p384 ec_p256", "ec_p384", NID_undef },
        { "[all]\na=SEQUENCE:k\n[k]\nt=OID:rsaEncryption\nv=SET:s\n[s]\ni=INTEGER:3072\n", "rsa_3072",
            "rsa_3072", NID_undef },
        { "[all]\na=SEQUENCE:k\n[k]\nt=OID:rsaEncryption\nv=SET:s\n[s]\ni=INTEGER:4096\n", "rsa_4096", NULL,
            NID_undef },
        { "[all]\na=OID:rsaEncryption\nb=OID:secp384r1\nc=OID:id-ecPublicKey\n", "ec_p384 rsa", "ec_p384",
            NID_undef },
        { "[all]\na=OID:brainpoolP384r1\n", "ec_brainpoolp384r1", NULL, NID_undef },
        { "[all]\na=OID:ecdsa-with-SHA256\n", "ec", "ec_p256", NID_sha256 },
        { "[all]\na=OID:RSA-SHA512\n", "rsa", "rsa_2048", NID_sha512 },
        { "[all]\na=OID:ecdsa-with-SHA384\nb=OID:RSA-SHA256\n", "ec rsa", "ec_p256", NID_sha384 },
        { "[all]\na=OID:sha256\n", "", NULL, NID_sha256 },
        { "[all]\na=OID:sha1\n", "", NULL, NID_undef },
        { "[all]\na=OID:RSA-SHA1\n", "", NULL, NID_undef },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(table); i++) {
        _cleanup_free_ char *body = described(table[i].fields);
        struct csr_attributes attributes = parse(body);
        const char *key_type = csr_attributes_key_type(&attributes, 0);

        print_message("%zu\n", i);
        assert_string_equal(key_types(&attributes), table[i].keys);
        if (table[i].key_type)
            assert_string_equal(key_type, table[i].key_type);
        else
            assert_null(key_type);
        assert_int_equal(attributes.digest, table[i].digest);
    }
}

/* Extensions as bare OIDs, as OIDs in an extension request, and as templates in one. */
static void test_extensions(void **state)
{
    static const char *const texts[] = {
        "[all]\na=OID:subjectAltName\nb=OID:keyUsage\nc=OID:extendedKeyUsage\nd=OID:nsComment\n",
        "[all]\na=SEQUENCE:e\n[e]\nt=OID:extReq\nv=SET:s\n[s]\na=OID:subjectAltName\nb=OID:keyUsage\n"
        "c=OID:extendedKeyUsage\nd=OID:nsComment\n",
        "[all]\na=SEQUENCE:e\n[e]\nt=OID:extReq\nv=SET:s\n[s]\na=SEQUENCE:l\n[l]\na=SEQUENCE:x\nb=SEQUENCE:"
        "y\n"
        "c=SEQUENCE:z\nd=SEQUENCE:w\n[x]\no=OID:subjectAltName\nv=OCTETSTRING:a\n[y]\no=OID:keyUsage\nc="
        "BOOLEAN:true\n"
        "v=OCTETSTRING:b\n[z]\no=OID:extendedKeyUsage\nv=OCTETSTRING:c\n[w]\no=OID:nsComment\nv=OCTETSTRING:"
        "d\n",
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(texts); i++) {
        _cleanup_free_ char *body = described(texts[i]);
        struct csr_attributes attributes = parse(body);

        print_message("%zu\n", i);
        assert_true(attributes.key_usage && attributes.extended_key_usage && attributes.alternative_name);
        assert_int_equal(attributes.n_other, 1);
        assert_string_equal(attributes.other[0], "2.16.840.1.113730.1.13");
        assert_int_equal(attributes.n_key_types, 0);
    }
}

static void test_takes_key(void **state)
{
    _cleanup_private_key_ struct private_key *p256 = NULL, *p384 = NULL, *rsa = NULL;
    struct csr_attributes any = { 0 }, ec = parse("MAkGByqGSM49AgE="), libest = parse("MAcGBSuBBAAi");

    (void)state;
    assert_int_equal(private_key_generate(KEY_EC_P256, &p256), 0);
    assert_int_equal(private_key_generate(KEY_EC_P384, &p384), 0);
    assert_int_equal(private_key_generate(KEY_RSA_2048, &rsa), 0);
    assert_true(csr_attributes_take_key(&any, private_key_handle(rsa)));
    assert_true(csr_attributes_take_key(&ec, private_key_handle(p256)));
    assert_true(csr_attributes_take_key(&ec, private_key_handle(p384)));
    assert_false(csr_attributes_take_key(&ec, private_key_handle(rsa)));
    assert_true(csr_attributes_take_key(&libest, private_key_handle(p384)));
    assert_false(csr_attributes_take_key(&libest, private_key_handle(p256)));
}

static void test_empty_and_broken(void **state)
{
    static const char *const broken[] = { "", "MA", "MAA=x", "<html>", "AAAA", "BgA=" };
    struct csr_attributes attributes = parse("MAA=");

    (void)state;
    assert_false(attributes.challenge_password);
    assert_int_equal(attributes.n_key_types + attributes.n_other, 0);
    assert_int_equal(attributes.digest, NID_undef);
    /* DER instead of base64. */
    assert_int_equal(csr_attributes_parse("0\0", 2, &attributes), 0);
    for (size_t i = 0; i < ELEMENTS(broken); i++) {
        print_message("%s\n", broken[i]);
        assert_int_equal(csr_attributes_parse(broken[i], strlen(broken[i]), &attributes), -EBADMSG);
        assert_int_equal(ERR_peek_error(), 0);
    }
}

/* An entry that can't be read spoils no other. */
static void test_malformed_entries(void **state)
{
    /* Each between challengePassword and SHA-512. */
    static const struct {
        const char *entry;
        size_t size;
    } table[] = {
        { BYTES("\x30\x00") },                             /* an attribute without a type */
        { BYTES("\x01\x01\xff") },                         /* neither OID nor attribute */
        { BYTES("\x06\x00") },                             /* an OID without content */
        { BYTES("\x06\x02\x80\x01") },                     /* one with a padded arc */
        { BYTES("\x30\x05\x06\x03\x55\x1d\x0f") },         /* a type without values */
        { BYTES("\x30\x03\x02\x01\x05") },                 /* a number for a type */
        { BYTES("\x30\x07\x06\x03\x55\x1d\x0f\x31\x05") }, /* values that are cut */
        { BYTES("\x31\x00") }, { BYTES("\x05\x00") }, { BYTES("\x82\x01\x00") }, /* of another class */
        { BYTES("\x30\x7f") }, /* longer than the list: what follows can't be told from it */
    };
    static const unsigned char before[] = { 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 7 };
    static const unsigned char behind[] = { 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3 };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(table); i++) {
        unsigned char der[64] = { 0x30, (unsigned char)(sizeof(before) + table[i].size + sizeof(behind)) };
        struct csr_attributes attributes;
        size_t size = 2;

        print_message("%zu\n", i);
        memcpy(der + size, before, sizeof(before));
        size += sizeof(before);
        memcpy(der + size, table[i].entry, table[i].size);
        size += table[i].size;
        memcpy(der + size, behind, sizeof(behind));
        size += sizeof(behind);
        assert_int_equal(csr_attributes_parse((const char *)der, size, &attributes), 0);
        assert_true(attributes.malformed);
        assert_true(attributes.challenge_password);
        assert_int_equal(attributes.digest, i + 1 < ELEMENTS(table) ? NID_sha512 : NID_undef);
        assert_int_equal(ERR_peek_error(), 0);
    }
    /* Cisco's estserver sends the NUL behind its text. */
    struct csr_attributes attributes;
    assert_int_equal(csr_attributes_parse(BYTES("MAsGCSqGSIb3DQEJBw==\n\0"), &attributes), 0);
    assert_true(attributes.challenge_password && !attributes.malformed);
}

static void test_many(void **state)
{
    unsigned char der[4 + 100 * 3] = { 0x30, 0x82, 300 >> 8, 300 & 0xff };
    struct csr_attributes attributes;

    (void)state;
    for (int i = 0; i < 100; i++)
        memcpy(der + 4 + 3 * i, (const unsigned char[]){ 0x06, 0x01, (unsigned char)i }, 3);
    assert_int_equal(csr_attributes_parse((const char *)der, sizeof(der), &attributes), 0);
    assert_int_equal(attributes.n_other, CSR_ATTRIBUTES_MAX);
}

static void test_told(void **state)
{
    _cleanup_json_ json_object *told = NULL, *nothing = NULL;
    _cleanup_free_ char *body = described("[all]\na=OID:challengePassword\nb=OID:secp384r1\nc=OID:sha384\nd="
                                          "OID:extendedKeyUsage\ne=OID:nsComment\n");
    struct csr_attributes attributes = parse(body), empty = parse("MAA=");

    (void)state;
    assert_int_equal(csr_attributes_to_json(&attributes, &told), 0);
    assert_string_equal(json_text(told, NULL),
        "{\"challengePassword\":true,\"digest\":\"SHA384\",\"keyTypes\":[\"ec_p384\"],\"extensions\":["
        "\"extendedKeyUsage\"],\"other\":[\"2.16.840.1.113730.1.13\"]}");
    assert_int_equal(csr_attributes_to_json(&empty, &nothing), 0);
    assert_string_equal(json_text(nothing, NULL),
        "{\"challengePassword\":false,\"keyTypes\":[],\"extensions\":[],\"other\":[]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_of_the_world),
        cmocka_unit_test(test_keys_and_digests),
        cmocka_unit_test(test_extensions),
        cmocka_unit_test(test_takes_key),
        cmocka_unit_test(test_empty_and_broken),
        cmocka_unit_test(test_malformed_entries),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
