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
    json_object *registration = store_registration(manager->store.document);
    const char *step = json_get_string(registration, "step");
    enum state state = registration_state(&manager->registration);

    for (enum operation operation = 0; operation < OPERATION_MAX_; operation++) {
        bool applies = state == STATE_REGISTERING ? operation == OPERATION_REGISTER
                       : state == STATE_DEREGISTERING
                           ? operation == OPERATION_DEREGISTER
                           : operation >= OPERATION_REFRESH && state == STATE_REGISTERED;
        const char *name = operation == OPERATION_RENEW ? json_get_string(registration, "renewalStep") : step;

        if (applies) {
            json_object *request = step_find(operation, name)->request(manager, registration);
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
    manager = (struct manager){ .config = config };
    REQUIRE(store_open(&manager.store, fuzz_state_directory()) == 0);
    manager.registration.manager = &manager;
    manager.registration.operation = OPERATION_NONE;
    for (size_t i = 0; i < OPERATION_MAX_; i++)
        manager.registration.attempts[i].due = UINT64_MAX;

    if (manager.store.fault)
        remove_corrupt();
    json_object *status = status_json(&manager);
    REQUIRE(status);
    require_readable(status);
    json_object_put(status);
    status_line(&manager, line, sizeof(line));
    make_requests(&manager);
    if (!manager.store.read_only) {
        REQUIRE(store_commit(&manager.store, store_begin(&manager.store)) == 0);
        json_object *saved = store_begin(&manager.store);
        store_done(&manager.store);
        REQUIRE(store_open(&manager.store, fuzz_state_directory()) == 0);
        REQUIRE(!manager.store.fault && json_object_equal(saved, manager.store.document));
        json_put_erased(saved);
    }
    store_done(&manager.store);
    return 0;
}
