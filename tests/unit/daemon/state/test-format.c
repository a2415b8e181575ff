/* The versions of the state file: each older one becomes the newest, and the newest is what it was when it was released. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>

#include "unit/helpers/daemon/states.h"

#include "daemon/state/format.h"
#include "daemon/state/saved.h"
#include "daemon/state/schema.h"

/* A file of version 1: members before its registration, its state, and what follows that. */
#define VERSION_1(members, state, more)                                                                      \
    "{\"version\":1," members "\"settings\":{},\"commits\":[],\"registration\":{\"state\":\"" state          \
    "\",\"since\":3" more "}}"

/* What format_understand says of a text; the document, to put, if it understands it. */
static int understand(const char *text, json_object **ret, int64_t *ret_version, char *field, size_t size)
{
    json_object *document = NULL;

    assert_int_equal(json_parse(text, strlen(text), &document), 0);
    int r = format_understand(document, ret_version, field, size);
    if (r < 0)
        json_object_put(document);
    else
        *ret = document;
    return r;
}

/* complaint("system: an older state is not understood, or a newer one is damaged") */
static void test_version_1(void **state)
{
    static const struct {
        const char *text;
        bool ever_registered;
    } cases[] = {
        { VERSION_1("", "unregistered", ""), false },
        { VERSION_1("", "unregistered", ",\"guid\":\"" GUID "\""), true },
        { VERSION_1("", "unregistered", ",\"requestedBy\":{\"uid\":0,\"userName\":\"root\"}"), true },
        { VERSION_1("", "registering", "," SERVER ",\"token\":\"" TOKEN "\",\"step\":\"key\""), true },
        { VERSION_1("", "registered", "," IDENTITY), true },
        { VERSION_1("", "deregistering", "," IDENTITY), true },
        /* Of a build between the two versions. */
        { VERSION_1("\"everRegistered\":true,", "unregistered", ""), true },
        { VERSION_1("\"everRegistered\":false,", "unregistered", ",\"guid\":\"" GUID "\""), false },
    };
    char field[64];
    (void)state;

    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        _cleanup_json_ json_object *document = NULL;
        int64_t version = 0;

        print_message("%s\n", cases[i].text);
        assert_int_equal(understand(cases[i].text, &document, &version, field, sizeof(field)), 0);
        assert_int_equal(version, 1);
        assert_int_equal(json_get_int(document, "version", 0), FORMAT_VERSION);
        assert_int_equal(json_get_bool(document, "everRegistered", false), cases[i].ever_registered);
    }
}

/* Version 2 kept the label behind the URL, whoever had named them. */
static void test_version_2(void **state)
{
    static const char text[] =
        "{\"version\":2,\"settings\":{},\"commits\":[],\"registration\":{\"state\":\"registered\","
        "\"since\":1," IDENTITY "}}";
    _cleanup_json_ json_object *document = NULL;
    int64_t version = 0;
    char field[64];
    struct saved saved;
    (void)state;

    assert_int_equal(understand(text, &document, &version, field, sizeof(field)), 0);
    assert_int_equal(version, 2);
    saved_read(&saved, document);
    assert_string_equal(saved.est_url, "https://est.example/eu");
    assert_string_equal(saved.est_label, "");
}

static void test_newest(void **state)
{
    _cleanup_json_ json_object *document = NULL;
    int64_t version = 0;
    char field[64];
    (void)state;

    assert_int_equal(understand(REGISTERED, &document, &version, field, sizeof(field)), 0);
    assert_int_equal(version, FORMAT_VERSION);
    assert_string_equal(json_object_to_json_string_ext(document, JSON_C_TO_STRING_NOSLASHESCAPE), REGISTERED);
}

static void test_not_understood(void **state)
{
    static const struct {
        const char *text;
        int code;
        const char *field;
    } cases[] = {
        { "{}", -EBADMSG, "version" },
        { "{\"version\":\"3\"}", -EBADMSG, "version" },
        { "{\"version\":0}", -EBADMSG, "version" },
        { "{\"version\":-1}", -EBADMSG, "version" },
        { VERSION_1("\"everRegistered\":1,", "unregistered", ""), -EBADMSG, "everRegistered" },
        { VERSION_1("\"unheard\":1,", "unregistered", ""), -EBADMSG, "unheard" },
        { VERSION_1("", "unregistered", ",\"unheard\":1"), -EBADMSG, "registration.unheard" },
        { VERSION_1("", "registered", ""), -EBADMSG, "registration" },
        { DOCUMENT("\"unheard\":1", "unregistered", ""), -EBADMSG, "settings.unheard" },
        { DOCUMENT("", "registered", ""), -EBADMSG, "registration" },
        { "{\"version\":4}", -EOVERFLOW, NULL },
        { "{\"version\":9223372036854775807}", -EOVERFLOW, NULL },
    };
    (void)state;

    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        json_object *document = NULL;
        char field[64] = "";
        int64_t version = 0;

        print_message("%s\n", cases[i].text);
        assert_int_equal(understand(cases[i].text, &document, &version, field, sizeof(field)), cases[i].code);
        if (cases[i].field)
            assert_string_equal(field, cases[i].field);
        else
            assert_true(version > FORMAT_VERSION);
    }
}

