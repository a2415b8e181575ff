/* Whatever the worker can answer, the daemon takes, keeps, reads again at a start, and asks with: each member of a reply that is
 * kept is followed through the three tables, at its limits and beyond. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "daemon/state/schema.h"
#include "daemon/worker/replies.h"
#include "worker/methods/interface.h"

/* A member of a reply, the member of the registration that keeps it, and the parameters that it becomes: METHOD.path. */
static const struct {
    const struct service_field *reply;
    const char *member, *kept, *asked[4];
} rows[] = {
    { reply_generate_key, "privateKey", "privateKey",
        { "Enroll.privateKey", "Reenroll.credentials.privateKey", "Refresh.credentials.privateKey" } },
    { reply_generate_key, "privateKey", "newPrivateKey",
        { "Reenroll.privateKey", "GetContextStatus.credentials.privateKey" } },
    { reply_certificate, "privateKey", "privateKey", { "Reenroll.credentials.privateKey" } },
    { reply_trust_anchors, "trustAnchors", "trustAnchors",
        { "Enroll.trustAnchors", "Reenroll.trustAnchors", "FetchTrustAnchors.previous" } },
    { reply_certificate, "certificate", "certificate",
        { "Reenroll.credentials.certificate", "Refresh.credentials.certificate",
            "DeleteContext.credentials.certificate" } },
    { reply_certificate, "certificate", "newCertificate", { "GetContextStatus.credentials.certificate" } },
    { reply_certificate, "chain", "chain",
        { "Reenroll.credentials.chain", "Refresh.credentials.chain", "DeleteContext.credentials.chain" } },
    { reply_certificate, "chain", "newChain", { "GetContextStatus.credentials.chain" } },
    { reply_activate, "enrollment.secret", "enrollment.secret",
        { "Enroll.enrollment.secret", "FetchTrustAnchors.enrollment.secret" } },
    { reply_activate, "enrollment.username", "enrollment.username", { "Enroll.enrollment.username" } },
    { reply_activate, "enrollment.url", "estUrl",
        { "Enroll.est.url", "FetchTrustAnchors.est.url", "Reenroll.est.url" } },
    { reply_activate, "enrollment.label", "estLabel", { "Enroll.est.label", "Reenroll.est.label" } },
    { reply_context_status, "refreshInterval", "refreshInterval", { "CreateContext.refreshInterval" } },
    { reply_context_status, "tenant.name", "tenant.name", { NULL } },
    { reply_certificate, "info.subject", "certificateInfo.subject", { NULL } },
    { reply_certificate, "info.subject", "newCertificateInfo.subject", { NULL } },
    { reply_certificate, "info.notAfter", "certificateInfo.notAfter", { NULL } },
};

static const struct service_field *find(const struct service_field *fields, const char *path)
{
    const size_t length = strcspn(path, ".");

    for (; fields->name; fields++)
        if (strlen(fields->name) == length && strncmp(fields->name, path, length) == 0)
            return path[length] ? find(fields->fields, path + length + 1) : fields;
    fail_msg("no field %s", path);
    return NULL;
}

static const struct service_field *find_parameter(const char *path)
{
    const size_t length = strcspn(path, ".");
    const struct service_method *method = worker_interface.methods;

    for (; method->name; method++)
        if (strlen(method->name) == length && strncmp(method->name, path, length) == 0)
            return find(method->fields, path + length + 1);
    fail_msg("no method %s", path);
    return NULL;
}

/* Whether a field takes a text so long, or such a number. */
static bool takes(const struct service_field *field, int64_t size)
{
    const struct service_field alone[] = { *field, { 0 } };
    _cleanup_json_ json_object *object = json_object_new_object();
    char name[64];

    if (field->type == SERVICE_INT)
        json_add_int(object, field->name, size);
    else {
        char *text = malloc((size_t)size + 1);

        assert_non_null(text);
        memset(text, 'x', (size_t)size);
        text[size] = 0;
        json_add_string(object, field->name, text);
        free(text);
    }
    return service_check_fields(alone, object, name, sizeof(name)) == 0;
}

static void test_each_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        const struct service_field *reply = find(rows[i].reply, rows[i].member);
        const struct service_field *kept =
            find(find(schema_state_file, "registration")->fields, rows[i].kept);
        const int64_t sizes[] = { reply->max, reply->max - 1, reply->max / 2 };

        print_message("%s, kept as %s\n", rows[i].member, rows[i].kept);
        assert_false(takes(reply, reply->max + 1));
        for (size_t k = 0; k < ELEMENTS(sizes); k++) {
            assert_true(takes(reply, sizes[k]));
            assert_true(takes(kept, sizes[k]));
            for (size_t n = 0; n < ELEMENTS(rows[i].asked) && rows[i].asked[n]; n++)
                if (!takes(find_parameter(rows[i].asked[n]), sizes[k]))
                    fail_msg("%s does not take %lld", rows[i].asked[n], (long long)sizes[k]);
        }
    }
}

/* What older versions have kept beyond it is read, and refused by the worker by a name that makes the daemon begin anew. */
static void test_what_older_versions_kept(void **state)
{
    static const char *const members[] = { "trustAnchors", "chain", "newChain" };
    const int64_t limit = find(reply_trust_anchors, "trustAnchors")->max;

    (void)state;
    for (size_t i = 0; i < ELEMENTS(members); i++)
        assert_true(takes(find(find(schema_state_file, "registration")->fields, members[i]), 256 << 10));
    assert_false(takes(find_parameter("Reenroll.trustAnchors"), limit + 1));
    assert_false(takes(find_parameter("Reenroll.credentials.chain"), limit + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_each_row),
        cmocka_unit_test(test_what_older_versions_kept) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
