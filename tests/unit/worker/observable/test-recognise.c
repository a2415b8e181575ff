/* Each row of observables.tsv, whose inputs come from the tests of other such tools, and of rules.tsv; notes, limits, and the
 * lines of a text. */
#include "worker/observable/recognise.h"

#include "common/memory.h"

#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define FOLDER "tests/unit/worker/observable/"

enum {
    RESULTS_SIZE = 16384,
};

/* The results in the form of the rows: "domain example.com; refused network". */
struct results {
    char text[RESULTS_SIZE];
    char notes[RESULTS_SIZE];
    int n;
};

static void append_part(
    CURLU *url, CURLUPart part, const char *before, const char *after, char out[OBSERVABLE_VALUE_MAX])
{
    char *text = NULL;
    size_t used = strlen(out);

    if (curl_url_get(url, part, &text, 0) == CURLUE_OK)
        snprintf(out + used, OBSERVABLE_VALUE_MAX - used, "%s%s%s", before, text, after);
    curl_free(text);
}

/* libcurl reads the same host and port in a URL, as they stand there: it would read octal and hexadecimal numbers as others. */
static void check_host(const char *value)
{
    char expected[OBSERVABLE_VALUE_MAX] = "";
    CURLU *url = curl_url();

    assert_int_equal(curl_url_set(url, CURLUPART_URL, value, 0), CURLUE_OK);
    append_part(url, CURLUPART_SCHEME, "", "://", expected);
    append_part(url, CURLUPART_USER, "", "", expected);
    append_part(url, CURLUPART_PASSWORD, ":", "", expected);
    if (!streq(expected + strlen(expected) - 3, "://"))
        snprintf(expected + strlen(expected), 2, "@");
    append_part(url, CURLUPART_HOST, "", "", expected);
    append_part(url, CURLUPART_PORT, ":", "", expected);
    curl_url_cleanup(url);
    if (strncmp(value, expected, strlen(expected)) != 0)
        fail_msg("%s is %s... for libcurl", value, expected);
}

static int collect(void *userdata, const struct observable *observable)
{
    struct results *results = userdata;
    size_t used = strlen(results->text);
    bool refused = observable->refusal != REFUSAL_NONE;

    assert_true(refused == (observable->type == OBSERVABLE_NONE));
    assert_true(refused ? *observable->message && !*observable->value && observable->n_notes == 0
                        : *observable->value && !*observable->message);
    if (observable->type == OBSERVABLE_URL)
        check_host(observable->value);
    snprintf(results->text + used, sizeof(results->text) - used, "%s%s %s%s", results->n++ ? "; " : "",
        refused ? "refused" : observable_type_names[observable->type],
        refused ? observable_refusal_names[observable->refusal] : observable->value,
        observable->first_line ? " again" : "");
    for (size_t i = 0; i < observable->n_notes; i++) {
        used = strlen(results->notes);
        snprintf(results->notes + used, sizeof(results->notes) - used, "%s|", observable->notes[i]);
    }
    return 0;
}

static void recognise(const char *text, size_t size, struct results *ret)
{
    struct recogniser *recogniser;

    *ret = (struct results){ .n = 0 };
    assert_int_equal(recogniser_new(&recogniser), 0);
    assert_int_equal(recognise_text(recogniser, text, size, 1, collect, ret), 0);
    recogniser_free(recogniser);
}

/* Undoes the escapes of a row in place. Returns the size. */
static size_t undo_escapes(char *text)
{
    char *out = text, *start = text;

    for (; *text; text++) {
        unsigned code;

        if (*text != '\\')
            *out++ = *text;
        else if (*++text == 'u' && sscanf(text + 1, "%4x", &code) == 1) {
            text += 4;
            if (code < 0x80)
                *out++ = (char)code;
            else {
                if (code < 0x800)
                    *out++ = (char)(0xc0 | code >> 6);
                else {
                    *out++ = (char)(0xe0 | code >> 12);
                    *out++ = (char)(0x80 | (code >> 6 & 0x3f));
                }
                *out++ = (char)(0x80 | (code & 0x3f));
            }
        } else
            *out++ = *text == 't' ? '\t' : *text == 'n' ? '\n' : *text == 'r' ? '\r' : *text;
    }
    *out = 0;
    return (size_t)(out - start);
}

