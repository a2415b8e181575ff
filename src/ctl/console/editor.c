#include "ctl/console/editor.h"

#include "common/memory.h"

#include <dlfcn.h>
#include <errno.h>
#include <histedit.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
    HISTORY_MAX = 500,
};

struct editor {
    EditLine *line;
    History *past;
    const char *prompt;
    bool given_up;
    editor_complete complete;
    void *userdata;
};

/* The functions of libedit, NULL before it is loaded. */
static struct {
    void *library;
    __typeof__(&el_init) init;
    __typeof__(&el_end) end;
    __typeof__(&el_set) set;
    __typeof__(&el_wset) wide_set;
    __typeof__(&el_gets) gets;
    __typeof__(&el_line) line;
    __typeof__(&el_wline) wide_line;
    __typeof__(&el_insertstr) insert;
    __typeof__(&el_deletestr) delete;
    __typeof__(&history_init) history_init;
    __typeof__(&history_end) history_end;
    __typeof__(&history) history;
} edit;

/* libedit's callbacks get no pointer of ours. One editor is enough for the one terminal of a process. */
static struct editor *current;

static char *show_prompt(EditLine *line)
{
    (void)line;
    return (char *)(uintptr_t)current->prompt;
}

static void list_matches(const struct matches *matches)
{
    for (size_t i = 0; i < matches->n; i++)
        printf("%s%s", i == 0 ? "\n" : "  ", matches->words[i]);
    putchar('\n');
    fflush(stdout);
}

/* Replaces the typed part of a word by the part that all matches share; a single match gets a blank behind it. */
static unsigned char replace_word(EditLine *line, const struct matches *matches, size_t length)
{
    char text[MATCHES_WORD_MAX + 1];

    snprintf(text, sizeof(text), "%.*s%s", (int)length, matches->words[0], matches->n == 1 ? " " : "");
    edit.delete(line, (int)matches->typed);
    return edit.insert(line, text) < 0 ? CC_ERROR : CC_REFRESH;
}

static unsigned char on_tab(EditLine *line, int key)
{
    struct matches matches = { 0 };
    const LineInfo *info = edit.line(line);
    _cleanup_erase_ char *before = strndup(info->buffer, (size_t)(info->cursor - info->buffer));

    (void)key;
    if (!before)
        return CC_ERROR;
    current->complete(current->userdata, before, &matches);
    if (matches.n == 0)
        return CC_ERROR;

    size_t common = matches_get_common(&matches);
    if (matches.n == 1 || common > matches.typed)
        return replace_word(line, &matches, common);
    list_matches(&matches);
    return CC_REDISPLAY;
}

/* The terminal sends Ctrl-C as a key while a line is edited: a signal between the prompt and the read would be
 * lost. Ctrl-Z is a key then, too: a terminal has both signals or none. */
static unsigned char on_give_up(EditLine *line, int key)
{
    (void)line;
    (void)key;
    current->given_up = true;
    return CC_EOF;
}

static unsigned char on_stop(EditLine *line, int key)
{
    (void)line;
    (void)key;
    kill(0, SIGTSTP);
    return CC_REDISPLAY;
}

static bool find_symbol(const char *name, void *place)
{
    void *symbol = dlsym(edit.library, name);

    memcpy(place, &symbol, sizeof(symbol));
    return symbol;
}

static bool load_library(void)
{
    if (!edit.library)
        edit.library = dlopen("libedit.so.2", RTLD_NOW | RTLD_LOCAL);
    return edit.library && find_symbol("el_init", &edit.init) && find_symbol("el_end", &edit.end) &&
           find_symbol("el_set", &edit.set) && find_symbol("el_wset", &edit.wide_set) &&
           find_symbol("el_gets", &edit.gets) && find_symbol("el_line", &edit.line) &&
           find_symbol("el_wline", &edit.wide_line) && find_symbol("el_insertstr", &edit.insert) &&
           find_symbol("el_deletestr", &edit.delete) && find_symbol("history_init", &edit.history_init) &&
           find_symbol("history_end", &edit.history_end) && find_symbol("history", &edit.history);
}

struct editor *editor_new(editor_complete complete, void *userdata)
{
    HistEvent event;

    if (current || !load_library())
        return NULL;
    current = calloc(1, sizeof(*current));
    if (!current)
        return NULL;
    current->complete = complete;
    current->userdata = userdata;
    current->line = edit.init("trctl", stdin, stdout, stderr);
    current->past = edit.history_init();
    if (!current->line || !current->past)
        return editor_free(current);

    edit.history(current->past, &event, H_SETSIZE, HISTORY_MAX);
    edit.history(current->past, &event, H_SETUNIQUE, 1);
    edit.set(current->line, EL_EDITOR, "emacs");
    edit.set(current->line, EL_SIGNAL, 1);
    edit.set(current->line, EL_PROMPT, show_prompt);
    edit.set(current->line, EL_HIST, edit.history, current->past);
    /* Wide names: libedit converts others into copies that it never frees. */
    edit.wide_set(current->line, EL_ADDFN, L"complete", L"Completes the word", on_tab);
    edit.set(current->line, EL_BIND, "^I", "complete", NULL);
    edit.wide_set(current->line, EL_ADDFN, L"give-up", L"Gives the line up", on_give_up);
    edit.wide_set(current->line, EL_ADDFN, L"stop", L"Stops the program", on_stop);
    edit.set(current->line, EL_SETTY, "-d", "-isig", NULL);
    edit.set(current->line, EL_BIND, "^C", "give-up", NULL);
    edit.set(current->line, EL_BIND, "^Z", "stop", NULL);
    edit.set(current->line, EL_BIND, "^R", "em-inc-search-prev", NULL);
    return current;
}

struct editor *editor_free(struct editor *editor)
{
    if (!editor)
        return NULL;
    if (editor->line)
        edit.end(editor->line);
    if (editor->past)
        edit.history_end(editor->past);
    free(editor);
    current = NULL;
    return NULL;
}

int editor_read(struct editor *editor, const char *prompt, char **ret_line)
{
    int count = 0;

    editor->prompt = prompt;
    editor->given_up = false;
    /* Prepare the terminal before libedit shows the prompt: keys that are typed at once would be echoed twice. */
    edit.set(editor->line, EL_PREP_TERM, 1);
    const char *text = edit.gets(editor->line, &count);
    if (!text || count <= 0)
        return editor->given_up ? -EINTR : -ENODATA;

    *ret_line = strndup(text, strcspn(text, "\n"));
    return *ret_line ? 0 : -ENOMEM;
}

void editor_remember(struct editor *editor, const char *line)
{
    HistEvent event;

    edit.history(editor->past, &event, H_ENTER, line);
}

void editor_forget(struct editor *editor)
{
    const LineInfo *narrow = edit.line(editor->line);
    const LineInfoW *wide = edit.wide_line(editor->line);

    explicit_bzero((void *)(uintptr_t)narrow->buffer, (size_t)(narrow->lastchar - narrow->buffer));
    explicit_bzero(
        (void *)(uintptr_t)wide->buffer, (size_t)(wide->lastchar - wide->buffer) * sizeof(*wide->buffer));
}
