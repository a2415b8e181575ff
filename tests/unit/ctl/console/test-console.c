/* The console's tables, what completes from them, what may be remembered, and its words for errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <stdio.h>

#include "ctl/console/commands.h"
#include "ctl/console/complete.h"
#include "ctl/console/console.h"
#include "ctl/console/line-history.h"
#include "ctl/console/link.h"
#include "ctl/console/reword.h"
#include "ctl/console/tokenizer.h"
#include "ctl/verbs.h"

#define TOKEN "de7c55f3ff0absdfs4a25aae94dfb064642"

/* No daemon answers there: what it would offer is left out. */
static struct session session = { .socket_path = "/nonexistent/socket" };

static const char *complete(struct console *console, const char *line, char *out, size_t size)
{
    static struct editor_matches matches;
    size_t used = 0;

    complete_line(console, line, &matches);
    out[0] = 0;
    for (size_t i = 0; i < matches.n; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s", i ? " " : "", matches.words[i]);
    return out;
}

static void test_completion(void **state)
{
    static const struct {
        const char *line, *words;
    } cases[] = {
        { "", "threatresponseconfig cloudserviceconfig commit clearchanges showchanges commitlog status "
              "check clustermode help exit quit" },
        { "c", "cloudserviceconfig commit clearchanges commitlog check clustermode" },
        { "COMM", "commit commitlog" },
        { "x", "" },
        { "threatresponseconfig ", "enable disable" },
        { "THREATRESPONSECONFIG D", "DISABLE" },
        { "cloudserviceconfig d", "deregister" },
        { "cloudserviceconfig register ", "--token-file --wait" },
        { "cloudserviceconfig register --token-file x --w", "--wait" },
        { "cloudserviceconfig deregister --l", "--local-only" },
        { "cloudserviceconfig settrs ", "" },
        { "cloudserviceconfig nonsense ", "" },
        { "clustermode g", "group" },
        { "clustermode group ", "" },
        { "help cl", "cloudserviceconfig clearchanges clustermode" },
        { "commit ", "" },
        { "nonsense ", "" },
        { "che", "check" },
        { "status; th", "threatresponseconfig" },
        { "status ;threatresponseconfig\te", "enable" },
    };
    struct console console = { .session = &session, .commands = command_table };
    char out[256];

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++)
        assert_string_equal(complete(&console, cases[i].line, out, sizeof(out)), cases[i].words);
    session.client = tr_client_free(session.client);
}

static void test_completion_of_answers(void **state)
{
    char *offers[] = { (char *)"REGISTER", (char *)"SETTRS", NULL };
    struct console console = { .session = &session, .commands = command_table, .answering = true };
    char out[256];

    (void)state;
    assert_string_equal(complete(&console, "sta", out, sizeof(out)), "");
    console.offers = offers;
    assert_string_equal(complete(&console, "", out, sizeof(out)), "register settrs");
    assert_string_equal(complete(&console, "S", out, sizeof(out)), "SETTRS");
    assert_string_equal(complete(&console, "sta", out, sizeof(out)), "");
}

static void test_matches(void **state)
{
    static struct editor_matches matches;
    char word[EDITOR_MATCH_MAX + 1];

    (void)state;
    editor_add_match(&matches, "CO", "commit");
    editor_add_match(&matches, "co", "commitlog");
    editor_add_match(&matches, "com", "clear");
    assert_int_equal(matches.n, 2);
    assert_int_equal(editor_common_prefix(&matches), 6);

    /* Neither a word that is too long nor one word too many. */
    memset(word, 'x', sizeof(word));
    word[EDITOR_MATCH_MAX] = 0;
    editor_add_match(&matches, "", word);
    assert_int_equal(matches.n, 2);
    for (int i = 0; i < 2 * EDITOR_MATCHES_MAX; i++)
        editor_add_match(&matches, "", "y");
    assert_int_equal(matches.n, EDITOR_MATCHES_MAX);
    assert_int_equal(editor_common_prefix(&matches), 0);
    matches.n = 0;
    assert_int_equal(editor_common_prefix(&matches), 0);
}

