/* What trctl makes of a command line, of foreign text, and of times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "ctl/run.h"
#include "ctl/session/options.h"
#include "ctl/session/token.h"
#include "ctl/text/output.h"
#include "ctl/text/time-text.h"
#include "ctl/verbs.h"
#include "unit/helpers/silence.h"

static void test_times(void **state)
{
    static const struct {
        int64_t time;
        const char *text, *gmt;
    } cases[] = {
        { 0, "1970-01-01 00:00:00 UTC", "Thu Jan  1 00:00:00 1970 GMT" },
        { 1542621875, "2018-11-19 10:04:35 UTC", "Mon Nov 19 10:04:35 2018 GMT" },
        { 1795571312, "2026-11-25 01:48:32 UTC", "Wed Nov 25 01:48:32 2026 GMT" },
        { 951782399, "2000-02-28 23:59:59 UTC", "Mon Feb 28 23:59:59 2000 GMT" },
        { 951782400, "2000-02-29 00:00:00 UTC", "Tue Feb 29 00:00:00 2000 GMT" },
        { 1709251199, "2024-02-29 23:59:59 UTC", "Thu Feb 29 23:59:59 2024 GMT" },
        { 1709251200, "2024-03-01 00:00:00 UTC", "Fri Mar  1 00:00:00 2024 GMT" },
        { 4107542400, "2100-03-01 00:00:00 UTC", "Mon Mar  1 00:00:00 2100 GMT" },
        { 4107542399, "2100-02-28 23:59:59 UTC", "Sun Feb 28 23:59:59 2100 GMT" },
        { 1798761599, "2026-12-31 23:59:59 UTC", "Thu Dec 31 23:59:59 2026 GMT" },
        { 253402300799, "9999-12-31 23:59:59 UTC", "Fri Dec 31 23:59:59 9999 GMT" },
        { 253402300800, "253402300800", "253402300800" },
        { -1, "-1", "-1" },
        { INT64_MIN, "-9223372036854775808", "-9223372036854775808" },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        assert_string_equal(time_text_utc(cases[i].time).text, cases[i].text);
        assert_string_equal(time_text_gmt(cases[i].time).text, cases[i].gmt);
    }
}

static void test_relative(void **state)
{
    const int64_t now = 1795571312;
    static const struct {
        int64_t ahead;
        const char *text;
    } cases[] = {
        { 0, "2026-11-25 01:48:32 UTC (now)" },
        { 1, "2026-11-25 01:48:33 UTC (in 1 s)" },
        { 59, "2026-11-25 01:49:31 UTC (in 59 s)" },
        { 60, "2026-11-25 01:49:32 UTC (in 1 min)" },
        { 239, "2026-11-25 01:52:31 UTC (in 3 min)" },
        { -3599, "2026-11-25 00:48:33 UTC (59 min ago)" },
        { -3600, "2026-11-25 00:48:32 UTC (1 h ago)" },
        { 172799, "2026-11-27 01:48:31 UTC (in 47 h)" },
        { 172800, "2026-11-27 01:48:32 UTC (in 2 days)" },
        { -31536000, "2025-11-25 01:48:32 UTC (365 days ago)" },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++)
        assert_string_equal(time_text_relative(now + cases[i].ahead, now).text, cases[i].text);
    assert_string_equal(time_text_relative(INT64_MAX, now).text, "9223372036854775807");
    assert_string_equal(time_text_relative(INT64_MIN, now).text, "-9223372036854775808");
}

/* Collects what is written to a stream. */
struct memory_stream {
    FILE *stream;
    char *text;
    size_t size;
};

static void memory_open(struct memory_stream *memory)
{
    *memory = (struct memory_stream){ 0 };
    memory->stream = open_memstream(&memory->text, &memory->size);
    assert_non_null(memory->stream);
}

static void memory_check(struct memory_stream *memory, const char *expected)
{
    assert_int_equal(fclose(memory->stream), 0);
    assert_string_equal(memory->text, expected);
    free(memory->text);
}

