/*
 * A registration with nothing around it: key, context, activation, trust anchors, certificate, confirmation,
 * the same requests on the same connections as the worker makes them. The token is read from standard input.
 * The floor of one registration.
 */
#include <curl/curl.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BODY_SIZE_MAX = 65536,
};

struct answer {
    char body[BODY_SIZE_MAX];
    size_t size;
};

static CURL *easy;
static const char *ca_file;
static struct curl_slist *connect_to;
static struct answer answer;
static int directory = -1;

static void __attribute__((format(printf, 1, 2), noreturn)) fail(const char *format, ...)
{
    va_list arguments;

    fputs("bare-registration: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(EXIT_FAILURE);
}

static size_t on_body(char *data, size_t one, size_t size, void *userdata)
{
    (void)one;
    (void)userdata;
    if (size >= sizeof(answer.body) - answer.size)
        return 0;
    memcpy(answer.body + answer.size, data, size);
    answer.size += size;
    answer.body[answer.size] = 0;
    return size;
}

static void make_uuid(char out[37])
{
    unsigned char b[16];

    RAND_bytes(b, sizeof(b));
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    for (int i = 0, n = 0; i < 16; i++)
        n += sprintf(out + n, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", b[i]);
}

/* One request; fails unless it is answered by 2xx. What was set on the handle before stays set. */
static void perform(const char *url, const char *type, const char *body, const char *accept)
{
    char id[37], line[128];
    struct curl_slist *headers = NULL;
    long status = 0;

    make_uuid(id);
    snprintf(line, sizeof(line), "X-Request-Id: %s", id);
    headers = curl_slist_append(headers, line);
    snprintf(line, sizeof(line), "Accept: %s", accept);
    headers = curl_slist_append(headers, line);
    if (body) {
        snprintf(line, sizeof(line), "Content-Type: %s", type);
        headers = curl_slist_append(headers, line);
        headers = curl_slist_append(headers, "Expect:");
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    }
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, connect_to);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    answer.size = 0;

    CURLcode code = curl_easy_perform(easy);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK || status / 100 != 2)
        fail("%s: %s, %ld %s", url, curl_easy_strerror(code), status, answer.body);
    curl_slist_free_all(headers);
    curl_easy_reset(easy);
}

static char *text_of(BIO *bio)
{
    char *data, *text;
    long size = BIO_get_mem_data(bio, &data);

    text = strndup(data, (size_t)size);
    BIO_free_all(bio);
    return text;
}

/* The certificates of the answer. */
static PKCS7 *certificates(void)
{
    BIO *base64 = BIO_push(BIO_new(BIO_f_base64()), BIO_new_mem_buf(answer.body, (int)answer.size));
    PKCS7 *pkcs7 = d2i_PKCS7_bio(base64, NULL);

    if (!pkcs7 || !PKCS7_type_is_signed(pkcs7) || sk_X509_num(pkcs7->d.sign->cert) < 1)
        fail("no certificate in the answer");
    BIO_free_all(base64);
    return pkcs7;
}

/* The one of the key, in PEM. */
static char *own_certificate(EVP_PKEY *key)
{
    PKCS7 *pkcs7 = certificates();
    BIO *pem = BIO_new(BIO_s_mem());

    for (int i = 0; i < sk_X509_num(pkcs7->d.sign->cert); i++) {
        X509 *certificate = sk_X509_value(pkcs7->d.sign->cert, i);

        if (EVP_PKEY_eq(X509_get0_pubkey(certificate), key) == 1)
            PEM_write_bio_X509(pem, certificate);
    }
    PKCS7_free(pkcs7);
    return text_of(pem);
}

/* The certificate request, in base64. */
static char *make_request(EVP_PKEY *key, const char *name)
{
    X509_REQ *request = X509_REQ_new();
    BIO *memory = BIO_new(BIO_s_mem()), *base64 = BIO_push(BIO_new(BIO_f_base64()), memory);

    X509_NAME_add_entry_by_txt(
        X509_REQ_get_subject_name(request), "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0);
    X509_REQ_set_pubkey(request, key);
    if (!X509_REQ_sign(request, key, EVP_sha256()) || i2d_X509_REQ_bio(base64, request) != 1)
        fail("no certificate request");
    (void)BIO_flush(base64);
    X509_REQ_free(request);
    BIO_pop(base64);
    BIO_free(base64);
    return text_of(memory);
}

/* What the daemon does after each step, with a state that fills one block. */
static void save(void)
{
    static const char state[4000];
    int fd;

    if (directory < 0)
        return;
    fd = openat(directory, "new", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, state, sizeof(state)) != sizeof(state) || fsync(fd) < 0 || close(fd) < 0 ||
        renameat(directory, "new", directory, "state") < 0 || fsync(directory) < 0)
        fail("can't save: %m");
}

