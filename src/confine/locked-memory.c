#include "confine/locked-memory.h"

#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <sys/mman.h>

enum {
    NEEDED = 64 << 20, /* for a job, thread stacks and all: what is locked counts as a whole */
};

static bool locked;

/* Pages that are not touched take no memory; a lock of the whole address space would make them. */
static int lock_all(void)
{
    return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) < 0 ? -errno : 0;
}

int memory_lock(void)
{
    int r = lock_all();

    if (r < 0)
        return r;
    /* Better nothing locked than a job that fails for RLIMIT_MEMLOCK. */
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
    /* The kernel takes no locked page back. It has but this moment to swap one out. */
    if (locked)
        munlockall();
    malloc_trim(0);
    if (locked)
        locked = lock_all() == 0;
}
