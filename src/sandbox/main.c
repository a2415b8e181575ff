#include "common/memory.h"
#include "common/version.h"
#include "sandbox/faults/check.h"
#include "sandbox/faults/kinds.h"
#include "sandbox/faults/preset.h"
#include "sandbox/options.h"
#include "sandbox/portal/fault-control.h"
#include "sandbox/portal/portal.h"
#include "sandbox/serve.h"

#include <stdio.h>
#include <string.h>

#define EXIT_USAGE 2

static int report_usage_error(const char *what, const char *name)
{
    fprintf(stderr, "trsandbox: %s %s; see trsandbox --help\n", what, name);
    return EXIT_USAGE;
}

static int run_fault_set(const struct store *store, const struct options *options)
{
    struct fault fault = {
        .endpoint = options->operands[1],
        .value = options->operands[3],
        .retry_after = options->retry_after,
        .code = options->code,
        .times = options->times,
    };
    const char *problem;

    if (options->n_operands < 3)
        return report_usage_error("an endpoint and a kind must follow", "fault set");
    if (!fault_places(fault.endpoint))
        return report_usage_error("there is no endpoint", fault.endpoint);
    fault.kind = fault_kind_find(options->operands[2]);
    if (!fault.kind)
        return report_usage_error("there is no kind of fault", options->operands[2]);
    if (fault_check(&fault, &problem) < 0) {
        fprintf(stderr, "trsandbox: fault set %s %s: %s\n", fault.endpoint, fault.kind->name, problem);
        return EXIT_USAGE;
    }
    return fault_control_set(store, &fault);
}

static int run_fault(const struct store *store, const struct options *options)
{
    const char *action = options->operands[0], *endpoint = options->operands[1];

    if (strcmp(action, "set") == 0)
        return run_fault_set(store, options);
    if (options->times || options->retry_after || options->code)
        return report_usage_error(
            "--times, --retry-after and --code go with fault set only, not with fault", action);
    if (strcmp(action, "list") == 0 && options->n_operands == 1)
        return fault_control_list(store, options->json);
    if (strcmp(action, "preset") == 0 && options->n_operands == 2) {
        if (!preset_find(endpoint))
            return report_usage_error("there is no preset", endpoint);
        return fault_control_set_preset(store, endpoint);
    }
    if (strcmp(action, "clear") == 0 && options->n_operands <= 2) {
        if (endpoint && !fault_places(endpoint))
            return report_usage_error("there is no endpoint", endpoint);
        return fault_control_clear(store, endpoint);
    }
    return report_usage_error("cannot understand: fault", action);
}

static int run_portal(const struct options *options)
{
    _cleanup_(store_close) struct store store = STORE_EMPTY;

    if (portal_open(options->directory, &store) < 0)
        return EXIT_FAILURE;
    switch (options->verb) {
    case VERB_TOKEN:
        return portal_make_token(&store, options->region, options->expired, options->json);
    case VERB_DEVICES:
        return portal_list_devices(&store, options->json);
    case VERB_REMOVE:
        return portal_remove_device(&store, options->operands[0]);
    case VERB_FAULT:
        return run_fault(&store, options);
    case VERB_SERVE:
        break;
    }
    return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    struct options options;

    if (options_parse(argc, argv, &options) < 0)
        return EXIT_USAGE;
    if (options.help) {
        options_print_usage(&options, stdout);
        return EXIT_SUCCESS;
    }
    if (options.version) {
        puts("trsandbox " TR_VERSION);
        return EXIT_SUCCESS;
    }
    if (options.verb == VERB_SERVE)
        return serve_cloud(options.directory, &options.settings, options.log_file, options.est_like);
    return run_portal(&options);
}
