/* A CA that takes its time: it waits for a request with the same key. */
#include "sandbox/est/pending.h"

#include "unit/helpers/sandbox/call.h"

#include <stdio.h>

/* Returns a request of the device with a new key; the caller frees it with csr_done(). */
static struct csr make_csr(void)
{
    gnutls_x509_privkey_t key;
    struct csr csr = { .common_name = GUID };

    assert_int_equal(certificate_make_key(&key), 0);
    assert_int_equal(gnutls_x509_crq_init(&csr.request), 0);
    assert_int_equal(gnutls_x509_crq_set_key(csr.request, key), 0);
    gnutls_x509_privkey_deinit(key);
    return csr;
}

static void test_without_the_fault(void **state)
{
    struct world *w = *state;
    _cleanup_(csr_done) struct csr csr = make_csr();

    assert_int_equal(pending_admit(&w->call, &w->answer, &csr), 1);
    assert_int_equal(pending_admit(&w->call, &w->answer, &csr), 1);
}

static void test_the_same_key(void **state)
{
    struct world *w = *state;
    _cleanup_(csr_done) struct csr csr = make_csr();

    add_fault(&w->faults, "same-key", "5");
    assert_int_equal(pending_admit(&w->call, &w->answer, &csr), 0);
    assert_int_equal(w->answer.status, 202);
    assert_string_equal(header_of(&w->answer, "Retry-After"), "5");
    assert_int_equal(pending_admit(&w->call, &w->answer, &csr), 1);
    /* the next one waits again */
    assert_int_equal(pending_admit(&w->call, &w->answer, &csr), 0);
    assert_int_equal(w->answer.status, 202);
}

static void test_another_key(void **state)
{
    struct world *w = *state;
    _cleanup_(csr_done) struct csr first = make_csr(), second = make_csr();

    add_fault(&w->faults, "same-key", "5");
    assert_int_equal(pending_admit(&w->call, &w->answer, &first), 0);
    assert_int_equal(pending_admit(&w->call, &w->answer, &second), 0);
    assert_error(&w->answer, 409, "malformed");
    assert_int_equal(pending_admit(&w->call, &w->answer, &first), 1);
}

static void test_devices_wait_apart(void **state)
{
    struct world *w = *state;
    _cleanup_(csr_done) struct csr first = make_csr(), second = make_csr();

    snprintf(second.common_name, sizeof(second.common_name), "%s", OTHER_GUID);
    add_fault(&w->faults, "same-key", "5");
    assert_int_equal(pending_admit(&w->call, &w->answer, &first), 0);
    assert_int_equal(pending_admit(&w->call, &w->answer, &second), 0);
    assert_int_equal(w->answer.status, 202);
    assert_int_equal(pending_admit(&w->call, &w->answer, &first), 1);
    assert_int_equal(pending_admit(&w->call, &w->answer, &second), 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_without_the_fault),
        TEST(test_the_same_key),
        TEST(test_another_key),
        TEST(test_devices_wait_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
