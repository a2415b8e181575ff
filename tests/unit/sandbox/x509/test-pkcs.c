/* Requests that the worker makes, as the sandbox reads them: OpenSSL writes, GnuTLS reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "sandbox/x509/pkcs.h"

#include "worker/x509/csr.h"

static void assert_challenge(const char *challenge)
{
    static const struct csr_attributes no_wishes = { .digest = NID_undef };
    _cleanup_private_key_ struct private_key *key = NULL;
    _cleanup_csr_ X509_REQ *request = NULL;
    _cleanup_free_ char *body = NULL;
    struct csr csr = { .key = NULL };
    const char *problem = NULL;
    char text[64] = "";
    size_t size;

    assert_int_equal(private_key_generate(KEY_EC_P256, &key), 0);
    assert_int_equal(csr_for_name(key, "device", &no_wishes, &request), 0);
    if (challenge)
        assert_int_equal(csr_set_challenge(request, challenge), 0);
    assert_int_equal(csr_sign(request, key, &no_wishes, &body, &size), 0);

    assert_int_equal(sandbox_csr_parse(body, size, &csr, &problem), 0);
    assert_string_equal(csr.common_name, "device");
    int r = sandbox_csr_challenge_password(&csr, text, sizeof(text));
    assert_int_equal(r, challenge ? 0 : -ENOENT);
    if (challenge)
        assert_string_equal(text, challenge);
    sandbox_csr_done(&csr);
}

static void test_challenge_password(void **state)
{
    (void)state;
    assert_challenge(NULL);
    assert_challenge("AAAAAAAAAAAAAAAA");
    /* All that base64 has besides letters and digits. */
    assert_challenge("a+b/c+d/+++///A=");
    assert_challenge("+/+/+/+/+/+/+/==");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_challenge_password),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
