/* Memory of a worker that serves: whatever becomes of a call, no block is freed with a secret of it in it. Each
 * call has a worker of its own, a child of the test; the servers that it talks to are the test's. */
#include "worker/methods/serve.h"

#include "common/log.h"
#include "unit/helpers/dead-port.h"
#include "unit/helpers/est-server.h"
#include "unit/helpers/freed-secrets.h"
#include "unit/helpers/worker-method.h"

#include <sys/wait.h>

#define SECRET "hush-hush"
#define ENCODED "am9lOmh1c2gtaHVzaA" /* joe:hush-hush, as Basic authentication sends it */
#define PROXY_SECRET "proxy-hush-hush"
#define PROXY_ENCODED "ZXZlOnByb3h5LWh1c2gtaHVzaA" /* eve:proxy-hush-hush */
/* The beginning of every private key. */
#define EC_KEY "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg"
#define RSA_KEY "IBADANBgkqhkiG9w0BAQEFAASC"

enum {
    WORKERS = 32, /* one for each call */
};

static struct {
    int fd;
    pid_t pid;
} workers[WORKERS];
static size_t used;

static struct tls_server server;
static struct est_server est;
static EVP_PKEY *key;
static char *key_pem, *ca_pem, *certificate_pem, said[1024];

static const char *answer(struct tls_server *on, const char *request)
{
    return strstr(request, EST_PATH) ? est_server_answer(on, request) : said;
}

static int set_up(void **state)
{
    (void)state;
    log_set_level(LOG_EMERG);
    est = (struct est_server){ 0 };
    server = (struct tls_server){ .answer = answer, .userdata = &est };
    tls_server_start(&server);
    key = make_key();
    struct recipe recipe = DEVICE_RECIPE(key, server.ca, server.ca_key);
    X509 *certificate = make_certificate(&recipe);
    key_pem = to_pem(NULL, key);
    ca_pem = to_pem(server.ca, NULL);
    certificate_pem = to_pem(certificate, NULL);
    X509_free(certificate);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    EVP_PKEY_free(key);
    free(key_pem);
    free(ca_pem);
    free(certificate_pem);
    tls_server_stop(&server);
    return 0;
}

static void confine(const char *ca_bundle, const char *ca_file)
{
    (void)ca_bundle, (void)ca_file;
}

/* Serves until the caller hangs up; then returns the number of blocks that were freed with a secret. */
static int serve_watched(int fd)
{
    log_set_level(LOG_EMERG);
    freed_secrets_watch(SECRET, ENCODED, PROXY_SECRET, PROXY_ENCODED, EC_KEY, RSA_KEY);
    int r = serve(fd, fd, confine);
    size_t found = freed_secrets_end();
    return r < 0 ? 200 : found > 100 ? 100 : (int)found;
}

/* Starts the workers before the first thread of a server: a thread could hold a lock of the allocator while its
 * process forks, and the child would wait for it for ever. */
static void start_workers(void)
{
    int ends[2];

    for (size_t i = 0; i < WORKERS; i++) {
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
            abort();
        workers[i].fd = ends[1];
        workers[i].pid = fork();
        if (workers[i].pid == 0) {
            for (size_t k = 0; k <= i; k++)
                close(workers[k].fd);
            _exit(serve_watched(ends[0]));
        }
        close(ends[0]);
    }
}

static int stop_worker(size_t i)
{
    int status = -1;

    close(workers[i].fd);
    waitpid(workers[i].pid, &status, 0);
    return status;
}

