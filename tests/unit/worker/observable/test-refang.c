/* Properties: a defanged observable is the plain one, and what was normalised once stays as it is. */
#include "worker/observable/refang.h"

#include "common/memory.h"
#include "worker/observable/recognise.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum {
    TEXTS = 20000,
    TEXT_SIZE = 2048,
};

static uint32_t seed = 1;

static uint32_t choose(uint32_t n)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % n;
}

static const char *pick(const char *const *from)
{
    uint32_t n = 0;

    while (from[n])
        n++;
    return from[choose(n)];
}

static void append(char *out, const char *text)
{
    size_t used = strlen(out);

    snprintf(out + used, TEXT_SIZE - used, "%s", text);
}

static void append_word(char *out)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    char word[2] = "";

    for (uint32_t n = 1 + choose(8); n > 0; n--) {
        word[0] = letters[choose(n == 1 ? 26 : 36)];
        append(out, word);
    }
}

static void make_name(char *out)
{
    static const char *const suffixes[] = { "com", "net", "org", "co.uk", "top", "onion", "de", NULL };

    for (uint32_t n = 2 + choose(3); n > 0; n--) {
        append_word(out);
        append(out, ".");
    }
    append(out, pick(suffixes));
}

static void make_address(char *out)
{
    char number[16];

    for (int i = 0; i < 4; i++) {
        snprintf(number, sizeof(number), "%u%s", choose(256), i < 3 ? "." : "");
        append(out, number);
    }
}

static void make_url(char *out)
{
    static const char *const schemes[] = { "http://", "https://", "ftp://", NULL };
    static const char *const rests[] = { "", "/", "/a.b", "/x?y=1&z=2", "/a_(b)", "/%7Ea;b,c#d", ":8080/x",
        NULL };

    append(out, pick(schemes));
    (choose(3) ? make_name : make_address)(out);
    append(out, pick(rests));
}

/* Makes a plain observable. */
static void make_plain(char *out)
{
    static void (*const makers[])(char *out) = { make_name, make_address, make_url };

    *out = 0;
    makers[choose(3)](out);
}

/* Defangs some of the dots, colons and slashes, and the scheme; at least one dot in front of the path. */
static void defang(const char *plain, char *out)
{
    static const char *const dots[] = { ".", "[.]", "(.)", "{.}", "[.", ".]", "[dot]", "(DOT)", "{Dot}",
        "[[.]]", "\\.", NULL };
    static const char *const in_path[] = { ".", "[.]", "(dot)", NULL };
    static const char *const schemes[] = { "hxxp", "h[tt]p", "hXXp", "[http]", "hzzp", "h**p", NULL };
    const char *host = strstr(plain, "://");
    bool path = false;
    char c[2] = "";

    *out = 0;
    if (host && strncmp(plain, "ftp", 3) != 0) {
        append(out, pick(schemes));
        append(out, plain[4] == 's' ? "s" : "");
        append(out, choose(2) ? "://" : "[:]//");
        plain = host + 3;
    }
    for (; *plain; plain++) {
        c[0] = *plain;
        path |= *plain == '/' && out[0] && plain[-1] != '/' && plain[-1] != ':' && plain[1] != '/';
        append(out, *plain == '.' ? pick(path ? in_path : dots) : c);
    }
}

static int take_value(void *userdata, const struct observable *observable)
{
    char *out = userdata;
    size_t used = strlen(out);

    snprintf(out + used, TEXT_SIZE - used, "%s%s",
        observable->refusal == REFUSAL_NONE ? observable->value
                                            : observable_refusal_names[observable->refusal],
        "\n");
    return 0;
}

/* Writes the values that a text has, each as a line. */
static void normalise(const char *text, char out[TEXT_SIZE])
{
    struct recogniser *recogniser;

    *out = 0;
    assert_int_equal(recogniser_new(&recogniser), 0);
    assert_int_equal(recognise_text(recogniser, text, strlen(text), 1, take_value, out), 0);
    recogniser_free(recogniser);
}

static void test_defanged_is_plain(void **state)
{
    char plain[TEXT_SIZE], defanged[TEXT_SIZE], expected[TEXT_SIZE], found[TEXT_SIZE], again[TEXT_SIZE];

    (void)state;
    for (int i = 0; i < TEXTS; i++) {
        make_plain(plain);
        defang(plain, defanged);
        snprintf(expected, sizeof(expected), "%.2000s\n", plain);
        normalise(plain, found);
        if (!streq(found, expected))
            fail_msg("%s is changed: %s", plain, found);
        normalise(defanged, found);
        if (!streq(found, expected))
            fail_msg("%s is not %s: %s", defanged, plain, found);
        normalise(found, again);
        assert_string_equal(found, again);
    }
}

/* Whatever surrounds it, whatever its case: the host is the same. */
static void test_surroundings(void **state)
{
    static const char *const around[][2] = { { "", "." }, { "(", ")" }, { "[", "]" }, { "\"", "\"," },
        { "'", "';" }, { "<", ">" }, { "- ", "" }, { "* ", "" }, { "1. ", "" }, { "\t", "\r" },
        { "\xe2\x80\x9c", "\xe2\x80\x9d" }, { "| ", " |" }, { "{", "}" }, { "=\"", "\"" },
        { "(see: ", ")." } };
    char plain[TEXT_SIZE], text[TEXT_SIZE], expected[TEXT_SIZE], found[TEXT_SIZE];

    (void)state;
    for (int i = 0; i < TEXTS; i++) {
        const char *const *pair = around[choose(ELEMENTS(around))];

        *plain = 0;
        (choose(2) ? make_name : make_address)(plain);
        snprintf(text, sizeof(text), "%s%.2000s%s", pair[0], plain, pair[1]);
        snprintf(expected, sizeof(expected), "%.2000s\n", plain);
        normalise(text, found);
        if (!streq(found, expected))
            fail_msg("%s: %s", text, found);
    }
}

static void test_refang(void **state)
{
    static const struct {
        const char *in, *out;
        bool defanged;
    } cases[] = {
        { "example.com", "example.com", false },
        { "example[.]com", "example.com", true },
        { "[example.com]", "[example.com]", false },
        { "(see example.com.)", "(see example.com.)", false },
        { "a[.b", "a.b", true },
        { "a.]b", "a.b", true },
        { "a.]", "a.]", false },
        { "[.a", "[.a", false },
        { "a(.b", "a.b", true },
        { "http://a/b(.c", "http://a/b(.c", false },
        { "http://a/b(.)c", "http://a/b.c", true },
        { "a-dot-b", "a.b", true },
        { "polka-dot-b.com", "polka-dot-b.com", false },
        { "a[at]b", "a@b", true },
        { "a[:]b[/]c[slash]d[colon]e", "a:b/c/d:e", true },
        { "http[://]a", "http://a", true },
        { "http:\\/\\/a\\/b", "http://a/b", true },
        { "a\xe3\x80\x82"
          "b",
            "a.b", false },
        { "a\xe2\x80\x8b.b", "a.b", false },
        { "a/\xe2\x80\x8b", "a/\xe2\x80\x8b", false },
        { "[[[.]]]", ".", true },
        { "a\\[.]b", "a.b", true },
        { "", "", false },
    };
    char text[64];

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        snprintf(text, sizeof(text), "%s", cases[i].in);
        if (refang(text) != cases[i].defanged || !streq(text, cases[i].out))
            fail_msg("%s: %s", cases[i].in, text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refang),
        cmocka_unit_test(test_defanged_is_plain),
        cmocka_unit_test(test_surroundings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
