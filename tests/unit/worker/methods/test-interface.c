#include "worker/methods/interface.h"

#include "common/idl.h"
#include "unit/helpers/test-certificates.h"

#include <ctype.h>
#include <stdio.h>

/* Copies the text between the parentheses after the heading, without comments and line ends. */
static void fields_of(const char *heading, char *out, size_t size)
{
    const char *text = strstr(idl_worker, heading);
    size_t used = 0;
    int depth = 0;

    if (!text)
        fail_msg("the IDL has no \"%s\"", heading);
    for (text += strlen(heading); depth > 0 || *text != ')'; text++) {
        if (*text == '#')
            text += strcspn(text, "\n");
        depth += (*text == '(') - (*text == ')');
        if (!isspace((unsigned char)*text) && used + 1 < size)
            out[used++] = *text;
    }
    out[used] = 0;
}

static void assert_same(const struct service_field *fields, const char *text);

static void assert_choices(const char *const *choices, const char *text)
{
    char all[256] = "";

    for (const char *const *choice = choices; *choice; choice++)
        snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", *all ? "," : "", *choice);
    assert_string_equal(all, text);
}

static void assert_type(const struct service_field *field, const char *type)
{
    static const char *const simple[] = {
        [SERVICE_BOOL] = "bool",
        [SERVICE_INT] = "int",
        [SERVICE_STRING] = "string",
        [SERVICE_STRINGS] = "[]string",
    };
    char heading[64], inner[2048];

    if (field->type < ELEMENTS(simple)) {
        assert_string_equal(type, simple[field->type]);
        return;
    }
    if (*type == '(')
        snprintf(inner, sizeof(inner), "%.*s", (int)strlen(type) - 2, type + 1);
    else {
        snprintf(heading, sizeof(heading), "\ntype %s (", type);
        fields_of(heading, inner, sizeof(inner));
    }
    if (field->type == SERVICE_ENUM)
        assert_choices(field->choices, inner);
    else {
        assert_int_equal(field->type, SERVICE_OBJECT);
        assert_same(field->fields, inner);
    }
}

/* Returns the next "name:type" of a list, without the comma; NULL at its end. */
static char *next_field(char **list)
{
    char *field = *list;
    int depth = 0;

    if (!*field)
        return NULL;
    while (**list && (depth > 0 || **list != ',')) {
        depth += (**list == '(') - (**list == ')');
        (*list)++;
    }
    if (**list)
        *(*list)++ = 0;
    return field;
}

static void assert_same(const struct service_field *fields, const char *text)
{
    char copy[2048], *list = copy, *entry;

    snprintf(copy, sizeof(copy), "%s", text);
    for (; (entry = next_field(&list)); fields++) {
        char *type = strchr(entry, ':');

        assert_non_null(fields->name);
        *type++ = 0;
        assert_string_equal(fields->name, entry);
        if (fields->optional != (*type == '?'))
            fail_msg("%s: one of table and IDL says that it is optional", entry);
        assert_type(fields, *type == '?' ? type + 1 : type);
    }
    assert_null(fields->name);
}

static void test_table_and_idl_agree(void **state)
{
    size_t methods = 0, described = 0;

    (void)state;
    for (const struct service_method *method = worker_interface.methods; method->name; method++, methods++) {
        char heading[64], text[2048];

        snprintf(heading, sizeof(heading), "\nmethod %s(", method->name);
        fields_of(heading, text, sizeof(text));
        assert_same(method->fields, text);
        assert_non_null(method->run);
    }
    for (const char *text = idl_worker; (text = strstr(text, "\nmethod ")); text++)
        described++;
    assert_int_equal(methods, described);
}

static json_object *call(const char *text)
{
    const struct service service = { .product = "x", .interface = &worker_interface };
    const struct service_method *method = NULL;
    struct varlink_call varlink_call = { 0 };
    char copy[4096];
    json_object *reply = NULL;

    snprintf(copy, sizeof(copy), "%s", text);
    assert_int_equal(varlink_call_parse(copy, strlen(copy), &varlink_call), 0);
    if (service_dispatch(&service, &varlink_call, &method, &reply) > 0)
        assert_int_equal(method->run(NULL, &varlink_call, &reply), 0);
    varlink_call_done(&varlink_call);
    return reply;
}

static void assert_invalid(const char *text, const char *parameter)
{
    _cleanup_json_ json_object *reply = call(text);

    assert_non_null(strstr(json_get_string(reply, "error"), "InvalidParameter"));
    assert_string_equal(json_get_string(json_get_object(reply, "parameters"), "parameter"), parameter);
}

