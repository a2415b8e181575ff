/* The limits of each key, whichever there are: the value at a limit is taken, the one beyond it is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>

#include "common/memory.h"
#include "daemon/config/value.h"

enum {
    ELEMENT_MAX = 256, /* bytes of an element of a list */
};

static struct config values;

/* Reads one value, as the file has it, for a key. Returns what config_read_value() returns. */
static int take(const struct config_key *key, const char *value)
{
    size_t size = strlen(value) + 16;
    char *text = malloc(size);
    config_t file;

    snprintf(text, size, "v = %s;", value);
    config_init(&file);
    assert_int_equal(config_read_string(&file, text), CONFIG_TRUE);
    int r = config_read_value(key, config_lookup(&file, "v"), &values);
    config_destroy(&file);
    free(text);
    return r;
}

static void check(const struct config_key *key, const char *value, bool taken)
{
    int r = take(key, value);

    if ((r == 0) != taken)
        fail_msg("%s = %.80s: %d", key->path, value, r);
}

static void check_number(const struct config_key *key, double number, bool taken)
{
    char value[64];

    if (key->type == CONFIG_MODE)
        snprintf(value, sizeof(value), "\"%04o\"", (unsigned)number);
    else if (key->type == CONFIG_INT)
        snprintf(value, sizeof(value), "%.0f", number);
    else
        snprintf(value, sizeof(value), "%.6f", number);
    check(key, value, taken);
}

/* Beginnings of texts; one of them is right for nearly every key, whatever follows. */
static const char *const beginnings[] = { "", "/", "https://e.example/", "http://p.example/", "/{guid}/",
    "unix:/" };

/* Makes a text in quotes of a length in bytes. The caller frees. */
static char *make_text(const char *beginning, size_t length)
{
    char *text = malloc(length + 3);
    size_t used = strlen(beginning);

    snprintf(text, length + 3, "\"%s", beginning);
    memset(text + 1 + used, 'a', length - used);
    strcpy(text + 1 + length, "\"");
    return text;
}

/* Returns true if there is a text of the length that is taken. */
static bool takes_length(const struct config_key *key, size_t length)
{
    bool taken = false;

    for (size_t i = 0; i < ELEMENTS(beginnings) && !taken; i++) {
        if (strlen(beginnings[i]) > length)
            continue;
        char *text = make_text(beginnings[i], length);
        taken = take(key, text) == 0;
        free(text);
    }
    return taken;
}

static void check_text(const struct config_key *key)
{
    /* No text of the greatest length is an address, a fingerprint or a URL of a proxy. */
    static const char *const shorter[] = { "est.fingerprint", "identity.ip", "network.proxy" };
    bool full = true;

    for (size_t i = 0; i < ELEMENTS(shorter); i++)
        full = full && !streq(shorter[i], key->path);
    if (full && !takes_length(key, (size_t)key->max))
        fail_msg("%s takes no text of %g bytes", key->path, key->max);
    if (takes_length(key, (size_t)key->max + 1))
        fail_msg("%s takes a text of more than %g bytes", key->path, key->max);
    if (key->min > 0)
        assert_false(takes_length(key, (size_t)key->min - 1));
}

static void check_strings(const struct config_key *key)
{
    const char *element = streq(key->path, "network.connect_to") ? "h:1:a:1" : "a.example";
    char *text = calloc(1, 64 + ((size_t)key->max + 1) * 16);

    strcpy(text, "( ");
    for (int i = 1; i <= (int)key->max + 1; i++) {
        sprintf(text + strlen(text), "%s\"%s\"", i > 1 ? ", " : "", element);
        if (i >= (int)key->max) {
            size_t end = strlen(text);
            strcat(text, " )");
            check(key, text, i == (int)key->max);
            text[end] = 0;
        }
    }
    free(text);
    for (size_t length = ELEMENT_MAX; length <= ELEMENT_MAX + 1; length++) {
        char list[ELEMENT_MAX + 16];
        char *one = make_text(streq(key->path, "network.connect_to") ? "h:1:1:" : "", length);

        snprintf(list, sizeof(list), "( %s )", one);
        free(one);
        if (streq(key->path, "network.connect_to") || length > ELEMENT_MAX)
            check(key, list, length == ELEMENT_MAX);
    }
}

static void check_key(const struct config_key *key)
{
    double step = key->type == CONFIG_DURATION || key->type == CONFIG_FRACTION ? 0.001 : 1;

    switch (key->type) {
    case CONFIG_INT:
    case CONFIG_DURATION:
    case CONFIG_FRACTION:
        check_number(key, key->min - step, false);
        check_number(key, key->min + step, true);
        check_number(key, key->max - step, true);
        check_number(key, key->max + step, false);
        /* Both kinds of numbers. */
        check(key, "1.5", key->type != CONFIG_INT && key->min <= 1.5 && key->max >= 1.5);
        check(key, "\"1\"", false);
        check_number(key, key->min, true);
        check_number(key, key->max, true);
        break;
    case CONFIG_MODE:
        check_number(key, key->min, true);
        check_number(key, key->max, true);
        check_number(key, key->max + 1, false);
        check(key, "\"\"", false);
        check(key, "\"00777\"", false);
        check(key, "\"0778\"", false);
        check(key, "\"777\"", true);
        break;
    case CONFIG_STRING:
        check_text(key);
        check(key, "1", false);
        break;
    case CONFIG_STRINGS:
        check_strings(key);
        check(key, "\"a\"", false);
        break;
    case CONFIG_CHOICE:
    case CONFIG_LEVEL:
        for (const char *const *choice = key->choices; *choice; choice++) {
            char value[64];

            snprintf(value, sizeof(value), "\"%s\"", *choice);
            check(key, value, true);
        }
        check(key, "\"other\"", false);
        break;
    case CONFIG_BOOL:
        check(key, "true", true);
        check(key, "1", false);
        break;
    case CONFIG_CONTENTS:
        check(key, "\"/nonexistent\"", false);
        check(key, "1", false);
        break;
    }
}

static void test_edges(void **state)
{
    (void)state;
    assert_int_equal(config_set_defaults(config_schema, &values), 0);
    for (const struct config_key *key = config_schema; key->path; key++) {
        print_message("%s\n", key->path);
        check_key(key);
    }
    config_free_values(config_schema, &values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
