/* The state file: any text is read or set aside, and what is read can be shown, planned and saved again. */
#include <dirent.h>

#include "daemon/api/status.h"
#include "daemon/registration/steps.h"
#include "fuzz/fuzz.h"

#include "fuzz/fuzz-daemon.h"

static void remove_corrupt(void)
{
    DIR *directory = opendir(fuzz_state_directory());

    REQUIRE(directory);
    for (struct dirent *entry; (entry = readdir(directory));)
        if (strncmp(entry->d_name, "state.json.corrupt-", 19) == 0)
            unlinkat(dirfd(directory), entry->d_name, 0);
    closedir(directory);
}

/* What each operation of the present state would ask first. */
static void make_requests(const struct manager *manager)
{
    const struct saved *saved = &manager->core.store.saved;
    enum state state = saved->state;

    for (enum operation operation = 0; operation < OPERATION_MAX_; operation++) {
        bool applies = state == STATE_REGISTERING ? operation == OPERATION_REGISTER
                       : state == STATE_DEREGISTERING
                           ? operation == OPERATION_DEREGISTER
                           : operation >= OPERATION_REFRESH && state == STATE_REGISTERED;

        if (applies) {
            json_object *request =
                step_find(operation, saved->steps[operation])->request(&manager->core, saved);
            REQUIRE(request);
            require_readable(request);
            json_put_erased(request);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct config *config;
    static struct manager manager;
    char line[128];

    if (size > 65536)
        return 0;
    if (!config)
        config = fuzz_config("");
    fuzz_write_state(data, size);
    manager = (struct manager){ .core = { .config = config } };
    REQUIRE(store_open(&manager.core.store, fuzz_state_directory()) == 0);
    manager.registration.core = &manager.core;
    manager.api.core = &manager.core;
    manager.api.settings = &manager.settings;
    manager.api.registration = &manager.registration;
    manager.registration.operation = OPERATION_NONE;
    for (size_t i = 0; i < OPERATION_MAX_; i++)
        manager.registration.attempts[i].due = UINT64_MAX;

    if (manager.core.store.fault)
        remove_corrupt();
    json_object *status = status_json(&manager.api);
    REQUIRE(status);
    require_readable(status);
    json_object_put(status);
    status_line(&manager.registration, line, sizeof(line));
    make_requests(&manager);
    if (!manager.core.store.read_only) {
        REQUIRE(store_commit(&manager.core.store, store_begin(&manager.core.store)) == 0);
        json_object *saved = store_begin(&manager.core.store);
        store_done(&manager.core.store);
        REQUIRE(store_open(&manager.core.store, fuzz_state_directory()) == 0);
        REQUIRE(!manager.core.store.fault && json_object_equal(saved, manager.core.store.document));
        json_put_erased(saved);
    }
    store_done(&manager.core.store);
    return 0;
}