/* Writes what a row expects: without the hint behind a class. */
static void write_expected(const char *type, const char *value, char *out, size_t size)
{
    if (streq(type, "many"))
        snprintf(out, size, "%s", value);
    else
        snprintf(out, size, "%s %.*s", type,
            streq(type, "refused") ? (int)strcspn(value, ":") : (int)strlen(value), value);
}

/* Checks each row of a file. Returns how many there are. */
static int check_rows(const char *path)
{
    FILE *file = fopen(path, "re");
    char row[4096], expected[4096];
    int n = 0, wrong = 0;

    assert_non_null(file);
    while (fgets(row, sizeof(row), file)) {
        static struct results results;
        char *rest = row, *id = strsep(&rest, "\t"), *input = strsep(&rest, "\t"),
             *type = strsep(&rest, "\t"), *value = strsep(&rest, "\t");

        assert_non_null(value);
        if (!isdigit((unsigned char)*id))
            continue;
        write_expected(type, value, expected, sizeof(expected));
        recognise(input, undo_escapes(input), &results);
        n++;
        if (!streq(results.text, expected)) {
            print_error("row %s: %s\n   is: %s\n  not: %s\n", id, input, results.text, expected);
            wrong++;
        }
    }
    fclose(file);
    assert_int_equal(wrong, 0);
    return n;
}

static void test_rows(void **state)
{
    (void)state;
    assert_true(check_rows(FOLDER "observables.tsv") > 200);
    assert_true(check_rows(FOLDER "rules.tsv") > 200);
}

/* Notes name dropped and added parts, and unusual ones. */
static void test_notes(void **state)
{
    static const char *const cases[][2] = {
        { "198.51.100.7", "" },
        { "hxxp://example[.]com/x", "" },
        { "198.51.100.7:8080", "Port 8080 was dropped.|" },
        { "198.51.100.7/32", "/32 was dropped.|" },
        { "[2001:db8::1]:8443", "Port 8443 was dropped.|" },
        { "2001:db8::1/128", "/128 was dropped.|" },
        { "::ffff:198.51.100.7", "The IPv4 address of ::ffff:198.51.100.7.|" },
        { "10.0.0.1", "A private address.|" },
        { "172.31.255.255", "A private address.|" },
        { "172.32.0.0", "" },
        { "192.168.0.1:80", "Port 80 was dropped.|A private address.|" },
        { "100.64.0.1", "An address of a provider's own network (RFC 6598).|" },
        { "127.0.0.1", "An address of this machine.|" },
        { "::1", "An address of this machine.|" },
        { "255.255.255.255", "The broadcast address.|" },
        { "0.0.0.0", "The unspecified address.|" },
        { "::", "The unspecified address.|" },
        { "169.254.0.1", "A link-local address.|" },
        { "fe80::1", "A link-local address.|" },
        { "239.1.2.3", "A multicast address.|" },
        { "ff02::1", "A multicast address.|" },
        { "240.0.0.1", "A reserved address.|" },
        { "fd00::1", "A private address.|" },
        { "example.com:8080", "Port 8080 was dropped.|" },
        { "example.com/", "The slash at the end was dropped.|" },
        { "ex\xd0\xb0mple.com", "It has characters beyond ASCII; the value has its form in the DNS.|" },
        { "http://ex\xd0\xb0mple.com/",
            "The host has characters beyond ASCII; the value has its form in the DNS.|" },
        { "198.51.100.7/payload.exe", "http:// was added.|" },
        { "meow://example.com", "meow was read as http.|" },
        { "http://example.com@198.51.100.7:80/", "The host is 198.51.100.7:80.|" },
        { "reported: example.com", "\"reported\" before it was dropped.|" },
        { "domain: example.com", "" },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        static struct results results;

        recognise(cases[i][0], strlen(cases[i][0]), &results);
        if (results.n != 1 || !streq(results.notes, cases[i][1]))
            fail_msg("%s: %s", cases[i][0], results.notes);
    }
}

