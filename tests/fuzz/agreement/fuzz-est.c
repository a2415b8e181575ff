/* Answers of the EST server: the first byte chooses call and status, the rest is the body. */
#include <errno.h>

#include "common/log.h"
#include "daemon/worker/replies.h"
#include "fuzz/fuzz.h"
#include "worker/est/response.h"
#include "worker/x509/base64.h"
#include "worker/x509/pkcs7.h"

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

static int read_answer(struct call_context *context, const struct http_response *response, int call,
    const struct certificate_expectation *expected, STACK_OF(X509) * *ret_stack)
{
    _cleanup_private_key_ struct private_key *key = NULL;
    const struct est est = { 0 };
    struct csr_attributes attributes;
    bool any;

    switch (call) {
    case 0:
        return est_answer_enrolled(context, response, expected, ret_stack);
    case 1:
        return est_answer_anchors(context, response, &est, NULL, ret_stack);
    case 2:
        return est_answer_attributes(context, response, &attributes, &any);
    default:
        return est_answer_generated(context, response, expected, ret_stack, &key);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct private_key *key;
    struct call_context context = { .failure = FAILURE_INIT };
    struct http_response response = {
        .url = { .authority = "est.example:443", .host = "est.example", .path = "/" },
        .content_type = "application/pkcs7-mime",
        .retry_after = -1,
    };
    STACK_OF(X509) *stack = NULL;

    if (size < 1)
        return 0;
    if (!key)
        REQUIRE(private_key_generate(KEY_EC_P256, &key) == 0);
    log_set_level(LOG_EMERG);
    response.status = statuses[data[0] & 7];
    response.body = copy_text(data + 1, size - 1);
    response.size = size - 1;
    parse(&response);

    struct certificate_expectation expected = {
        .key = private_key_handle(key),
        .anchors = sk_X509_new_null(),
        .now = time(NULL),
    };
    int r = read_answer(&context, &response, (data[0] >> 3) & 3, &expected, &stack);
    REQUIRE(r == 0 || r == -EREMOTEIO);
    if (r < 0)
        check_failure(&context.failure);
    x509_stack_freep(&stack);
    x509_stack_freep(&expected.anchors);
    failure_done(&context.failure);
    http_response_done(&response);
    return 0;
}
