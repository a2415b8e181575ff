/* Answers of the EST server: the first byte chooses call and status, the second what the worker holds (expect), the
 * rest is the body. */
#include <errno.h>

#include "common/log.h"
#include "daemon/worker/replies.h"
#include "fuzz/est-pki.h"
#include "fuzz/fuzz.h"
#include "worker/est/response.h"
#include "worker/x509/base64.h"
#include "worker/x509/csr.h"
#include "worker/x509/pkcs7.h"

enum {
    NOW = 1796100000, /* 1 December 2026: each certificate of the corpus is valid or not for ever */
};

static const long statuses[] = { 200, 200, 200, 200, 202, 401, 429, 503 };

static void check_failure(const struct failure *failure)
{
    json_object *message = failure_reply(failure);
    char name[128] = "";

    REQUIRE(message && failure->reason != REASON_NONE);
    require_readable(message);
    REQUIRE(
        service_check_fields(reply_failed, json_get_object(message, "parameters"), name, sizeof(name)) == 0);
    json_object_put(message);
}

static void parse(const struct http_response *response)
{
    STACK_OF(X509) *stack = NULL;
    unsigned char *bytes = NULL;
    size_t n = 0;
    bool bare;

    int r = pkcs7_parse(response->body, response->size, &stack, &bare);
    REQUIRE(r == 0 || r == -EBADMSG || r == -E2BIG);
    if (r == 0)
        REQUIRE(sk_X509_num(stack) >= 1 && sk_X509_num(stack) <= PKCS7_CERTIFICATES_MAX);
    x509_stack_freep(&stack);

    if (base64_decode(response->body, response->size, &bytes, &n) == 0) {
        char *again = NULL;
        unsigned char *twice = NULL;
        size_t again_size, twice_size;

        REQUIRE(n > 0 && base64_encode(bytes, n, &again, &again_size) == 0);
        REQUIRE(base64_decode(again, again_size, &twice, &twice_size) == 0);
        REQUIRE(twice_size == n && memcmp(twice, bytes, n) == 0);
        free(again);
        free(twice);
    }
    free(bytes);
}

/* The data of the worker while it reads the answer, made once for all inputs. */
struct held {
    struct private_key *key;
    STACK_OF(X509) * root, *sub, *next, *current;
    X509_REQ *for_name, *for_renewal;
    char fingerprint[FINGERPRINT_SIZE]; /* of next */
};

static STACK_OF(X509) * load(const char *pem)
{
    STACK_OF(X509) *stack = NULL;

    REQUIRE(certificates_load(pem, &stack) == 0 && sk_X509_num(stack) == 1);
    return stack;
}

static const struct held *hold(void)
{
    static struct held held;
    const struct csr_attributes none = { 0 };

    if (held.key)
        return &held;
    REQUIRE(private_key_load(pki_our_key, &held.key) == 0);
    held.root = load(pki_root);
    held.sub = load(pki_sub);
    held.next = load(pki_next);
    held.current = load(pki_current);
    certificate_fingerprint(sk_X509_value(held.next, 0), held.fingerprint);
    REQUIRE(csr_for_name(held.key, "appliance", &none, &held.for_name) == 0);
    REQUIRE(csr_for_renewal(held.key, sk_X509_value(held.current, 0), &none, &held.for_renewal) == 0);
    return &held;
}

/* The settings of an exchange, as bits of the input's second byte. */
static struct certificate_expectation expect(const struct held *held, unsigned bits)
{
    STACK_OF(X509) *const anchors[] = { NULL, held->root, held->sub, held->next };
    bool renewal = bits & 0x20;

    return (struct certificate_expectation){
        .key = private_key_handle(held->key),
        .anchors = anchors[bits >> 2 & 3],
        .helpers = bits & 0x10 ? held->sub : NULL,
        .current = renewal ? sk_X509_value(held->current, 0) : NULL,
        .policy = (enum certificate_policy)((bits >> 6) % 3),
        .request = renewal ? held->for_renewal : held->for_name,
        .now = NOW,
    };
}

static int read_answer(struct call_context *context, const struct http_response *response, int call,
    unsigned bits, STACK_OF(X509) * *ret_stack)
{
    _cleanup_private_key_ struct private_key *key = NULL;
    const struct held *held = hold();
    const struct certificate_expectation expected = expect(held, bits);
    struct est est = { .anchors = bits & 0x80 ? held->root : NULL };
    struct csr_attributes attributes;
    bool any;

    switch (call) {
    case 0:
        return est_answer_enrolled(context, response, &expected, ret_stack);
    case 1:
        if (bits & 2)
            memcpy(est.fingerprint, held->fingerprint, sizeof(est.fingerprint));
        return est_answer_anchors(context, response, &est, bits & 1 ? held->root : NULL, ret_stack);
    case 2:
        return est_answer_attributes(context, response, &attributes, &any);
    default:
        return est_answer_generated(context, response, &expected, 0, ret_stack, &key);
    }
}

/* Accepted certificates fit the interface: all of them as a text, the first one as an object. */
static void check_taken(STACK_OF(X509) * stack)
{
    json_object *info = NULL;
    char *pem = NULL, summary[400];

    REQUIRE(sk_X509_num(stack) >= 1);
    REQUIRE(certificates_to_pem(stack, 0, &pem) == 0);
    REQUIRE(certificate_info(sk_X509_value(stack, 0), &info) == 0);
    require_readable(info);
    certificate_summary(sk_X509_value(stack, 0), summary, sizeof(summary));
    REQUIRE(utf8_is_printable(summary));
    json_object_put(info);
    free(pem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct call_context context = { .failure = FAILURE_INIT };
    struct http_response response = {
        .url = { .authority = "est.example:443", .host = "est.example", .path = "/" },
        .content_type = "application/pkcs7-mime",
        .retry_after = -1,
    };
    STACK_OF(X509) *stack = NULL;

    if (size < 2)
        return 0;
    log_set_level(LOG_EMERG);
    response.status = statuses[data[0] & 7];
    response.body = copy_text(data + 2, size - 2);
    response.size = size - 2;
    parse(&response);

    int r = read_answer(&context, &response, (data[0] >> 3) & 3, data[1], &stack);
    REQUIRE(r == 0 || r == -EREMOTEIO);
    if (r < 0)
        check_failure(&context.failure);
    else if (stack)
        check_taken(stack);
    x509_stack_freep(&stack);
    failure_done(&context.failure);
    http_response_done(&response);
    return 0;
}
