/* The tables of quirks: names, words, places, presets; and what those that write an answer make of it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/asn1.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "sandbox/faults/apply.h"
#include "sandbox/faults/check.h"
#include "sandbox/faults/csr-attributes.h"
#include "sandbox/faults/kinds.h"
#include "sandbox/faults/preset.h"
#include "sandbox/faults/words.h"
#include "unit/helpers/sandbox-answer.h"

static int check(const char *endpoint, const char *kind, const char *value)
{
    struct fault fault = { .kind = fault_kind_find(kind), .endpoint = endpoint, .value = value };
    const char *problem = NULL;
    int r;

    assert_non_null(fault.kind);
    r = fault_check(&fault, &problem);
    assert_true((r < 0) == !!problem);
    return r;
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; fault_kind_at(i); i++) {
        const struct fault_kind *kind = fault_kind_at(i);
        bool has_words = kind->value == VALUE_WORD || kind->value == VALUE_LIST;

        /* the first of its name, so that no other row hides it */
        assert_ptr_equal(fault_kind_find(kind->name), kind);
        assert_non_null(kind->help);
        assert_true((kind->stage <= STAGE_AFTER) == !!kind->apply);
        assert_true(has_words == !!kind->words);
        for (const struct fault_word *word = kind->words; word && word->name; word++) {
            assert_non_null(word->help);
            assert_null(strchr(word->name, ','));
            assert_true(kind->stage != STAGE_CHECK || (word->status >= 400 && word->check));
            for (const struct fault_word *other = kind->words; other != word; other++)
                assert_string_not_equal(other->name, word->name);
        }
    }
}

static void test_values(void **state)
{
    (void)state;
    assert_int_equal(check("est", "headers", "created"), 0);
    assert_int_equal(check("est", "headers", "created,chunked"), 0);
    assert_int_equal(check("est", "headers", ""), -EINVAL);
    assert_int_equal(check("est", "headers", "created,"), -EINVAL);
    assert_int_equal(check("est", "headers", "create"), -EINVAL);
    assert_int_equal(
        check("est", "headers", "created,created,created,created,created,created,created,created"), 0);
    assert_int_equal(
        check("est", "headers", "created,created,created,created,created,created,created,created,created"),
        -EINVAL);
    assert_int_equal(check("est", "encoding", "pem"), 0);
    assert_int_equal(check("est", "encoding", "pem,der"), -EINVAL);
    assert_int_equal(check("est", "encoding", NULL), -EINVAL);
}

static void test_places(void **state)
{
    (void)state;
    assert_int_equal(check("serverkeygen", "issue", "ca"), 0);
    assert_int_equal(check("contexts", "issue", "ca"), -EINVAL);
    assert_int_equal(check("all", "issue", "ca"), -EINVAL);
    assert_int_equal(check("tls", "issue", "ca"), -EINVAL);
    assert_int_equal(check("tls:est.sco.cisco.com", "client", "single"), 0);
    assert_int_equal(check("est", "client", "single"), -EINVAL);
    assert_int_equal(check("est", "delay", "1"), 0);
}

static void test_presets(void **state)
{
    size_t n = 0;

    (void)state;
    assert_null(preset_find("nothing"));
    for (; preset_at(n); n++) {
        const struct preset *preset = preset_at(n);

        assert_ptr_equal(preset_find(preset->name), preset);
        for (size_t i = 0; i < PRESET_LIMIT && preset->faults[i].endpoint; i++)
            assert_int_equal(
                check(preset->faults[i].endpoint, preset->faults[i].kind, preset->faults[i].value), 0);
    }
    assert_true(n >= 4);
}

/* One fault as it applies to a request. */
static struct fault_set set_of(const char *kind, const char *value)
{
    struct fault_set set = { .n = 1 };

    set.faults[0] = (struct fault){ .kind = fault_kind_find(kind), .endpoint = "est", .value = value };
    assert_non_null(set.faults[0].kind);
    return set;
}