/* Lets a worker run one call, whose parameters it takes over, and checks that its reply has a text. */
static void check_call(const char *method, json_object *parameters, const char *expected)
{
    char name[64], text[16384] = "";
    size_t size, n = 0;

    assert_true(used < WORKERS);
    const int fd = workers[used].fd;
    snprintf(name, sizeof(name), "org.threatresponse.worker.%s", method);
    json_object *call = varlink_make_call(name, parameters, false);
    const char *sent = json_text(call, &size);
    assert_int_equal(send(fd, sent, size + 1, MSG_NOSIGNAL), size + 1);
    json_object_put(call);
    while (n < sizeof(text) - 1 && recv(fd, text + n, 1, 0) == 1 && text[n])
        n++;
    int status = stop_worker(used++);
    if (!strstr(text, expected))
        fail_msg("%s answers %s", method, text);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* Parameters with a network that has a proxy on a port (0: none); in the text ' stands for ". */
static json_object *make_parameters(int proxy, const char *more)
{
    json_object *parameters =
        json_of("{'network':{'caFile':'%s','connectTimeout':20000,'timeout':20000}%s}", server.anchors, more);
    json_object *network = json_get_object(parameters, "network");
    char url[64];

    if (proxy) {
        snprintf(url, sizeof(url), "http://127.0.0.1:%d", proxy);
        json_add_string(network, "proxy", url);
        json_add_string(network, "proxyUser", "eve");
        json_add_string(network, "proxyPassword", PROXY_SECRET);
    }
    return parameters;
}

static json_object *add_url(json_object *parameters, const char *path)
{
    assert_int_equal(json_add_string(parameters, "url", tls_server_url(&server, path)), 0);
    return parameters;
}

static json_object *add_est(json_object *parameters)
{
    json_object *object = json_object_new_object();

    json_add_string(object, "url", tls_server_url(&server, EST_PATH));
    assert_int_equal(json_add(parameters, "est", object), 0);
    return parameters;
}

static json_object *add_credentials(json_object *parameters)
{
    json_object *object = json_object_new_object();

    json_add_string(object, "certificate", certificate_pem);
    json_add_string(object, "privateKey", key_pem);
    assert_int_equal(json_add(parameters, "credentials", object), 0);
    return parameters;
}

/* Adds the key and the anchors of Enroll and Reenroll. */
static json_object *add_request(json_object *parameters)
{
    json_add_string(parameters, "privateKey", key_pem);
    json_add_string(parameters, "trustAnchors", ca_pem);
    return parameters;
}

static void test_generate_key(void **state)
{
    (void)state;
    check_call("GenerateKey", json_of("{'keyType':'ec_p256'}"), EC_KEY);
    check_call("GenerateKey", json_of("{'keyType':'rsa_2048'}"), RSA_KEY);
}

#define TOKEN ",'token':'" SECRET "'"

/* The token is used up, refused, quoted in an answer, or sent to nobody; the answer has a secret of its own. */
static void test_activate(void **state)
{
    static const struct {
        const char *status, *body, *expected;
    } cases[] = {
        { "201 Created", "{\"enrollment\":{\"scheme\":\"bearer\",\"secret\":\"" SECRET "-2\"}}",
            SECRET "-2" },
        { "201 Created", "{\"enrollment\":{\"scheme\":\"basic\",\"secret\":\"" SECRET "-2\"}}", "Failed" },
        { "201 Created", "{\"enrollment\":{\"scheme\":\"bearer\",\"secret\":\"" SECRET "-2\"}", "Failed" },
        { "400 Bad", "{\"message\":\"The token " SECRET " is unknown.\"}", "Failed" },
        { "500 Bad", SECRET, "Failed" },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        snprintf(said, sizeof(said), "%.1000s",
            tls_server_response(cases[i].status, "application/json", cases[i].body));
        check_call("Activate", add_url(make_parameters(0, TOKEN), "/a"), cases[i].expected);
    }
    check_call("Activate", add_url(make_parameters(dead_port(), TOKEN), "/a"), "proxy");
    check_call("Activate", make_parameters(0, TOKEN), "InvalidParameter");
    check_call("Activate", add_url(make_parameters(0, TOKEN ",'unknown':1"), "/a"), "InvalidParameter");
}

#define BASIC ",'enrollment':{'scheme':'basic','username':'joe','secret':'" SECRET "'}"

static void test_enroll(void **state)
{
    (void)state;
    est.wants_password = true;
    check_call(
        "Enroll", add_est(add_request(make_parameters(0, ",'commonName':'unit'" BASIC))), "BEGIN CERT");
    check_call("Enroll",
        add_est(add_request(make_parameters(0,
            ",'commonName':'unit','enrollment':{'scheme':'basic','username':'eve','secret':'" SECRET "'}"))),
        "Failed");
    check_call("Enroll",
        add_est(add_request(make_parameters(
            0, ",'commonName':'unit','enrollment':{'scheme':'bearer','secret':'" SECRET "'}"))),
        "Failed");
    check_call(
        "Enroll", add_est(add_request(make_parameters(dead_port(), ",'commonName':'unit'" BASIC))), "proxy");
    check_call(
        "Enroll", add_est(add_request(make_parameters(0, ",'commonName':''" BASIC))), "InvalidParameter");
    check_call("GetCsrAttributes", add_est(make_parameters(0, BASIC)), "{}");
}

/* The key that the server has made. */
static void test_server_keygen(void **state)
{
    json_object *parameters = add_est(add_request(make_parameters(0, ",'commonName':'unit'")));

    (void)state;
    est.generates_key = true;
    json_add_bool(json_get_object(parameters, "est"), "serverKeygen", true);
    check_call("Enroll", parameters, EC_KEY);
}

/* The key of the certificate that a call shows. */
static void test_credentials(void **state)
{
    json_object *parameters = make_parameters(0, "");

    (void)state;
    check_call("Reenroll", add_credentials(add_est(add_request(make_parameters(0, "")))), "BEGIN CERT");
    snprintf(said, sizeof(said), "HTTP/1.1 204 Done\r\n\r\n");
    check_call("DeleteContext", add_credentials(add_url(make_parameters(0, ""), "/c")), "existed");
    check_call("DeleteContext", add_credentials(add_url(make_parameters(dead_port(), ""), "/c")), "proxy");
    add_credentials(parameters);
    json_object_object_add(
        json_get_object(parameters, "credentials"), "certificate", json_object_new_string(ca_pem));
    check_call("DeleteContext", add_url(parameters, "/c"), "Failed");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_generate_key),
        TEST(test_activate),
        TEST(test_enroll),
        TEST(test_server_keygen),
        TEST(test_credentials),
    };

    start_workers();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    while (used < WORKERS)
        stop_worker(used++);
    return failed;
}
