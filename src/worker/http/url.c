#include "worker/http/url.h"

#include "common/https-url.h"
#include "common/memory.h"

#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    EST_PATH_SIZE = 2 * LIMIT_URL, /* bytes, with the end */
};

static void curl_textp(char **text)
{
    curl_free(*text);
}

static void curl_urlp(CURLU **url)
{
    curl_url_cleanup(*url);
}

#define _cleanup_curl_text_ _cleanup_(curl_textp)
#define _cleanup_curl_url_ _cleanup_(curl_urlp)

static int open_url(const char *text, CURLU **ret)
{
    _cleanup_curl_url_ CURLU *url = curl_url();

    if (!url)
        return -ENOMEM;
    if (!https_url_is_valid(text) || curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK)
        return -EINVAL;
    *ret = TAKE_PTR(url);
    return 0;
}

int url_parse(const char *text, struct url_parts *ret)
{
    _cleanup_curl_url_ CURLU *url = NULL;
    _cleanup_curl_text_ char *host = NULL, *port = NULL, *path = NULL;
    struct url_parts parts;

    int r = open_url(text, &url);
    if (r < 0)
        return r;
    if (curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_PATH, &path, 0) != CURLUE_OK)
        return -EINVAL;
    if (strlen(host) >= sizeof(parts.host))
        return -EINVAL;

    snprintf(parts.host, sizeof(parts.host), "%s", host);
    snprintf(parts.authority, sizeof(parts.authority), "%s:%.5s", parts.host, port);
    parts.port = (unsigned)strtoul(port, NULL, 10);
    snprintf(parts.path, sizeof(parts.path), "%.255s", path);
    *ret = parts;
    return 0;
}

static void strip_slashes(char *path)
{
    for (size_t n = strlen(path); n > 0 && path[n - 1] == '/'; n--)
        path[n - 1] = 0;
}

/* Appends a text to a path of LIMIT_URL * 2 bytes; what RFC 3986 does not allow in a path is percent-encoded, what is encoded
 * stays. False if there is no room. */
static bool append_path(char *path, const char *text)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/";
    size_t n = strlen(path);

    for (; *text && n < EST_PATH_SIZE - 4; text++) {
        bool encoded = *text == '%' && isxdigit((unsigned char)text[1]) && isxdigit((unsigned char)text[2]);

        if (encoded || strchr(allowed, *text))
            path[n++] = *text;
        else
            n += (size_t)snprintf(path + n, 4, "%%%02X", (unsigned char)*text);
    }
    path[n] = 0;
    return !*text;
}

/* Appends "/" and the label without slashes around it; nothing if it is empty. */
static bool append_label(char *path, const char *label)
{
    char bare[LIMIT_URL];

    snprintf(bare, sizeof(bare), "%s", label ? label + strspn(label, "/") : "");
    strip_slashes(bare);
    return !*bare || (append_path(path, "/") && append_path(path, bare));
}

int url_est(const char *base, const char *label, const char *operation, char **ret)
{
    static const char *const operations[] = { "cacerts", "simpleenroll", "simplereenroll", "csrattrs",
        "serverkeygen", "fullcmc" };
    _cleanup_curl_url_ CURLU *url = NULL;
    _cleanup_curl_text_ char *path = NULL, *text = NULL;
    char full[EST_PATH_SIZE];

    int r = open_url(base, &url);
    if (r < 0)
        return r;
    if (curl_url_get(url, CURLUPART_PATH, &path, 0) != CURLUE_OK)
        return -ENOMEM;

    strip_slashes(path);
    char *last = strrchr(path, '/');
    for (size_t i = 0; last && i < ELEMENTS(operations); i++)
        if (streq(last + 1, operations[i])) {
            *last = 0;
            strip_slashes(path);
            break;
        }

    snprintf(full, sizeof(full), "%s", *path ? path : "/.well-known/est");
    if (!append_label(full, label) || !append_path(full, "/") || !append_path(full, operation))
        return -EINVAL;
    if (curl_url_set(url, CURLUPART_PATH, full, 0) != CURLUE_OK ||
        curl_url_set(url, CURLUPART_QUERY, NULL, 0) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_URL, &text, 0) != CURLUE_OK)
        return -ENOMEM;

    char *copy = strdup(text);
    if (!copy)
        return -ENOMEM;
    *ret = copy;
    return 0;
}
