/* The daemon, with someone who takes it over at its end: linked with --wrap=manager_run. */
#include "confine/attempts.h"
#include "daemon/manager.h"

int __real_manager_run(struct manager *manager);
int __wrap_manager_run(struct manager *manager);

int __wrap_manager_run(struct manager *manager)
{
    int r = __real_manager_run(manager);

    attempts_run();
    return r;
}