/* What a table of fields allows, as a text. */
static void outline(FILE *out, const struct service_field *fields)
{
    static const char *const types[] = { "bool", "int", "string", "strings", "enum", "object", "objects" };

    for (const struct service_field *field = fields; field->name; field++) {
        fprintf(out, "%s%s:%s", field->name, field->optional ? "?" : "", types[field->type]);
        if (field->min || field->max)
            fprintf(out, "(%lld,%lld)", (long long)field->min, (long long)field->max);
        for (size_t i = 0; field->choices && field->choices[i]; i++)
            fprintf(out, "%c%s", i ? '|' : '=', field->choices[i]);
        fputs(field->fields ? "{ " : " ", out);
        if (field->fields) {
            outline(out, field->fields);
            fputs("} ", out);
        }
    }
}

#define ATTEMPTS(operation)                                                                                  \
    operation "?:object{ failures:int(0,4294967295) next:int(0,253402300799) asked?:bool } "

/* If this fails then what a state file can hold has changed: it needs a version of its own and a way to there from the
 * last one (see format.h), and the text here is that of the new version. Narrower is a new version, too. */
static void test_outline(void **state)
{
    static const char expected[] =
        "version:int(0,3) machineId?:string(0,64) everRegistered?:bool settings:object{ enabled?:bool"
        " server?:string(0,64) revision?:int(0,9007199254740991) } commits:objects(0,100){ "
        "revision:int(0,9007199254740991) time:int(0,253402300799) uid:int(0,4294967295) "
        "userName?:string(0,256) comment?:string(0,4096) enabled?:bool server?:string(0,64) } "
        "registration:object{ state:enum=unregistered|registering|registered|deregistering "
        "since:int(0,253402300799) "
        "step?:enum=key|context|activation|trust|rekey|certificate|confirm|delete|refresh|renewal-"
        "key|renewal-trust|renewal-certificate|renewal-proof guid?:string(0,36) server?:object{ "
        "label:string(1,64) fqdn:string(1,256) } token?:string(0,512) privateKey?:string(0,16384) "
        "enrollment?:object{ url?:string(0,2048) label?:string(0,256) scheme:enum=bearer|basic "
        "username?:string(0,256) secret:string(1,4096) expires?:int(0,253402300799) } "
        "trustAnchors?:string(0,262144) certificate?:string(0,65536) chain?:string(0,262144) "
        "certificateInfo?:object{ subject:string(1,1024) issuer:string(1,1024) serial:string(1,128) "
        "notBefore:int(0,253402300799) notAfter:int(0,253402300799) fingerprint:string(1,128) "
        "keyType:string(1,64) } estUrl?:string(0,2400) estLabel?:string(0,256) "
        "keyType?:enum=ec_p256|ec_p384|rsa_2048|rsa_3072 "
        "renewalStep?:enum=key|context|activation|trust|rekey|certificate|confirm|delete|refresh|renewal-"
        "key|renewal-trust|renewal-certificate|renewal-proof nextRenewal?:int(0,253402300799) "
        "newPrivateKey?:string(0,16384) newCertificate?:string(0,65536) newChain?:string(0,262144) "
        "newCertificateInfo?:object{ subject:string(1,1024) issuer:string(1,1024) "
        "serial:string(1,128) notBefore:int(0,253402300799) notAfter:int(0,253402300799) "
        "fingerprint:string(1,128) keyType:string(1,64) } tenant?:object{ id:string(1,256) "
        "name:string(1,256) } refreshInterval?:int(0,2592000) warnedDays?:int(0,30) "
        "warnedMachine?:string(0,64) removed?:bool lastSuccess?:int(0,253402300799) "
        "lastFailure?:object{ reason:string(1,64) message:string(1,4096) remedy:string(1,512) "
        "permanent:bool time:int(0,253402300799) operation:enum=register|deregister|refresh|renew "
        "step:string(1,64) requestId?:string(0,128) clockOffset?:int(-253402300799,253402300799) } "
        "attempts?:object{ " ATTEMPTS("register") ATTEMPTS("deregister") ATTEMPTS("refresh")
            ATTEMPTS("renew") "} "
                              "requestedBy?:object{ uid:int(0,4294967295) userName:string(1,256) } } ";
    _cleanup_free_ char *seen = NULL;
    size_t size;
    FILE *out = open_memstream(&seen, &size);
    (void)state;

    assert_non_null(out);
    outline(out, schema_state_file);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(seen, expected);
    assert_int_equal(FORMAT_VERSION, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_version_1),
        cmocka_unit_test(test_version_2),
        cmocka_unit_test(test_newest),
        cmocka_unit_test(test_not_understood),
        cmocka_unit_test(test_outline),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
