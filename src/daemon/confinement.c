#include "daemon/confinement.h"

#include "common/log.h"
#include "common/memory.h"
#include "common/user-name.h"
#include "confine/confine.h"
#include "daemon/worker/link.h"

#include <sys/socket.h>

/* The system calls of the store, the listener, and memory_trim for locked memory. */
static const char *const calls[] = { "accept4", "fchmod", "fdatasync", "flock", "fsync", "ftruncate",
    "linkat", "mlockall", "munlockall", "rename", "renameat", "renameat2", "umask", "unlink", "unlinkat",
    NULL };
static const int families[] = { AF_UNIX, -1 };

void daemon_confine(const char *state_directory, const char *socket_path)
{
    const struct confine_calls allowed = { .names = calls, .socket_families = families, .writing = true };
    const char *slash = strrchr(socket_path, '/');
    _cleanup_free_ char *folder =
        slash ? strndup(socket_path, (size_t)(slash - socket_path) + 1) : strdup(".");
    const char *const state[] = { state_directory, NULL }, *const sockets[] = { folder, NULL };
    const struct confine_paths paths = { .writable = state, .removable = sockets };

    /* The daemon loads no code later. */
    user_database_load();
    /* Without memory for its name, the folder of the socket is left out: nothing can be removed there. */
    confine(LOG_NOTICE, &paths, &allowed);
}

void daemon_confine_for_worker(const struct core *core)
{
    if (worker_is_socket(core_worker_address(core)))
        daemon_confine(core->options.state_directory, core->options.socket_path);
}
