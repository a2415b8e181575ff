#include "confine/locked-memory.h"

#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <sys/mman.h>

enum {
    NEEDED =
        64
        << 20, /* address space for one call of the worker with its thread stacks; all of it counts as locked */
};

static bool locked;

/* Locks pages as they are touched: a lock of the whole address space would make pages that nobody needs. */
static int lock_all(void)
{
    return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) < 0 ? -errno : 0;
}

int memory_lock(void)
{
    int r = lock_all();

    if (r < 0)
        return r;
    /* Swapping is the lesser evil: with too low a RLIMIT_MEMLOCK a later allocation would fail. */
    void *room = mmap(NULL, NEEDED, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED) {
        munlockall();
        return -ENOMEM;
    }
    munmap(room, NEEDED);
    locked = true;
    return 0;
}

void memory_trim(void)
{
    /* The kernel takes no locked page back, so unlock for the moment of the trim. */
    if (locked)
        munlockall();
    malloc_trim(0);
    if (locked)
        locked = lock_all() == 0;
}
