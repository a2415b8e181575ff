#include "sandbox/est/pending.h"

#include "common/json.h"
#include "sandbox/faults/words.h"

#include <errno.h>
#include <stdio.h>

#define KEY_ID_SIZE 32
#define KEY_ID_TEXT_SIZE (2 * KEY_ID_SIZE + 1)

static int read_key_id(const struct csr *csr, char *text)
{
    unsigned char id[KEY_ID_SIZE];
    size_t size = sizeof(id), text_size = KEY_ID_TEXT_SIZE;

    if (gnutls_x509_crq_get_key_id(csr->request, GNUTLS_KEYID_USE_SHA256, id, &size) < 0 ||
        gnutls_hex_encode(&(gnutls_datum_t){ id, (unsigned)size }, text, &text_size) < 0)
        return -EBADMSG;
    return 0;
}

static int hold_back(const struct store *store, struct answer *answer, const char *file, const char *key,
    const char *retry_after)
{
    _cleanup_json_ json_object *waiting = json_object_new_object();
    int r;

    r = json_add_string(waiting, "key", key);
    if (r >= 0)
        r = store_write_json(store, file, waiting);
    if (r >= 0)
        r = answer_set_empty(answer, 202, "pending");
    return r < 0 ? r : answer_set_header(answer, "Retry-After", retry_after);
}

int pending_admit(const struct call *call, struct answer *answer, const struct csr *csr)
{
    const struct fault *fault = fault_find(call->faults, "same-key");
    const struct store *store = &call->cloud->store;
    _cleanup_json_ json_object *waiting = NULL;
    char file[64], key[KEY_ID_TEXT_SIZE];
    int r;

    if (!fault)
        return 1;
    /* the common name is the guid of a known device */
    snprintf(file, sizeof(file), "pending/%.36s.json", csr->common_name);
    r = read_key_id(csr, key);
    if (r < 0)
        return r;
    r = store_read_json(store, file, &waiting);
    if (r == -ENOENT)
        return hold_back(store, answer, file, key, fault->value);
    if (r < 0)
        return r;
    if (!streq0(json_get_string(waiting, "key"), key))
        return answer_set_error(
            answer, 409, "malformed", "The request that waits for its certificate has another key.");
    r = store_remove(store, file);
    return r < 0 ? r : 1;
}
