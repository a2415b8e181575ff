#include "ctl/console/line-history.h"

#include "common/memory.h"
#include "ctl/console/editor.h"
#include "ctl/console/secret-line.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

enum {
    FILE_MAX = 256 * 1024, /* bytes; a larger file is emptied at the next line */
};

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
    if (secret_line_is_possible(table, line)) {
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