static void test_lines(void **state)
{
    struct memory_stream memory;

    (void)state;
    memory_open(&memory);
    output_line(memory.stream, "%s", "a\033[2Jb\nc\rd\x7f\xc2\x9b\xff\xc3\xa4");
    output_field(memory.stream, "Label", "%s\n%d", "x\ty", 5);
    memory_check(
        &memory, "a\\x1b[2Jb\\x0ac\\x0dd\\x7f\\xc2\\x9b\\xff\xc3\xa4\nLabel           x\\x09y\\x0a5\n");
}

static void test_long_line(void **state)
{
    static char text[3 * OUTPUT_LINE_MAX];
    struct memory_stream memory;

    (void)state;
    memset(text, '\033', sizeof(text) - 1);
    memory_open(&memory);
    output_line(memory.stream, "%s", text);
    assert_int_equal(fclose(memory.stream), 0);
    assert_in_range(memory.size, OUTPUT_LINE_MAX, 4 * OUTPUT_LINE_MAX);
    assert_null(memchr(memory.text, '\033', memory.size));
    assert_int_equal(memory.text[memory.size - 1], '\n');
    free(memory.text);
}

static void test_json(void **state)
{
    struct memory_stream memory;

    (void)state;
    memory_open(&memory);
    output_json(memory.stream, "{\"a\":\"\\u001b \xc2\x9b \x7f \xc3\xa4 \xc2\xa0\"}");
    memory_check(&memory, "{\"a\":\"\\u001b \\u009b \\u007f \xc3\xa4 \xc2\xa0\"}\n");
}

static void test_suggest(void **state)
{
    static const struct {
        const char *name, *verb;
    } cases[] = {
        { "stauts", "status" },
        { "comit", "commit" },
        { "registr", "register" },
        { "servres", "servers" },
        { "enabled", "enable" },
        { "x", NULL },
        { "frobnicate", NULL },
        { "a-word-that-is-longer-than-any-verb-could-ever-be", NULL },
        { "", NULL },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        const struct verb *verb = verb_suggest(verb_table, cases[i].name);

        if (cases[i].verb)
            assert_string_equal(verb->name, cases[i].verb);
        else
            assert_null(verb);
    }
}

/* Parses one option of a verb; returns 0 and the seconds, or the exit code. */
static int parse_wait(const char *option, int *ret_seconds)
{
    static const struct verb verb = { .name = "verb", .arguments = "" };
    const struct option_entry options[] = { { "--wait", OPTION_WAIT, ret_seconds }, { 0 } };
    struct session session = { .verb = &verb };
    const char *words[OPTIONS_WORDS_MAX];
    char *argv[] = { (char *)"verb", (char *)(uintptr_t)option, NULL };

    struct silence silence = silence_begin();
    bool parsed = options_parse(&session, options, 2, argv, words);
    silence_end(&silence);
    return parsed ? 0 : session.exit_code;
}

static void test_seconds(void **state)
{
    static const char *const bad[] = { "--wait=-1", "--wait=+1", "--wait= 1", "--wait=1s", "--wait=x",
        "--wait=1000001", "--wait=99999999999999999999", "--wait=0x10" };
    int seconds = -1;

    (void)state;
    for (size_t i = 0; i < ELEMENTS(bad); i++)
        assert_int_equal(parse_wait(bad[i], &seconds), 2);
    assert_int_equal(parse_wait("--wait", &seconds), 0);
    assert_int_equal(seconds, 300);
    assert_int_equal(parse_wait("--wait=0", &seconds), 0);
    assert_int_equal(seconds, 0);
    assert_int_equal(parse_wait("--wait=", &seconds), 0);
    assert_int_equal(seconds, 300);
    assert_int_equal(parse_wait("--wait=1000000", &seconds), 0);
    assert_int_equal(seconds, 1000000);
}

