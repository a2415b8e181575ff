#include "common/memory.h"
#include "sandbox/base/base64.h"
#include "sandbox/faults/kinds.h"
#include "sandbox/faults/words.h"
#include "sandbox/x509/der.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Rewrites a base64 body with other lines; leaves other bodies alone. */
static int rewrap_body(struct answer *answer, size_t columns, const char *end_of_line)
{
    gnutls_datum_t der = { NULL, 0 };
    _cleanup_free_ char *text = NULL;
    size_t size;
    int r;

    if (!answer->base64)
        return 0;
    r = base64_decode_text(answer->body, answer->size, &der);
    if (r >= 0)
        r = base64_encode_lines(&der, columns, end_of_line, &text, &size);
    gnutls_free(der.data);
    return r < 0 ? r : answer_replace_body(answer, text, size);
}

static int write_unwrapped(struct answer *answer)
{
    return rewrap_body(answer, 0, "");
}

static int write_crlf(struct answer *answer)
{
    return rewrap_body(answer, BASE64_COLUMNS, "\r\n");
}

static int write_wide(struct answer *answer)
{
    return rewrap_body(answer, 1000, "\n");
}

static int write_odd(struct answer *answer)
{
    return rewrap_body(answer, 61, " \t\n");
}

static int add_blanks(struct answer *answer)
{
    _cleanup_free_ char *text = NULL;
    int n;

    if (!answer->base64)
        return 0;
    n = asprintf(&text, "\n \r\n%s\r\n\t \n\n", answer->body);
    return n < 0 ? -ENOMEM : answer_replace_body(answer, text, (size_t)n);
}

/* libest's example server counts the end of its text as part of it. */
static int add_nul(struct answer *answer)
{
    return answer->base64 ? answer_replace_body(answer, answer->body, answer->size + 1) : 0;
}

static int write_pem(struct answer *answer)
{
    _cleanup_free_ char *text = NULL;
    int n;

    if (!answer->base64)
        return 0;
    n = asprintf(&text, "-----BEGIN PKCS7-----\n%s-----END PKCS7-----\n", answer->body);
    return n < 0 ? -ENOMEM : answer_replace_body(answer, text, (size_t)n);
}

static int write_der(struct answer *answer)
{
    gnutls_datum_t der = { NULL, 0 };
    int r;

    if (!answer->base64)
        return 0;
    r = base64_decode_text(answer->body, answer->size, &der);
    if (r >= 0)
        r = answer_replace_body(answer, der.data, der.size);
    gnutls_free(der.data);
    answer->base64 = false;
    return r;
}

/* Finds the certificates inside PKCS#7; they lie one behind the other. */
static int find_certificates(gnutls_datum_t pkcs7, gnutls_datum_t *ret)
{
    int r;

    r = der_take(&pkcs7, DER_SEQUENCE, &pkcs7, NULL);
    if (r >= 0)
        r = der_take(&pkcs7, DER_OID, NULL, NULL);
    if (r >= 0)
        r = der_take(&pkcs7, DER_CONTEXT_0, &pkcs7, NULL);
    if (r >= 0)
        r = der_take(&pkcs7, DER_SEQUENCE, &pkcs7, NULL);
    if (r >= 0)
        r = der_take(&pkcs7, DER_INTEGER, NULL, NULL);
    if (r >= 0)
        r = der_take(&pkcs7, DER_SET, NULL, NULL);
    if (r >= 0)
        r = der_take(&pkcs7, DER_SEQUENCE, NULL, NULL);
    return r < 0 ? r : der_take(&pkcs7, DER_CONTEXT_0, ret, NULL);
}

