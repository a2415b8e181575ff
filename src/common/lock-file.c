#include "common/lock-file.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <sys/file.h>

enum {
    PAUSE_MS = 10,
};

int lock_file(int fd)
{
    for (int waited = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; waited += PAUSE_MS) {
        if (errno != EWOULDBLOCK || waited >= LOCK_FILE_PATIENCE_MS)
            return -errno;
        (void)poll(NULL, 0, PAUSE_MS);
    }
    return 0;
}