static void test_token(void **state)
{
    static const struct {
        const char *text, *token;
    } cases[] = {
        { "abc\n", "abc" },
        { " \t abc \r\n\n", "abc" },
        { "abc", "abc" },
        { "a b", "a b" }, /* the daemon says what a token is */
        { "", NULL },
        { " \n", NULL },
        { "a\nb", NULL },
        { "a\xff", NULL },
        { "a\x1b", NULL },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        char text[32];

        strcpy(text, cases[i].text);
        const char *token = token_trim(text, strlen(text));
        if (cases[i].token)
            assert_string_equal(token, cases[i].token);
        else
            assert_null(token);
    }

    char with_nul[] = "abc\0def";
    assert_null(token_trim(with_nul, sizeof(with_nul) - 1));
    char ends_with_nul[] = "abc\0";
    assert_null(token_trim(ends_with_nul, 4));
}

static int run_silent(const char *const *argv)
{
    int argc = 0;

    while (argv[argc])
        argc++;
    struct silence silence = silence_begin();
    int r = run_trctl(argc, (char **)(uintptr_t)argv);
    silence_end(&silence);
    return r;
}

#define RUN(...) run_silent((const char *const[]){ "trctl", __VA_ARGS__, NULL })

static void test_usage(void **state)
{
    (void)state;
    assert_int_equal(run_silent((const char *const[]){ "trctl", NULL }), 2);
    assert_int_equal(RUN("frobnicate"), 2);
    assert_int_equal(RUN("--frobnicate", "status"), 2);
    assert_int_equal(RUN("status", "--frobnicate"), 2);
    assert_int_equal(RUN("status", "more"), 2);
    assert_int_equal(RUN("status", "--json=yes"), 2);
    assert_int_equal(RUN("status", "--socket"), 2);
    assert_int_equal(RUN("server"), 2);
    assert_int_equal(RUN("server", "a", "b"), 2);
    assert_int_equal(RUN("commit", "-m"), 2);
    assert_int_equal(RUN("register", "de7c55f3ff0absdfs4a25aae94dfb064642"), 2);
    assert_int_equal(RUN("register", "--token", "x"), 2);
    assert_int_equal(RUN("register", "--wait=soon", "--token-file", "/nonexistent"), 2);
    assert_int_equal(RUN("register", "--token-file", "/nonexistent"), 2);
    assert_int_equal(RUN("help", "frobnicate"), 2);
    assert_int_equal(RUN("help"), 0);
    assert_int_equal(RUN("help", "commit"), 0);
    assert_int_equal(RUN("--help"), 0);
    assert_int_equal(RUN("--version"), 0);
    assert_int_equal(RUN("status", "--help"), 0);
}

/* complaint("socket: a missing permission and a missing daemon are reported as EOF") */
/* Every verb that asks the daemon, wherever the options stand, says that it isn't there. */
static void test_unreachable(void **state)
{
    static const char *const words[] = { "status", "servers", "settings", "enable", "disable", "diff",
        "commit", "clear", "history", "cancel" };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(words); i++) {
        assert_int_equal(RUN("--socket", "/nonexistent/socket", words[i]), 3);
        assert_int_equal(RUN("--json", words[i], "--socket=/nonexistent/socket"), 3);
    }
    assert_int_equal(RUN("--socket=/nonexistent/socket", "status", "--watch"), 3);
    assert_int_equal(RUN("--socket=/nonexistent/socket", "server", "--", "2"), 3);
    assert_int_equal(RUN("--socket=/nonexistent/socket", "deregister", "--yes"), 3);
    assert_int_equal(RUN("--socket=/nonexistent/socket", "call", "--more", "GetStatus"), 3);
    assert_int_equal(RUN("--socket=/nonexistent/socket", "call", "GetStatus", "{}"), 3);
    assert_int_equal(RUN("--socket=/nonexistent/socket", "call", "GetStatus", "{"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_relative),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_suggest),
        cmocka_unit_test(test_seconds),
        cmocka_unit_test(test_token),
        cmocka_unit_test(test_usage),
        cmocka_unit_test(test_unreachable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