/* Writes the first certificate, or all of them, in place of PKCS#7. */
static int write_certificates(struct answer *answer, bool all, const char *begin, const char *end)
{
    gnutls_datum_t der = { NULL, 0 }, certificates, one;
    struct der body = { .data = NULL };
    int r;

    if (!answer->base64)
        return 0;
    r = base64_decode_text(answer->body, answer->size, &der);
    if (r >= 0)
        r = find_certificates(der, &certificates);
    while (r >= 0 && der_take(&certificates, DER_SEQUENCE, NULL, &one) >= 0) {
        char *text;
        size_t size;

        r = base64_encode_lines(&one, BASE64_COLUMNS, "\n", &text, &size);
        if (r < 0)
            break;
        der_add(&body, begin, strlen(begin));
        der_add(&body, text, size);
        der_add(&body, end, strlen(end));
        free(text);
        if (!all)
            break;
    }
    if (r >= 0)
        r = body.failed ? -ENOMEM : answer_replace_body(answer, body.data, body.size);
    der_done(&body);
    gnutls_free(der.data);
    return r;
}

static int write_first_certificate(struct answer *answer)
{
    return write_certificates(answer, false, "", "");
}

static int write_pem_certificates(struct answer *answer)
{
    return write_certificates(answer, true, "-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n");
}

static const struct fault_word encodings[] = {
    { "unwrapped", "base64 in one line without a line end", .answer = write_unwrapped },
    { "crlf", "lines that end with CR LF", .answer = write_crlf },
    { "wide", "lines of 1000 columns", .answer = write_wide },
    { "odd", "lines of 61 columns with trailing blanks", .answer = write_odd },
    { "blanks", "white space around the base64", .answer = add_blanks },
    { "nul", "a NUL behind the base64", .answer = add_nul },
    { "pem", "PKCS#7 in PEM", .answer = write_pem },
    { "der", "PKCS#7 in DER, whatever the header says", .answer = write_der },
    { "certificate", "the first certificate in base64, without PKCS#7", .answer = write_first_certificate },
    { "pem-certificates", "the certificates in PEM, without PKCS#7", .answer = write_pem_certificates },
    { NULL },
};

static int set_created(struct answer *answer)
{
    if (answer->status == 200)
        answer->status = 201;
    return 0;
}

static int drop_type(struct answer *answer)
{
    answer_drop_header(answer, "Content-Type");
    return 0;
}

static int set_odd_type(struct answer *answer)
{
    if (!answer->base64)
        return 0;
    return answer_set_header(
        answer, "Content-Type", "Application/PKCS7-MIME ;smime-type=\"Certs-Only\"; charset=UTF-8");
}

static int drop_encoding(struct answer *answer)
{
    answer_drop_header(answer, "Content-Transfer-Encoding");
    return 0;
}

static int set_wrong_encoding(struct answer *answer)
{
    return answer_set_header(answer, "Content-Transfer-Encoding", "binary");
}

static int lower_header_names(struct answer *answer)
{
    answer->lower_case = true;
    return 0;
}

static int send_chunked(struct answer *answer)
{
    answer->framing = FRAMING_CHUNKED;
    return 0;
}

static int send_until_close(struct answer *answer)
{
    answer->framing = FRAMING_CLOSE;
    return 0;
}

static const struct fault_word headers[] = {
    { "created", "with 201 in place of 200", .answer = set_created },
    { "no-type", "without Content-Type", .answer = drop_type },
    { "odd-type", "with a Content-Type in odd case and with parameters", .answer = set_odd_type },
    { "no-encoding", "without Content-Transfer-Encoding", .answer = drop_encoding },
    { "wrong-encoding", "with Content-Transfer-Encoding: binary", .answer = set_wrong_encoding },
    { "lower-case", "with names in lower case, as of HTTP/2 and Go", .answer = lower_header_names },
    { "chunked", "with a body in chunks", .answer = send_chunked },
    { "until-close", "in HTTP/1.0 without a Content-Length", .answer = send_until_close },
    { NULL },
};

static int replace_error(struct answer *answer, const char *type, const char *body)
{
    int r;

    if (answer->status < 400)
        return 0;
    r = answer_replace_body(answer, body, strlen(body));
    return r < 0 ? r : answer_set_header(answer, "Content-Type", type);
}

static int write_text_error(struct answer *answer)
{
    return replace_error(answer, "text/plain; charset=utf-8", "403 the subject is not on the list\n");
}