static void test_what_may_be_kept(void **state)
{
    static const struct {
        const char *line;
        bool may;
    } cases[] = {
        { "status", true },
        { "threatresponseconfig enable; commit \"joined\"", true },
        { "cloudserviceconfig register", true },
        { "cloudserviceconfig settrs 2", true },
        { "help cloudserviceconfig", true },
        { "commit 'why " TOKEN "'", true },
        { "comit", true },
        { "cloudserviceconfig register --token-file /root/registration-token-of-today", true },

        { "", false },
        { "cloudserviceconfig register " TOKEN, false },
        { "CLOUDSERVICECONFIG REGISTER short", false },
        { "cloudserviceconfig register --token-file x y", false },
        { "status; cloudserviceconfig register " TOKEN, false },
        { "cloudserviceconfig register " TOKEN "; status", false },
        { TOKEN, false },
        { "register " TOKEN, false },
        { "cloudserviceconfg register " TOKEN, false },
        { "cloudserviceconfig regster " TOKEN, false },
        { "cloudserviceconfig settrs " TOKEN, false },
        { "help " TOKEN, false },
        { "comit " TOKEN, false },
        { "token=" TOKEN, false },
        { "status 'unclosed", false },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++)
        if (line_history_may_keep(command_table, cases[i].line) != cases[i].may)
            fail_msg("%s", cases[i].line);
}

/* What the menus, help and completion rely on. */
static void test_tables(void **state)
{
    (void)state;
    for (const struct command *command = command_table; command->name; command++) {
        assert_ptr_equal(command_find(command_table, command->name), command);
        assert_int_equal((command->run != NULL) + (command->verb != NULL) + (command->choices != NULL), 1);
        assert_true(!command->verb || verb_find(verb_table, command->verb));
        assert_true(command->choices || command->parameters);
        assert_true(command->max_words < TOKENIZER_WORDS_MAX);
        for (const struct choice *choice = command->choices; choice && choice->name; choice++) {
            assert_ptr_equal(command_find_choice(command, choice->name), choice);
            assert_true(choice->text && choice->parameters && choice->applies);
            assert_int_equal((choice->run != NULL) + (choice->verb != NULL), 1);
            assert_true(!choice->verb || verb_find(verb_table, choice->verb));
            for (const char *c = choice->name; *c; c++)
                assert_true(isupper((unsigned char)*c));
        }
    }
}

static void test_links(void **state)
{
    (void)state;
    assert_string_equal(link_find("/usr/bin/cloudserviceconfig")->name, "cloudserviceconfig");
    assert_string_equal(link_find("threatresponseconfig")->name, "threatresponseconfig");
    assert_null(link_find("/usr/bin/trctl"));
    assert_null(link_find("/usr/bin/commit"));
    assert_null(link_find(""));
}

static void check_words(const char *code, const char *reason, const char *message, const char *hint)
{
    struct tr_error error = { .message = "As it was.", .hint = "Do it." };

    snprintf(error.code, sizeof(error.code), "%s", code);
    snprintf(error.reason, sizeof(error.reason), "%s", reason);
    reword_error(&error);
    assert_string_equal(error.message, message);
    assert_string_equal(error.hint, hint);
}

static void test_words_for_errors(void **state)
{
    (void)state;
    check_words("org.threatresponse.agent.CommitConflict", "", "As it was.",
        "Use showchanges to see the difference and clearchanges to drop what you changed; then change it "
        "anew.");
    check_words("org.threatresponse.agent.Refused", "feature_disabled", "As it was.",
        "Use the threatresponseconfig command to enable it, and commit.");
    check_words("org.threatresponse.agent.PermissionDenied", "",
        "You have no permission to change the settings of this appliance.", "Do it.");
    check_words("org.threatresponse.agent.Refused", "state_io", "As it was.", "Do it.");
    check_words("not_running", "", "As it was.", "Do it.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_completion),
        cmocka_unit_test(test_completion_of_answers),
        cmocka_unit_test(test_matches),
        cmocka_unit_test(test_what_may_be_kept),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_words_for_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
