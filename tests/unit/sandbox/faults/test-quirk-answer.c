/* The quirks in how EST servers write their answers. */
#include "unit/helpers/sandbox/answer.h"
#include "unit/helpers/sandbox/faults.h"

#include "sandbox/base/base64.h"
#include "sandbox/faults/apply.h"
#include "sandbox/x509/authority.h"
#include "sandbox/x509/chain.h"

#include <time.h>

/* Four certificates in PKCS#7, more than a line of 1,000 columns, and an answer with them. */
static struct {
    struct chain chain;
    struct der pkcs7;
    struct answer answer;
} world;

static int set_up_world(void **state)
{
    static const char *const names[] = { "A", "B", "C", "D" };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(names); i++) {
        struct authority authority;

        if (authority_make(names[i], NULL, 3600, &authority) < 0)
            return -1;
        if (chain_add(&world.chain, authority.certificate) < 0)
            return -1;
        authority_done(&authority);
    }
    return chain_pack(&world.chain, &world.pkcs7);
}

static int tear_down_world(void **state)
{
    (void)state;
    chain_done(&world.chain);
    der_done(&world.pkcs7);
    return 0;
}

static int set_up(void **state)
{
    gnutls_datum_t data = { world.pkcs7.data, (unsigned)world.pkcs7.size };
    char *text;
    size_t size;

    (void)state;
    world.answer = (struct answer){ .status = 500 };
    if (base64_encode_lines(&data, BASE64_COLUMNS, "\n", &text, &size) < 0 ||
        answer_take_body(&world.answer, 200, "application/pkcs7-mime", text, size) < 0)
        return -1;
    world.answer.base64 = true;
    return answer_set_header(&world.answer, "Content-Transfer-Encoding", "base64");
}

static int tear_down(void **state)
{
    (void)state;
    answer_done(&world.answer);
    return 0;
}

static void apply(enum fault_stage stage, const char *kind, const char *value)
{
    struct fault_set set = set_of(kind, value);

    assert_int_equal(fault_apply(&set, stage, &world.answer), 1);
}

static void assert_base64_of(const void *data, size_t size)
{
    gnutls_datum_t decoded = { NULL, 0 };

    assert_int_equal(base64_decode_text(world.answer.body, world.answer.size, &decoded), 0);
    assert_int_equal(decoded.size, size);
    assert_memory_equal(decoded.data, data, size);
    gnutls_free(decoded.data);
}

/* Returns the length of the longest line, without its end. */
static size_t longest_line(void)
{
    size_t longest = 0;

    for (const char *p = world.answer.body; *p; p += strspn(p, "\n")) {
        size_t length = strcspn(p, "\n");

        longest = length > longest ? length : longest;
        p += length;
    }
    return longest;
}

static void test_lines(void **state)
{
    static const struct {
        const char *word;
        size_t longest;
    } cases[] = { { "unwrapped", 0 }, { "crlf", 65 }, { "wide", 1000 }, { "odd", 63 }, { "blanks", 64 } };

    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        apply(STAGE_AFTER, "encoding", cases[i].word);
        assert_base64_of(world.pkcs7.data, world.pkcs7.size);
        if (streq(cases[i].word, "unwrapped"))
            assert_null(strchr(world.answer.body, '\n'));
        else
            assert_int_equal(longest_line(), cases[i].longest);
        tear_down(state);
        set_up(state);
    }
}

static void test_pem(void **state)
{
    static const char begin[] = "-----BEGIN PKCS7-----\n", end[] = "\n-----END PKCS7-----\n";

    (void)state;
    apply(STAGE_AFTER, "encoding", "pem");
    assert_int_equal(strncmp(world.answer.body, begin, strlen(begin)), 0);
    assert_string_equal(world.answer.body + world.answer.size - strlen(end), end);
}

static void test_der(void **state)
{
    (void)state;
    apply(STAGE_AFTER, "encoding", "der");
    assert_int_equal(world.answer.size, world.pkcs7.size);
    assert_memory_equal(world.answer.body, world.pkcs7.data, world.pkcs7.size);
    /* it is no base64 any more, so that nothing else rewrites it */
    assert_false(world.answer.base64);
}

static void test_certificates(void **state)
{
    size_t n = 0;

    (void)state;
    apply(STAGE_AFTER, "encoding", "certificate");
    assert_base64_of(world.chain.certificates[0].data, world.chain.certificates[0].size);
    tear_down(state);
    set_up(state);
    apply(STAGE_AFTER, "encoding", "pem-certificates");
    for (const char *p = world.answer.body; (p = strstr(p, "-----BEGIN CERTIFICATE-----\n")); n++)
        p++;
    assert_int_equal(n, 4);
}

static void test_other_bodies_are_left_alone(void **state)
{
    static const char *const words[] = { "unwrapped", "crlf", "wide", "odd", "blanks", "nul", "pem", "der",
        "certificate", "pem-certificates" };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(words); i++) {
        assert_int_equal(answer_set_error(&world.answer, 403, "forbidden", "x"), 0);
        apply(STAGE_AFTER, "encoding", words[i]);
        assert_error(&world.answer, 403, "forbidden");
    }
}

