/* Memory that runs out at each allocation of a method, in whichever library but OpenSSL: the worker ends, or it answers with
 * a failure or with all that it answers else, and no server got a part of a request. */
#include "common/log.h"
#include "unit/helpers/est-server.h"
#include "unit/helpers/failing-memory.h"
#include "unit/helpers/worker-method.h"
#include "worker/methods/context.h"
#include "worker/methods/enrolment.h"
#include "worker/methods/generate-key.h"

enum {
    ALLOCATIONS_MAX = 20000,
#ifdef __SANITIZE_ADDRESS__
    STEP = 89, /* where each takes long */
#else
    STEP = 1,
#endif
};

static struct tls_server server;
static struct est_server est;
static struct http *http;
static char said[1024];
static char *ca_pem, *key_pem, *certificate_pem;

/* OpenSSL's own allocations always succeed. */
static void *crypto_malloc(size_t size, const char *file, int line)
{
    long left = failing_memory_left;

    (void)file, (void)line;
    failing_memory_left = 0;
    void *block = malloc(size);
    failing_memory_left = left;
    return block;
}

static void *crypto_realloc(void *block, size_t size, const char *file, int line)
{
    long left = failing_memory_left;

    (void)file, (void)line;
    failing_memory_left = 0;
    block = realloc(block, size);
    failing_memory_left = left;
    return block;
}

static void crypto_free(void *block, const char *file, int line)
{
    (void)file, (void)line;
    free(block);
}

static const char *answer(struct tls_server *on, const char *request)
{
    /* The last request, whichever number it has. */
    on->n_requests = 0;
    strcpy(on->requests[0], request);
    return strstr(request, EST_PATH) ? est_server_answer(on, request) : said;
}

static int set_up(void **state)
{
    (void)state;
    log_set_level(LOG_EMERG);
    est = (struct est_server){ .attributes = "MAsGCSqGSIb3DQEJBw==" };
    server = (struct tls_server){ .answer = answer, .userdata = &est };
    tls_server_start(&server);
    http = http_new(-1);
    EVP_PKEY *key = make_key();
    struct recipe recipe = DEVICE_RECIPE(key, server.ca, server.ca_key);
    X509 *certificate = make_certificate(&recipe);
    ca_pem = to_pem(server.ca, NULL);
    key_pem = to_pem(NULL, key);
    certificate_pem = to_pem(certificate, NULL);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    http_free(http);
    free(ca_pem);
    free(key_pem);
    free(certificate_pem);
    tls_server_stop(&server);
    return 0;
}

/* The last request without what differs in each: its id, and what a new signature makes of a certificate request. */
static void copy_request(char *out, size_t size)
{
    pthread_mutex_lock(&server.lock);
    snprintf(out, size, "%s", server.requests[0]);
    server.requests[0][0] = 0;
    pthread_mutex_unlock(&server.lock);
    char *id = strcasestr(out, "\r\nX-Request-ID: ");
    if (id)
        memset(id + 16, 'x', 36);
    char *end = strstr(out, "\r\n\r\n");
    if (end && strstr(out, "enroll"))
        end[4] = 0;
    char *length = strstr(out, "\r\nContent-Length: ");
    if (length && strstr(out, "enroll"))
        memset(length + 18, 'x', strcspn(length + 18, "\r"));
}

/* The reply as text; of what the server makes anew only the names. */
static void copy_reply(json_object *reply, char *out, size_t size)
{
    json_object *parameters = json_get_object(reply, "parameters");
    static const char *const made[] = { "certificate", "privateKey", "info" };

    for (size_t i = 0; i < ELEMENTS(made); i++)
        if (parameters && json_object_object_get_ex(parameters, made[i], NULL))
            json_object_object_add(parameters, made[i], json_object_new_string("made"));
    snprintf(out, size, "%s", json_text(reply, NULL));
}

/* Calls the method with memory for k allocations (0: all that it wants). Returns what the handler returns. */
static int call(service_handler handler, const char *parameters, long k, bool *ret_failed, char *reply_text_,
    char *request, size_t size)
{
    json_object *message = NULL, *reply = NULL;

    assert_int_equal(json_parse(parameters, strlen(parameters), &message), 0);
    struct varlink_call of = { .method = "x.y.Z", .parameters = message, .message = message };
    *reply_text_ = 0;
    failing_memory_begin(k);
    int r = handler(http, &of, &reply);
    *ret_failed = failing_memory_end();
    if (r == 0 && reply)
        copy_reply(reply, reply_text_, size);
    copy_request(request, size);
    json_object_put(reply);
    varlink_call_done(&of);
    return r;
}

static json_object *make_list(const char *first, const char *second)
{
    json_object *list = json_object_new_array();

    json_object_array_add(list, json_object_new_string(first));
    json_object_array_add(list, json_object_new_string(second));
    return list;
}