static int write_xml_error(struct answer *answer)
{
    return replace_error(answer, "application/problem+xml",
        "<?xml version=\"1.0\"?>\n<problem><title>Not on the list</title></problem>\n");
}

static int write_html_error(struct answer *answer)
{
    return replace_error(answer, "text/html", "<html><body><h1>Not on the list</h1></body></html>\n");
}

static int write_control_error(struct answer *answer)
{
    return replace_error(
        answer, "text/plain", "\x1b]0;title\x07\x1b[31mnot\r\non the list\x1b[0m\b\xff\xfe\x7f\n");
}

static int write_long_error(struct answer *answer)
{
    char body[8192];

    memset(body, 'x', sizeof(body) - 1);
    body[sizeof(body) - 1] = '\0';
    return replace_error(answer, "text/plain", body);
}

static const struct fault_word error_bodies[] = {
    { "text", "a line of text", .answer = write_text_error },
    { "xml", "an XML document", .answer = write_xml_error },
    { "html", "a page", .answer = write_html_error },
    { "control", "control characters, and bytes that are not UTF-8", .answer = write_control_error },
    { "long", "8 KiB without a line end", .answer = write_long_error },
    { NULL },
};

static int change_challenge_case(struct answer *answer)
{
    for (size_t i = 0; i < answer->n_headers; i++) {
        if (strcasecmp(answer->headers[i].name, "WWW-Authenticate") != 0)
            continue;
        answer->headers[i].name = "wwW-AUTHenticate";
        for (char *p = answer->headers[i].value; isalpha((unsigned char)*p); p++)
            *p ^= 0x20;
    }
    return 0;
}

static int drop_challenge(struct answer *answer)
{
    answer_drop_header(answer, "WWW-Authenticate");
    return 0;
}

static const struct fault_word challenges[] = {
    { "odd-case", "with name and scheme in odd case", .answer = change_challenge_case },
    { "none", "without WWW-Authenticate", .answer = drop_challenge },
    { NULL },
};

static int apply_unauthorized(const struct fault *fault, struct answer *answer)
{
    int r = answer_set_error(answer, 401, "unauthorized", "The sandbox was told to ask again.");

    return r < 0 ? r : answer_set_header(answer, "WWW-Authenticate", fault->value);
}

/* The value is the text of Retry-After, "date:SECONDS" for an HTTP date that far ahead, or "none". */
static int apply_pending(const struct fault *fault, struct answer *answer)
{
    char date[64];
    int r = answer_set_empty(answer, 202, "pending");

    if (r < 0 || strcmp(fault->value, "none") == 0)
        return r;
    if (strncmp(fault->value, "date:", 5) != 0)
        return answer_set_header(answer, "Retry-After", fault->value);
    write_http_date(strtoll(fault->value + 5, NULL, 10), date, sizeof(date));
    return answer_set_header(answer, "Retry-After", date);
}

const struct fault_kind answer_kinds[] = {
    { "pending", VALUE_TEXT, PLACE_HTTP, STAGE_INSTEAD, apply_pending,
        "answer 202 with this Retry-After (date:SECONDS makes an HTTP date, none leaves it out)" },
    { "unauthorized", VALUE_TEXT, PLACE_HTTP, STAGE_INSTEAD, apply_unauthorized,
        "answer 401 with this WWW-Authenticate" },
    { "encoding", VALUE_WORD, PLACE_EST, STAGE_AFTER, fault_apply_words, "write certificates in another form",
        encodings },
    { "headers", VALUE_LIST, PLACE_EST, STAGE_AFTER, fault_apply_words,
        "write status line and headers in another way", headers },
    { "error-body", VALUE_WORD, PLACE_EST, STAGE_AFTER, fault_apply_words,
        "write the body of an error not as JSON but as", error_bodies },
    { "challenge", VALUE_WORD, PLACE_EST, STAGE_AFTER, fault_apply_words, "write a 401 in another way",
        challenges },
    { NULL },
};
