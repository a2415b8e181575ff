#include "sandbox/portal/fault-control.h"

#include "common/json.h"
#include "sandbox/faults/preset.h"
#include "sandbox/portal/output.h"

#include <stdio.h>

int fault_control_set(const struct store *store, const struct fault *fault)
{
    int r = fault_switch_on(store, fault);

    return r < 0 ? output_failure("cannot set the fault", r) : EXIT_SUCCESS;
}

int fault_control_set_preset(const struct store *store, const char *name)
{
    int r = preset_switch_on(store, name);

    return r < 0 ? output_failure("cannot set the faults", r) : EXIT_SUCCESS;
}

static void print_fault(json_object *entry)
{
    static const struct {
        const char *key, *label;
    } extras[] = { { "retryAfter", "--retry-after" }, { "code", "--code" } };
    const char *endpoint = json_get_string(entry, "endpoint"), *kind = json_get_string(entry, "kind"),
               *value = json_get_string(entry, "value");

    printf("%s %s", endpoint ? endpoint : "?", kind ? kind : "?");
    if (value)
        printf(" %s", value);
    for (size_t i = 0; i < ELEMENTS(extras); i++) {
        const char *text = json_get_string(entry, extras[i].key);

        if (text)
            printf(" %s \"%s\"", extras[i].label, text);
    }
    if (json_get_int(entry, "times", 0) > 0)
        printf(" --times %lld", (long long)json_get_int(entry, "times", 0));
    putchar('\n');
}

int fault_control_list(const struct store *store, bool json)
{
    _cleanup_json_ json_object *faults = NULL;
    int r;

    r = fault_list(store, &faults);
    if (r < 0)
        return output_failure("cannot read faults.json", r);
    if (json)
        return output_json(faults);
    for (size_t i = 0; i < json_object_array_length(faults); i++)
        print_fault(json_object_array_get_idx(faults, i));
    return EXIT_SUCCESS;
}

int fault_control_clear(const struct store *store, const char *endpoint)
{
    int r = fault_switch_off(store, endpoint);

    return r < 0 ? output_failure("cannot clear the faults", r) : EXIT_SUCCESS;
}
