#include "common/open-file.h"

#include "common/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

FILE *open_file_to_read(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

    if (!file && fd >= 0) {
        int error = errno;
        close(fd);
        errno = error;
    }
    return file;
}

FILE *open_regular_file(const char *path)
{
    FILE *file = open_file_to_read(path);
    struct stat st = { 0 };

    if (!file || (fstat(fileno(file), &st) >= 0 && S_ISREG(st.st_mode)))
        return file;
    fclose(file);
    errno = S_ISDIR(st.st_mode) ? EISDIR : EMEDIUMTYPE;
    return NULL;
}