static void recognise_filled(
    const char *before, char filling, size_t n, const char *after, struct results *ret)
{
    _cleanup_free_ char *text = malloc(strlen(before) + n + strlen(after) + 1);

    assert_non_null(text);
    strcpy(text, before);
    memset(text + strlen(before), filling, n);
    strcpy(text + strlen(before) + n, after);
    recognise(text, strlen(text), ret);
}

static void test_limits(void **state)
{
    static struct results results;
    char name[256];

    (void)state;
    recognise_filled("", 'a', 63, ".example.com", &results);
    assert_true(strncmp(results.text, "domain aaa", 10) == 0);
    recognise_filled("", 'a', 64, ".example.com", &results);
    assert_string_equal(results.text, "refused too_long");
    recognise_filled("b\xc3\xbc", 'a', 62, ".example.com", &results);
    assert_string_equal(results.text, "refused too_long");
    for (size_t i = 0; i < 24; i++)
        memcpy(name + 10 * i, "aaaaaaaaa.", 10);
    strcpy(name + 240, "a.example.com"); /* 253 characters */
    recognise(name, strlen(name), &results);
    assert_true(strncmp(results.text, "domain aaa", 10) == 0);
    strcpy(name + 240, "aa.example.com");
    recognise(name, strlen(name), &results);
    assert_string_equal(results.text, "refused too_long");
    recognise_filled("http://example.com/", 'a', OBSERVABLE_INPUT_MAX - 19, "", &results);
    assert_true(strncmp(results.text, "url http://example.com/aaa", 26) == 0);
    recognise_filled("http://example.com/", 'a', OBSERVABLE_INPUT_MAX - 18, " example.com", &results);
    assert_string_equal(results.text, "refused too_long; domain example.com");
    recognise_filled("", 'a', 301, "", &results);
    assert_string_equal(results.text, "refused too_long");
    recognise_filled("http://", 'a', 600, "/", &results);
    assert_string_equal(results.text, "refused too_long");
}

struct lines {
    int64_t line[8], first[8];
    int n;
};

static int collect_lines(void *userdata, const struct observable *observable)
{
    struct lines *lines = userdata;

    lines->line[lines->n] = observable->line;
    lines->first[lines->n++] = observable->first_line;
    return lines->n == 8 ? -ECANCELED : 0;
}

/* Lines are counted across the parts of a text, and an observable of an earlier part is recognised again. */
static void test_lines(void **state)
{
    const char *first = "example.com\n\nEXAMPLE[.]com\r\n", *second = "198.51.100.7 example.com.\n";
    struct recogniser *recogniser;
    struct lines lines = { .n = 0 };

    (void)state;
    assert_int_equal(recogniser_new(&recogniser), 0);
    assert_int_equal(recognise_text(recogniser, first, strlen(first), 1, collect_lines, &lines), 0);
    assert_int_equal(lines.n, 3);
    assert_int_equal(recognise_text(recogniser, second, strlen(second), 4, collect_lines, &lines), 0);
    assert_int_equal(lines.n, 5);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(lines.line[i], i < 4 ? i + 1 : 4);
        assert_int_equal(lines.first[i], i == 2 || i == 4 ? 1 : 0);
    }
    assert_int_equal(recognise_text(recogniser, first, strlen(first), 5, collect_lines, &lines), -ECANCELED);
    recogniser_free(recogniser);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_notes),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
