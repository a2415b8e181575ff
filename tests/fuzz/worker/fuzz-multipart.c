/* The multipart answer of /serverkeygen: the first line is the content type, the rest the body. Each part lies within the
 * body, behind the one before it. */
#include <errno.h>

#include "fuzz/fuzz.h"
#include "worker/est/multipart.h"
#include "worker/x509/key.h"
#include "worker/x509/pkcs7.h"

static void read_part(const struct multipart_part *part)
{
    STACK_OF(X509) *stack = NULL;
    struct private_key *key = NULL;
    bool bare;

    int r = private_key_parse(part->data, part->size, &key);
    REQUIRE((r == 0 && key) || r == -EINVAL);
    private_key_free(key);
    r = pkcs7_parse(part->data, part->size, &stack, &bare);
    REQUIRE((r == 0 && stack) || r == -EBADMSG || r == -E2BIG);
    x509_stack_freep(&stack);
    REQUIRE(ERR_peek_error() == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct multipart_part parts[MULTIPART_MAX];
    const uint8_t *newline = size ? memchr(data, '\n', size) : NULL;
    size_t length = newline ? (size_t)(newline - data) : 0, skipped = newline ? length + 1 : 0;
    char *type = copy_text(data, length), *body = copy_text(data + skipped, size - skipped);
    const char *end = body + (size - skipped), *at = body;

    int n = multipart_parse(type, body, size - skipped, parts);
    REQUIRE(n == -EBADMSG || (n > 0 && n <= MULTIPART_MAX));
    for (int i = 0; i < n; i++) {
        REQUIRE(
            parts[i].data >= at && parts[i].data <= end && parts[i].size <= (size_t)(end - parts[i].data));
        REQUIRE(strlen(parts[i].type) < sizeof(parts[i].type));
        at = parts[i].data + parts[i].size;
        read_part(&parts[i]);
    }
    free(type);
    free(body);
    return 0;
}