static void test_a_nul_behind_the_base64(void **state)
{
    size_t before = world.answer.size;

    (void)state;
    apply(STAGE_AFTER, "encoding", "nul");
    assert_int_equal(world.answer.size, before + 1);
    assert_int_equal(world.answer.body[before], 0);
    assert_int_equal(world.answer.body[before - 1], '\n');
}

static void test_headers(void **state)
{
    (void)state;
    apply(STAGE_AFTER, "headers", "created,odd-type,wrong-encoding");
    assert_int_equal(world.answer.status, 201);
    assert_string_equal(header_of(&world.answer, "Content-Type"),
        "Application/PKCS7-MIME ;smime-type=\"Certs-Only\"; charset=UTF-8");
    assert_string_equal(header_of(&world.answer, "Content-Transfer-Encoding"), "binary");
    apply(STAGE_AFTER, "headers", "no-type,no-encoding,lower-case,chunked");
    assert_int_equal(world.answer.n_headers, 0);
    assert_true(world.answer.lower_case);
    assert_int_equal(world.answer.framing, FRAMING_CHUNKED);
    apply(STAGE_AFTER, "headers", "until-close");
    assert_int_equal(world.answer.framing, FRAMING_CLOSE);
    world.answer.status = 204;
    apply(STAGE_AFTER, "headers", "created");
    assert_int_equal(world.answer.status, 204);
}

static void test_error_bodies(void **state)
{
    static const struct {
        const char *word, *type, *text;
    } cases[] = {
        { "text", "text/plain; charset=utf-8", "403 the subject is not on the list\n" },
        { "xml", "application/problem+xml", "<problem><title>Not on the list</title></problem>" },
        { "html", "text/html", "<body><h1>Not on the list</h1></body>" },
        { "control", "text/plain", "\x1b[31mnot\r\non the list\x1b[0m\b\xff\xfe\x7f\n" },
        { "long", "text/plain", "xxxxxxxxxxxxxxxxxxxxxxxx" },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        assert_int_equal(answer_set_error(&world.answer, 200, "x", "y"), 0);
        apply(STAGE_AFTER, "error-body", cases[i].word);
        assert_error(&world.answer, 200, "x");
        assert_int_equal(answer_set_error(&world.answer, 403, "x", "y"), 0);
        apply(STAGE_AFTER, "error-body", cases[i].word);
        assert_int_equal(world.answer.status, 403);
        assert_string_equal(header_of(&world.answer, "Content-Type"), cases[i].type);
        assert_int_equal(world.answer.size, strlen(world.answer.body));
        assert_non_null(strstr(world.answer.body, cases[i].text));
    }
    /* the last one is the long one */
    assert_int_equal(world.answer.size, 8191);
}

static void test_challenges(void **state)
{
    (void)state;
    assert_int_equal(answer_set_error(&world.answer, 401, "x", "y"), 0);
    assert_int_equal(answer_add_header(&world.answer, "WWW-Authenticate", "Basic realm=\"est\""), 0);
    assert_int_equal(answer_add_header(&world.answer, "WWW-Authenticate", "Digest realm=\"est\""), 0);
    apply(STAGE_AFTER, "challenge", "odd-case");
    /* both are still there, under a name in other case */
    assert_int_equal(world.answer.n_headers, 3);
    assert_string_equal(world.answer.headers[1].name, "wwW-AUTHenticate");
    assert_string_equal(world.answer.headers[1].value, "bASIC realm=\"est\"");
    assert_string_equal(world.answer.headers[2].value, "dIGEST realm=\"est\"");
    apply(STAGE_AFTER, "challenge", "none");
    assert_null(header_of(&world.answer, "WWW-Authenticate"));
}

static void test_answers_in_place_of_the_handler(void **state)
{
    time_t before = time(NULL);
    struct tm tm;

    (void)state;
    apply(STAGE_INSTEAD, "unauthorized", "Negotiate");
    assert_error(&world.answer, 401, "unauthorized");
    assert_string_equal(header_of(&world.answer, "WWW-Authenticate"), "Negotiate");
    apply(STAGE_INSTEAD, "pending", "soon");
    assert_int_equal(world.answer.status, 202);
    assert_string_equal(header_of(&world.answer, "Retry-After"), "soon");
    apply(STAGE_INSTEAD, "pending", "none");
    assert_int_equal(world.answer.status, 202);
    assert_null(header_of(&world.answer, "Retry-After"));
    apply(STAGE_INSTEAD, "pending", "date:3600");
    assert_non_null(strptime(header_of(&world.answer, "Retry-After"), "%a, %d %b %Y %H:%M:%S GMT", &tm));
    assert_in_range(timegm(&tm), before + 3600, time(NULL) + 3600);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_lines),
        TEST(test_pem),
        TEST(test_der),
        TEST(test_certificates),
        TEST(test_other_bodies_are_left_alone),
        TEST(test_a_nul_behind_the_base64),
        TEST(test_headers),
        TEST(test_error_bodies),
        TEST(test_challenges),
        TEST(test_answers_in_place_of_the_handler),
    };

    return cmocka_run_group_tests(tests, set_up_world, tear_down_world);
}
