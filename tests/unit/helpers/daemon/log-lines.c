#include "unit/helpers/daemon/log-lines.h"

#include "unit/helpers/daemon/fixture.h"

#include <sys/mman.h>

void log_lines_begin(struct log_lines *lines, int level)
{
    fflush(stderr);
    lines->error = dup(STDERR_FILENO);
    lines->file = memfd_create("log", MFD_CLOEXEC);
    assert_true(lines->error >= 0 && lines->file >= 0);
    assert_true(dup2(lines->file, STDERR_FILENO) >= 0);
    log_set_level(level);
}

const char *log_lines_end(struct log_lines *lines)
{
    log_set_level(LOG_EMERG);
    fflush(stderr);
    assert_true(dup2(lines->error, STDERR_FILENO) >= 0);
    ssize_t n = pread(lines->file, lines->text, sizeof(lines->text) - 1, 0);
    assert_true(n >= 0);
    lines->text[n] = 0;
    close(lines->file);
    close(lines->error);
    return lines->text;
}