static void create_context(const char *host, const char *guid)
{
    char url[512], body[1024];

    snprintf(url, sizeof(url), "https://%s/v1/contexts", host);
    snprintf(body, sizeof(body),
        "{\"clientInfo\":{\"guid\":\"%s\",\"name\":\"bench\",\"type\":\"SMA\",\"version\":\"\","
        "\"description\":"
        "\"\"},\"settings\":{\"exchange\":{\"fqdn\":\"%s\",\"registration\":{\"refreshInterval\":1200}}}}",
        guid, host);
    perform(url, "application/json", body, "application/json");
    save();
}

/* The enrolment credential. */
static json_object *activate(const char *host, const char *guid)
{
    char url[512], body[600], token[513] = "";

    if (scanf("%512s", token) != 1)
        fail("no token on standard input");
    snprintf(url, sizeof(url), "https://%s/v1/contexts/%s/activations", host, guid);
    snprintf(body, sizeof(body), "{\"token\":\"%s\"}", token);
    perform(url, "application/json", body, "application/json");

    json_object *enrollment = json_object_object_get(json_tokener_parse(answer.body), "enrollment");
    if (!enrollment)
        fail("no enrolment credential in %s", answer.body);
    save();
    return enrollment;
}

static const char *member(json_object *object, const char *key)
{
    const char *text = json_object_get_string(json_object_object_get(object, key));

    return text ? text : "";
}

static char *enroll(json_object *enrollment, EVP_PKEY *key, const char *guid)
{
    const char *base = member(enrollment, "url"), *label = member(enrollment, "label");
    char url[1024];

    snprintf(url, sizeof(url), "%s%s%s/cacerts", base, *label ? "/" : "", label);
    perform(url, NULL, NULL, "application/pkcs7-mime");
    PKCS7_free(certificates());
    save();
    snprintf(url, sizeof(url), "%s%s%s/csrattrs", base, *label ? "/" : "", label);
    perform(url, NULL, NULL, "application/csrattrs");

    char *request = make_request(key, guid);
    snprintf(url, sizeof(url), "%s%s%s/simpleenroll", base, *label ? "/" : "", label);
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
    curl_easy_setopt(easy, CURLOPT_XOAUTH2_BEARER, member(enrollment, "secret"));
    perform(url, "application/pkcs10", request, "application/pkcs7-mime");
    free(request);
    return own_certificate(key);
}

static void confirm(const char *host, const char *guid, char *certificate, char *key)
{
    struct curl_blob certificate_blob = { certificate, strlen(certificate), CURL_BLOB_NOCOPY };
    struct curl_blob key_blob = { key, strlen(key), CURL_BLOB_NOCOPY };
    char url[512];

    snprintf(url, sizeof(url), "https://%s/v1/contexts/%s/status", host, guid);
    curl_easy_setopt(easy, CURLOPT_SSLCERT_BLOB, &certificate_blob);
    curl_easy_setopt(easy, CURLOPT_SSLKEY_BLOB, &key_blob);
    perform(url, NULL, NULL, "application/json");
    if (!strstr(answer.body, "Enrolled"))
        fail("not enrolled: %s", answer.body);
    save();
}

int main(int argc, char **argv)
{
    BIO *pem = BIO_new(BIO_s_mem());
    char guid[37];

    if (argc < 5) {
        fputs(
            "Usage: bare-registration DIRECTORY|- HOST CA-FILE CONNECT-TO... (the token on standard input)\n",
            stderr);
        return 2;
    }
    if (strcmp(argv[1], "-") != 0 && (directory = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
        fail("%s: %m", argv[1]);
    save();
    ca_file = argv[3];
    for (int i = 4; i < argc; i++)
        connect_to = curl_slist_append(connect_to, argv[i]);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    easy = curl_easy_init();

    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    if (!key || !PEM_write_bio_PKCS8PrivateKey(pem, key, NULL, NULL, 0, NULL, NULL))
        fail("no key");
    make_uuid(guid);
    save();
    create_context(argv[2], guid);
    json_object *enrollment = activate(argv[2], guid);
    char *certificate = enroll(enrollment, key, guid);
    save();
    confirm(argv[2], guid, certificate, text_of(pem));
    curl_easy_cleanup(easy);
    return EXIT_SUCCESS;
}
