/* Certificates as administrators hand them over: what is one, and the name of what is none. */
#include "daemon/config/pem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/memory.h"

#define BEGIN "-----BEGIN CERTIFICATE-----\n"
#define END "-----END CERTIFICATE-----\n"
#define GOOD BEGIN "MAMCAQU=\n" END
#define SIGNED_DATA "\x30\x82\x01\x01\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x82"

static void test_faults(void **state)
{
    static const struct {
        const char *text, *fault;
        size_t size; /* 0: of the text */
    } rows[] = {
        { GOOD, NULL, 0 },
        { GOOD GOOD, NULL, 0 },
        { "Subject: CN=a\n\n" GOOD "# b\xf6se\n" GOOD "the end", NULL, 0 },
        { "-----BEGIN CERTIFICATE-----\r\nMAMC\r\nAQU=\r\n-----END CERTIFICATE-----\r\n", NULL, 0 },
        { "-----BEGIN TRUSTED CERTIFICATE-----\nMAMCAQUA\n-----END TRUSTED CERTIFICATE-----", NULL, 0 },
        { "-----BEGIN X509 CERTIFICATE-----\nMAMCAQU=\n-----END X509 CERTIFICATE-----\n", NULL, 0 },
        { BEGIN "MIEDAgEFAAAAAAAA\n" END, NULL, 0 },
        { BEGIN "MIEJAgEFAAAAAAAA\n" END, NULL, 0 },
        { BEGIN "MIEKAgEFAAAAAAAA\n" END, "a damaged certificate", 0 },
        { GOOD "-----BEGIN PRIVATE KEY-----\nMAMCAQU=\n-----END PRIVATE KEY-----\n", NULL, 0 },
        { "", "an empty file", 0 },
        { "\n", "no certificate in PEM", 0 },
        { "<html>", "no certificate in PEM", 0 },
        { "\xff\xfe-\0-\0", "UTF-16, not PEM", 6 },
        { "\xfe\xff\0-\0-", "UTF-16, not PEM", 6 },
        { "-\0-\0B\0E\0G\0I\0N\0", "UTF-16, not PEM", 14 },
        { "\0-\0-\0B\0E\0G\0I\0N", "UTF-16, not PEM", 14 },
        { "a\0b", "binary data, not PEM", 3 },
        { "\x30\x82\x01\x01\x30\x81\x01", "DER, not PEM", 0 },
        { "\x30\x82\x01\x01\x30\x81\0", "DER, not PEM", 7 },
        { SIGNED_DATA, "PKCS#7 in DER, not PEM", 0 },
        { SIGNED_DATA "\0", "PKCS#7 in DER, not PEM", sizeof(SIGNED_DATA) },
        { "-----BEGIN PKCS7-----\nMAMCAQU=\n-----END PKCS7-----\n", "PKCS#7, not certificates in PEM", 0 },
        { "-----BEGIN CMS-----\nMAMCAQU=\n-----END CMS-----\n", "PKCS#7, not certificates in PEM", 0 },
        { "-----BEGIN EC PRIVATE KEY-----\nMAMCAQU=\n", "a private key, not a certificate", 0 },
        { "\xef\xbb\xbf" GOOD, "a certificate whose first line does not stand by itself", 0 },
        { " " GOOD, "a certificate whose first line does not stand by itself", 0 },
        { BEGIN "MAMCAQU=\n", "a damaged certificate", 0 },
        { BEGIN, "a damaged certificate", 0 },
        { BEGIN END, "a damaged certificate", 0 },
        { BEGIN "MAMCAQU\n" END, "a damaged certificate", 0 },
        { BEGIN "MAMCA*U=\n" END, "a damaged certificate", 0 },
        { BEGIN "MAMC=QU=\n" END, "a damaged certificate", 0 },
        { BEGIN "MAMCAQ==\n" END, "a damaged certificate", 0 },
        { BEGIN "AAMCAQU=\n" END, "a damaged certificate", 0 },
        { BEGIN "MIACAQUA\n" END, "a damaged certificate", 0 },
        { BEGIN "MAMCAQU=\n-----END X509 CERTIFICATE-----\n", "a damaged certificate", 0 },
        { GOOD BEGIN "MAMC\n" GOOD, "a damaged certificate", 0 },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        const char *fault = pem_find_fault(rows[i].text, rows[i].size ? rows[i].size : strlen(rows[i].text));

        if (!streq0(fault, rows[i].fault))
            fail_msg("row %zu: %s", i, fault ? fault : "no fault");
    }
}

static void test_copy(void **state)
{
    _cleanup_free_ char *copy = pem_copy_certificates("Beh\xf6rde\n" GOOD "\n# more\n" GOOD "rest\n");
    _cleanup_free_ char *unended = pem_copy_certificates(BEGIN "MAMCAQU=\n-----END CERTIFICATE-----");

    (void)state;
    assert_string_equal(copy, GOOD GOOD);
    assert_string_equal(unended, GOOD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_copy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