static void check(service_handler handler, json_object *parameters)
{
    static char first[32 << 10], reply[32 << 10], first_request[32 << 10], request[32 << 10];
    json_object *network = json_object_new_object();
    bool failed = true;

    json_add_string(network, "caFile", server.anchors);
    json_add_int(network, "connectTimeout", 20000);
    json_add_int(network, "timeout", 20000);
    json_add(network, "noProxy", make_list("a.example", "10.0.0.0/8"));
    json_add(network, "connectTo", make_list("a.example:443:127.0.0.1:1", "b.example:443:127.0.0.1:1"));
    json_add(parameters, "network", network);
    _cleanup_free_ char *text = strdup(json_text(parameters, NULL));
    json_object_put(parameters);

    assert_int_equal(call(handler, text, 0, &failed, first, first_request, sizeof(first)), 0);
    assert_string_not_equal(first, "");
    assert_null(strstr(first, "\"error\""));
    failed = true;
    for (long k = 1; failed; k += STEP) {
        int r = call(handler, text, k, &failed, reply, request, sizeof(reply));

        assert_true(k < ALLOCATIONS_MAX);
        if (r < 0 || strstr(reply, "\"error\"")) {
            assert_true(failed);
            continue;
        }
        if (!*reply) /* serve() takes this for a worker without memory */
            continue;
        assert_string_equal(reply, first);
        if (*request)
            assert_string_equal(request, first_request);
    }
}

static json_object *add_credentials(json_object *parameters)
{
    json_object *credentials = json_object_new_object();

    json_add_string(credentials, "certificate", certificate_pem);
    json_add_string(credentials, "privateKey", key_pem);
    json_add(parameters, "credentials", credentials);
    return parameters;
}

#define CLIENT                                                                                               \
    "'client':{'guid':'51ee40ba-13e1-4fa2-a898-13e47f949880','name':'n','type':'t','version':'v',"           \
    "'ip':'192.0.2.1','description':'d'}"

static void say(const char *status, const char *body)
{
    snprintf(said, sizeof(said), "%.1000s", tls_server_response(status, "application/json", body));
}

static void test_generate_key(void **state)
{
    (void)state;
    check(method_generate_key, json_of("{'keyType':'ec_p256'}"));
}

static void test_create_context(void **state)
{
    (void)state;
    say("201 Created", "{}");
    check(
        method_create_context, json_of("{'url':'%s'," CLIENT ",'exchange':'x.example','refreshInterval':60}",
                                   tls_server_url(&server, "/c")));
}

static void test_activate(void **state)
{
    (void)state;
    say("201 Created",
        "{\"enrollment\":{\"url\":\"https://e.example/e\",\"label\":\"l\",\"scheme\":\"basic\","
        "\"username\":\"u\",\"secret\":\"s\",\"expires\":5},\"tenant\":{\"id\":\"1\",\"name\":\"T\"}}");
    check(method_activate, json_of("{'url':'%s','token':'hush-hush'}", tls_server_url(&server, "/a")));
}

static void test_status(void **state)
{
    (void)state;
    say("200 OK",
        "{\"status\":\"Enrolled\",\"refreshInterval\":77,\"tenant\":{\"id\":\"1\",\"name\":\"T\"}}");
    check(method_get_context_status, add_credentials(json_of("{'url':'%s'}", tls_server_url(&server, "/s"))));
    check(method_refresh, add_credentials(json_of("{'url':'%s'," CLIENT "}", tls_server_url(&server, "/r"))));
}

static void test_delete(void **state)
{
    (void)state;
    snprintf(said, sizeof(said), "HTTP/1.1 204 Done\r\n\r\n");
    check(method_delete_context, add_credentials(json_of("{'url':'%s'}", tls_server_url(&server, "/d"))));
}

static void test_enrolment(void **state)
{
    json_object *enroll =
        json_of("{'est':{'url':'%s'},'commonName':'unit','enrollment':{'scheme':'basic','username':'joe',"
                "'secret':'hush-hush'}}",
            tls_server_url(&server, EST_PATH));

    (void)state;
    json_object *anchors = json_of("{'est':{'url':'%s'}}", tls_server_url(&server, EST_PATH));
    json_add_string(anchors, "previous", ca_pem);
    check(method_fetch_trust_anchors, anchors);
    check(method_get_csr_attributes, json_of("{'est':{'url':'%s'}}", tls_server_url(&server, EST_PATH)));
    json_add_string(enroll, "privateKey", key_pem);
    json_add_string(enroll, "trustAnchors", ca_pem);
    check(method_enroll, enroll);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_generate_key),
        TEST(test_create_context),
        TEST(test_activate),
        TEST(test_status),
        TEST(test_delete),
        TEST(test_enrolment),
    };

    CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
