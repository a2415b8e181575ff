#include "ctl/console/complete.h"

#include "common/json.h"
#include "ctl/console/command.h"
#include "ctl/console/console.h"

#include <ctype.h>

enum {
    ANSWER_MS = 1000, /* a person who pressed Tab waits no longer for the daemon */
};

/* The text before the cursor: finished words of the command, then an unfinished one, which may be empty. */
struct place {
    int n;
    const char *words[3]; /* more are dropped: behind the third all words complete alike */
    const char *typed;    /* the unfinished word */
};

/* Splits a line in place. Ignores quotes: no word that completes holds a blank. */
static void find_place(char *line, struct place *ret)
{
    char *command = strrchr(line, ';');

    *ret = (struct place){ 0 };
    for (char *at = command ? command + 1 : line;;) {
        at += strspn(at, " \t");
        ret->typed = at;
        size_t length = strcspn(at, " \t");
        if (!at[length])
            return;
        at[length] = 0;
        if (ret->n < (int)ELEMENTS(ret->words))
            ret->words[ret->n++] = at;
        at += length + 1;
    }
}

/* Adds a choice in small letters, unless the person has begun the word with a capital. */
static void add_choice(struct matches *matches, const char *typed, const char *name)
{
    char text[32];
    size_t n = 0;

    for (; name[n] && n < sizeof(text) - 1; n++)
        text[n] = isupper((unsigned char)*typed) ? name[n] : (char)tolower((unsigned char)name[n]);
    text[n] = 0;
    matches_add(matches, typed, text);
}

static void add_words(struct matches *matches, const char *typed, const char *const *words)
{
    for (; words && *words; words++)
        matches_add(matches, typed, *words);
}

/* Adds the labels of the servers, and their host names once a part of one was typed. Adds nothing and reports
 * nothing if the daemon doesn't answer. */
static void add_servers(struct console *console, struct matches *matches, const char *typed)
{
    _cleanup_json_ json_object *object = NULL;
    _cleanup_free_ char *reply = NULL;

    if (session_open(console->session) != 0)
        return;
    tr_client_set_timeout(console->session->client, ANSWER_MS);
    int r = tr_call(console->session->client, "ListServers", NULL, &reply, NULL);
    tr_client_set_timeout(console->session->client, SESSION_ANSWER_MS);
    tr_client_disconnect(console->session->client);
    if (r < 0 || json_parse(reply, strlen(reply), &object) < 0)
        return;

    json_object *servers = json_get_array(object, "servers");
    for (size_t i = 0; servers && i < json_object_array_length(servers); i++) {
        json_object *server = json_object_array_get_idx(servers, i);
        const char *label = json_get_string(server, "label"), *fqdn = json_get_string(server, "fqdn");

        if (!json_get_bool(server, "supported", false))
            continue;
        if (label)
            matches_add(matches, typed, label);
        if (fqdn && *typed)
            matches_add(matches, typed, fqdn);
    }
}

static void add_commands(struct matches *matches, const char *typed, const struct command *commands)
{
    for (const struct command *command = commands; command->name; command++)
        matches_add(matches, typed, command->name);
}

static void complete_command(struct console *console, const struct place *place, struct matches *ret)
{
    if (place->n == 0) {
        add_commands(ret, place->typed, console->commands);
        return;
    }

    const struct command *command = command_find(console->commands, place->words[0]);
    if (!command)
        return;
    if (command->takes_command && place->n == 1)
        add_commands(ret, place->typed, console->commands);
    if (command->takes_server && place->n == 1)
        add_servers(console, ret, place->typed);
    if (place->n == 1)
        add_words(ret, place->typed, command->options);
    if (!command->choices)
        return;

    if (place->n == 1) {
        for (const struct choice *choice = command->choices; choice->name; choice++)
            add_choice(ret, place->typed, choice->name);
        return;
    }
    const struct choice *choice = command_find_choice(command, place->words[1]);
    if (choice && choice->takes_server && place->n == 2)
        add_servers(console, ret, place->typed);
    else if (choice)
        add_words(ret, place->typed, choice->options);
}

void complete_line(void *userdata, const char *line, struct matches *ret)
{
    struct console *console = userdata;
    _cleanup_erase_ char *copy = strdup(line);
    struct place place;

    *ret = (struct matches){ 0 };
    if (!copy)
        return;
    if (console->offers || console->offers_servers) {
        const char *typed = line + strspn(line, " \t");

        ret->typed = strlen(typed);
        for (char *const *offer = console->offers; offer && *offer; offer++)
            add_choice(ret, typed, *offer);
        if (console->offers_servers)
            add_servers(console, ret, typed);
        return;
    }
    if (console->answering)
        return;
    find_place(copy, &place);
    ret->typed = strlen(place.typed);
    complete_command(console, &place, ret);
}
