#include "ctl/console/line-history.h"

#include "ctl/console/command.h"
#include "ctl/console/editor.h"
#include "ctl/console/tokenizer.h"
#include "ctl/session/token.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

enum {
    FILE_MAX = 256 * 1024, /* bytes; a larger file is emptied at the next line */
};

/* A person may have typed a token in the wrong place, or behind a mistyped word. A word is kept if it can't be a
 * token, or if the tables say that it is none. */
static bool may_keep_words(const struct command *table, int argc, char **argv)
{
    const struct command *command = command_find(table, argv[0]);
    const struct choice *choice =
        command && command->choices && argc > 1 ? command_find_choice(command, argv[1]) : NULL;

    if (choice && choice->takes_token)
        return argc == 2 || (argc == 4 && streq(argv[2], "--token-file"));
    if (command && command->takes_text && argc == 2)
        return true;
    for (int i = command ? 1 : 0; i < argc; i++)
        if (token_is_possible(argv[i]) && !command_find(table, argv[i]))
            return false;
    return true;
}

bool line_history_may_keep(const struct command *table, const char *line)
{
    struct tokenizer_command command;
    const char *mistake;
    bool may = *line;
    int r;

    while ((r = tokenizer_next(&line, &command, &mistake)) > 0)
        may = may && may_keep_words(table, command.argc, command.argv);
    tokenizer_erase(&command);
    /* A malformed line may hold a token anywhere. */
    return may && r == 0;
}

/* Opens the file in the home directory, unless it may have been put there by somebody else. */
static FILE *open_file(int flags, const char *mode)
{
    const char *home = getenv("HOME");
    char path[4096];
    struct stat st;

    if (!home || *home != '/' || snprintf(path, sizeof(path), "%s/.trctl_history", home) >= (int)sizeof(path))
        return NULL;

    _cleanup_close_ int fd = open(path, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid())
        return NULL;
    if (st.st_size > FILE_MAX && (flags & O_ACCMODE) != O_RDONLY && ftruncate(fd, 0) < 0)
        return NULL;
    FILE *file = fdopen(fd, mode);
    if (file)
        TAKE_FD(fd);
    return file;
}

void line_history_load(struct editor *editor)
{
    FILE *file = open_file(O_RDONLY, "r");
    char *line = NULL;
    size_t size = 0;

    if (!file)
        return;
    while (getline(&line, &size, file) >= 0) {
        line[strcspn(line, "\n")] = 0;
        if (*line)
            editor_remember(editor, line);
    }
    free(line);
    fclose(file);
}

void line_history_keep(struct editor *editor, const struct command *table, const char *line)
{
    if (!line_history_may_keep(table, line)) {
        editor_forget(editor);
        return;
    }
    editor_remember(editor, line);

    FILE *file = open_file(O_WRONLY | O_APPEND | O_CREAT, "a");
    if (!file)
        return;
    fprintf(file, "%s\n", line);
    fclose(file);
}