/* Wrong parameters are refused before anything is sent: without a network the call could not return. */
static void test_invalid_parameters(void **state)
{
    (void)state;
#define CALL(method, more) "{\"method\":\"org.threatresponse.worker." method "\",\"parameters\":{" more "}}"
#define NET "\"network\":{\"caFile\":\"/f\",\"connectTimeout\":1,\"timeout\":1},"
#define NONE "\"network\":{\"connectTimeout\":1,\"timeout\":1},"
    assert_invalid(CALL("GenerateKey", "\"keyType\":\"dsa\""), "keyType");
    assert_invalid(
        CALL("FetchTrustAnchors", NONE "\"est\":{\"url\":\"https://a.example\"}"), "network.caBundle");
    assert_invalid(CALL("FetchTrustAnchors", NET "\"est\":{\"url\":\"http://a.example\"}"), "est.url");
    assert_invalid(CALL("Activate", NET "\"url\":\"http://a.example\",\"token\":\"t\""), "url");
    assert_invalid(
        CALL("Enroll",
            NET "\"est\":{\"url\":\"https://a.example\"},\"enrollment\":{\"scheme\":\"basic\",\"secret\":"
                "\"s\"},\"privateKey\":\"k\",\"commonName\":\"c\",\"trustAnchors\":\"t\""),
        "enrollment.username");
}

/* Each member of Est. */
static void test_invalid_est(void **state)
{
    static const char *const members[][2] = {
        { "\"url\":\"https://a.example/#x\"", "est.url" },
        { "\"url\":\"https://a.example\",\"tlsAnchors\":\"x\"", "est.tlsAnchors" },
        { "\"url\":\"https://a.example\",\"anchors\":\"x\"", "est.anchors" },
        { "\"url\":\"https://a.example\",\"intermediates\":\"x\"", "est.intermediates" },
        { "\"url\":\"https://a.example\",\"fingerprint\":\"00\"", "est.fingerprint" },
        { "\"url\":\"https://a.example\",\"proofOfPossession\":\"maybe\"", "est.proofOfPossession" },
        { "\"url\":\"https://a.example\",\"subjectPolicy\":\"none\"", "est.subjectPolicy" },
        { "\"url\":\"https://a.example\",\"sendChain\":1", "est.sendChain" },
        { "\"url\":\"https://a.example\",\"previous\":1", "est.previous" },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(members); i++) {
        char text[512];

        snprintf(text, sizeof(text), CALL("GetCsrAttributes", NET "\"est\":{%s}"), members[i][0]);
        assert_invalid(text, members[i][1]);
        snprintf(text, sizeof(text),
            CALL("Activate", NET "\"url\":\"https://a.example\",\"token\":\"t\",\"est\":{%s}"),
            members[i][0]);
        assert_invalid(text, members[i][1]);
    }
    assert_invalid(
        CALL("FetchTrustAnchors", NET "\"est\":{\"url\":\"https://a.example\"},\"previous\":\"x\""),
        "previous");
}

/* Checks that every method with credentials refuses the pair, with a message that begins like this. */
static void assert_refused(const char *certificate, const char *key, const char *message)
{
    static const char *const methods[] = { "GetContextStatus", "DeleteContext", "Refresh", "Reenroll" };
    _cleanup_json_ json_object *credentials = json_object_new_object();

    json_add_string(credentials, "certificate", certificate);
    json_add_string(credentials, "privateKey", key);
    for (size_t i = 0; i < ELEMENTS(methods); i++) {
        const char *more =
            streq(methods[i], "Refresh")
                ? "\"url\":\"https://"
                  "a.example\",\"client\":{\"guid\":\"51ee40ba-13e1-4fa2-a898-13e47f949880\",\"name\":\"n\","
                  "\"type\":\"t\",\"version\":\"\",\"description\":\"\"},"
            : streq(methods[i], "Reenroll")
                ? "\"est\":{\"url\":\"https://a.example\"},\"privateKey\":\"k\",\"trustAnchors\":\"t\","
                : "\"url\":\"https://a.example\",";
        char text[4096];

        snprintf(text, sizeof(text), CALL("%s", NET "%s\"credentials\":%s"), methods[i], more,
            json_text(credentials, NULL));
        _cleanup_json_ json_object *reply = call(text);
        json_object *parameters = json_get_object(reply, "parameters");
        assert_string_equal(json_get_string(reply, "error"), "org.threatresponse.worker.Failed");
        assert_string_equal(json_get_string(parameters, "reason"), "certificate_unusable");
        assert_memory_equal(json_get_string(parameters, "message"), message, strlen(message));
    }
}

/* A key that is not that of the certificate is refused: libcurl would reuse the connection of another key. */
static void test_saved_credentials(void **state)
{
    _cleanup_pkey_ EVP_PKEY *key = make_key(), *other = make_key();
    struct recipe recipe = CA_RECIPE("device", key);
    _cleanup_x509_ X509 *made = make_certificate(&recipe);
    _cleanup_free_ char *certificate = to_pem(made, NULL), *other_pem = to_pem(NULL, other);

    (void)state;
    assert_refused(certificate, other_pem, "The appliance's private key is not that of its certificate:");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_and_idl_agree),
        cmocka_unit_test(test_invalid_parameters),
        cmocka_unit_test(test_invalid_est),
        cmocka_unit_test(test_saved_credentials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