static void test_words_in_their_order(void **state)
{
    struct fault_set set = set_of("needs", "columns,newline");
    const struct fault_word *words[4];

    (void)state;
    assert_int_equal(fault_find_words(&set, STAGE_CHECK, NULL, words, ELEMENTS(words)), 2);
    assert_string_equal(words[0]->name, "columns");
    assert_string_equal(words[1]->name, "newline");
    assert_int_equal(fault_find_words(&set, STAGE_CHECK, NULL, words, 1), 1);
    assert_int_equal(fault_find_words(&set, STAGE_ISSUE, NULL, words, ELEMENTS(words)), 0);
    assert_int_equal(fault_find_words(&set, STAGE_CHECK, "key", words, ELEMENTS(words)), 0);
    assert_non_null(fault_find(&set, "needs"));
    assert_null(fault_find(&set, "key"));
}

static void test_csrattrs(void **state)
{
    (void)state;
    for (const struct fault_word *word = csr_attribute_words; word->name; word++) {
        struct fault_set set = set_of("attributes", word->name);
        struct der der;
        const unsigned char *p;
        ASN1_SEQUENCE_ANY *sequence;

        assert_int_equal(csr_attributes_write(&set, &der), 1);
        p = der.data;
        sequence = d2i_ASN1_SEQUENCE_ANY(NULL, &p, (long)der.size);
        if (strcmp(word->name, "garbage") == 0) {
            assert_null(sequence);
        } else {
            assert_non_null(sequence);
            assert_ptr_equal(p, der.data + der.size);
            assert_true((sk_ASN1_TYPE_num(sequence) > 0) == (strcmp(word->name, "nothing") != 0));
        }
        sk_ASN1_TYPE_pop_free(sequence, ASN1_TYPE_free);
        der_done(&der);
    }
}

static void test_no_csrattrs(void **state)
{
    struct fault_set set = set_of("pop", "401");
    struct der der;

    (void)state;
    assert_int_equal(csr_attributes_write(&set, &der), 1);
    assert_int_equal(der.size, 13);
    der_done(&der);
    set.n = 0;
    assert_int_equal(csr_attributes_write(&set, &der), 0);
}

static void test_error_bodies(void **state)
{
    struct fault_set set = set_of("error-body", "html");
    struct answer answer = { .status = 0 };

    (void)state;
    assert_int_equal(answer_set_error(&answer, 200, "x", "y"), 0);
    assert_int_equal(fault_apply(&set, STAGE_AFTER, &answer), 1);
    assert_string_equal(header_of(&answer, "Content-Type"), "application/json");
    assert_int_equal(answer_set_error(&answer, 403, "x", "y"), 0);
    assert_int_equal(fault_apply(&set, STAGE_AFTER, &answer), 1);
    assert_string_equal(header_of(&answer, "Content-Type"), "text/html");
    assert_non_null(strstr(answer.body, "<html>"));
    assert_int_equal(answer.size, strlen(answer.body));
    answer_done(&answer);
}

static void test_challenges(void **state)
{
    struct fault_set odd = set_of("challenge", "odd-case"), none = set_of("challenge", "none");
    struct answer answer = { .status = 0 };

    (void)state;
    assert_int_equal(answer_set_error(&answer, 401, "x", "y"), 0);
    assert_int_equal(answer_add_header(&answer, "WWW-Authenticate", "Basic realm=\"est\""), 0);
    assert_int_equal(answer_add_header(&answer, "WWW-Authenticate", "Digest realm=\"est\""), 0);
    assert_int_equal(fault_apply(&odd, STAGE_AFTER, &answer), 1);
    /* Both are still there, under a name that is spelt otherwise. */
    assert_int_equal(answer.n_headers, 3);
    assert_string_equal(header_of(&answer, "www-authenticate"), "bASIC realm=\"est\"");
    assert_string_equal(answer.headers[2].value, "dIGEST realm=\"est\"");
    assert_int_equal(fault_apply(&none, STAGE_AFTER, &answer), 1);
    assert_null(header_of(&answer, "WWW-Authenticate"));
    answer_done(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_presets),
        cmocka_unit_test(test_words_in_their_order),
        cmocka_unit_test(test_csrattrs),
        cmocka_unit_test(test_no_csrattrs),
        cmocka_unit_test(test_error_bodies),
        cmocka_unit_test(test_challenges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
