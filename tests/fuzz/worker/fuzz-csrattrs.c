/* The CSR attributes of an EST server: what can be read can be told, and asks for a key that can be judged. */
#include <errno.h>

#include "fuzz/fuzz.h"
#include "worker/x509/csr.h"

/* Whatever is asked for, the request that is made of it is one. */
static void make_request(const struct private_key *key, const struct csr_attributes *attributes)
{
    _cleanup_csr_ X509_REQ *request = NULL;
    _cleanup_free_ char *body = NULL;
    size_t size;

    REQUIRE(csr_for_name(key, "1f0a0000-0000-4000-8000-000000000000", attributes, &request) == 0);
    REQUIRE(csr_sign(request, key, attributes, &body, &size) == 0);
    REQUIRE(X509_REQ_verify(request, private_key_handle(key)) == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct private_key *key;
    struct csr_attributes attributes;
    char *body = copy_text(data, size);

    if (!key)
        REQUIRE(private_key_generate(KEY_EC_P256, &key) == 0);
    int r = csr_attributes_parse(body, size, &attributes);
    REQUIRE(r == 0 || r == -EBADMSG);
    REQUIRE(ERR_peek_error() == 0);
    if (r == 0) {
        json_object *told = NULL;
        const char *wanted = csr_attributes_key_type(&attributes, 0);

        REQUIRE(csr_attributes_to_json(&attributes, &told) == 0);
        require_readable(told);
        json_object_put(told);
        REQUIRE(!wanted || key_type_from_string(wanted) >= 0);
        REQUIRE(csr_attributes_take_key(&attributes, private_key_handle(key)) || attributes.n_key_types > 0);
        make_request(key, &attributes);
    }
    free(body);
    return 0;
}
