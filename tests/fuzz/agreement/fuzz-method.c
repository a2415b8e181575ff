/*
 * Calls of every method of the daemon, made from its interface description, by three users of a whole daemon whose worker
 * answers as the input says. The first byte chooses how far the appliance has come before. Each call is answered in its turn and by the description, what the description does not allow
 * is refused, and the state that is left is one that the daemon takes up again.
 */
#include "common/idl.h"
#include "fuzz/fuzz-client.h"
#include "fuzz/fuzz-worker.h"

enum {
    CLIENTS = 3, /* the last one may not write; the second is of admin_group */
    ACTIONS_MAX = 64,
};

static struct fuzz_interfaces interfaces;
static json_object *worker_idl, *words;

struct run {
    struct input input;
    struct maker maker;
    struct fuzz_worker worker;
    char worker_address[128];
    struct manager *manager;
    struct fuzz_client clients[CLIENTS];
};

static json_object *describe(const char *interface)
{
    const struct service service = { "fuzz", &methods_interface };
    const struct service_method *method;
    json_object *parameters = json_object_new_object(), *reply = NULL;

    json_add_string(parameters, "interface", interface);
    struct varlink_call call = {
        .method = "org.varlink.service.GetInterfaceDescription",
        .parameters = parameters,
    };
    REQUIRE(service_dispatch(&service, &call, &method, &reply) == 0);
    const char *text = json_get_string(json_get_object(reply, "parameters"), "description");
    REQUIRE(text);
    json_object *idl = idl_parse(text);
    json_object_put(reply);
    json_object_put(parameters);
    return idl;
}

/* Texts that have a meaning somewhere. */
static json_object *collect_words(void)
{
    static const char *const texts[] = { "europe", "1", "2", "3", "americas", "APJC", "api-sse.cisco.com",
        "api.eu.sse.itd.cisco.com", "org.varlink.service", "org.threatresponse.agent", "prometheus",
        "Enrolled", "Disabled", "tls" };
    json_object *array = json_object_new_array();
    json_object *reasons = json_get_array(idl_type_of(interfaces.agent, "Reason"), "choices");

    for (size_t i = 0; i < ELEMENTS(texts); i++)
        json_object_array_add(array, json_object_new_string(texts[i]));
    for (size_t i = 0; i < json_object_array_length(reasons); i++)
        json_object_array_add(array, json_object_get(json_object_array_get_idx(reasons, i)));
    return array;
}

static void start(struct run *run)
{
    run->manager =
        fuzz_start_manager(fuzz_config("api = { admin_group = \"daemon\"; };"), run->worker_address);
    fuzz_worker_attach(&run->worker, run->manager->core.event);
}

static void stop(struct run *run)
{
    for (size_t i = 0; i < CLIENTS; i++) {
        fuzz_client_finish(&run->clients[i]);
        fuzz_client_hang_up(&run->clients[i]);
    }
    fuzz_worker_detach(&run->worker);
    run->manager = manager_free(run->manager);
}

/* What was saved is taken up by the next daemon, which stands where this one stood. Before the first change nothing is. */
static void restart(struct run *run)
{
    json_object *before = NULL;
    char path[96];

    for (size_t i = 0; i < CLIENTS; i++)
        fuzz_client_finish(&run->clients[i]);
    REQUIRE(json_object_deep_copy(run->manager->core.store.document, &before, NULL) == 0);
    stop(run);
    start(run);
    REQUIRE(!run->manager->core.store.fault);
    snprintf(path, sizeof(path), "%s/state.json", fuzz_state_directory());
    if (access(path, F_OK) == 0 && !json_object_equal(before, run->manager->core.store.document))
        fail_msg("the state was %s and is %s", json_object_to_json_string(before),
            json_object_to_json_string(run->manager->core.store.document));
    json_object_put(before);
}

/* True if a call without parameters lacks some. */
static bool needs_parameters(json_object *type)
{
    json_object_object_foreach(json_get_object(type, "fields"), name, field)
    {
        (void)name;
        if (!json_get_bool(field, "optional", false))
            return true;
    }
    return false;
}

/* Adds what may stand in a call beside the method and its parameters; true if the message is varlink then. */
static bool add_flags(struct run *run, json_object *message, struct due *due, bool *oneway)
{
    size_t choice = choose(&run->input, 32);

    due->more = choice >= 20 && choice < 24;
    *oneway = choice == 24 || choice == 25 || choice == 28;
    if (due->more || choice == 28)
        json_add_bool(message, "more", true);
    if (*oneway)
        json_add_bool(message, "oneway", true);
    if (choice == 26)
        json_add_bool(message, "upgrade", false);
    if (choice == 27)
        json_add_bool(message, "unknown", true);
    if (choice == 29)
        json_add_int(message, "more", 1);
    if (choice == 31)
        json_add_bool(message, "upgrade", true);
    if (choice == 30)
        json_object_object_add(message, "parameters", json_object_new_string("{}"));
    return choice < 27;
}

/* Sends a call; takes over the parameters. */
static void call(
    struct run *run, struct fuzz_client *client, const char *method, json_object *parameters, struct due due)
{
    json_object *message = varlink_make_call(method, parameters, false);
    bool oneway, good = add_flags(run, message, &due, &oneway);
    size_t size;
    const char *text = json_text(message, &size);

    good = good && size < (size_t)run->manager->core.config->max_message;
    fuzz_client_send(client, text, size, good, good && !oneway ? &due : NULL);
    json_object_put(message);
}

/* A reader is never told that it has written. */
static bool may_not(const struct run *run, const struct fuzz_client *client, const char *name)
{
    for (const struct service_method *method = methods_interface.methods; method->name; method++)
        if (streq(method->name, name))
            return method->permission == SERVICE_WRITE && client == &run->clients[CLIENTS - 1];
    return false;
}

/* A call of a method, with parameters that follow the description or break it in a place. */
static void call_method(struct run *run, struct fuzz_client *client, json_object *idl, size_t n)
{
    json_object *in = NULL, *out = NULL, *parameters = NULL;
    char method[128];

    json_object_object_foreach(json_get_object(idl, "methods"), name, types)
    {
        if (n-- > 0)
            continue;
        in = json_get_object(types, "in");
        out = may_not(run, client, name) && idl == interfaces.agent ? NULL : json_get_object(types, "out");
        snprintf(method, sizeof(method), "%s.%s", json_get_string(idl, "name"), name);
        break;
    }
    run->maker.idl = idl;
    run->maker.wrong = false;
    if (seldom(&run->input, 16))
        run->maker.wrong = needs_parameters(in);
    else
        parameters = make_struct(&run->maker, in);
    struct due due = {
        .out = out,
        .idl = idl,
        .error = run->maker.wrong ? "org.varlink.service.InvalidParameter" : NULL,
    };
    call(run, client, method, parameters, due);
}

static void call_unknown(struct run *run, struct fuzz_client *client)
{
    static const struct {
        const char *method, *error;
    } unknown[] = {
        { "org.threatresponse.agent.getStatus", "org.varlink.service.MethodNotFound" },
        { "org.varlink.service.", "org.varlink.service.MethodNotFound" },
        { "org.threatresponse.worker.Enroll", "org.varlink.service.InterfaceNotFound" },
        { "org.threatresponse.GetStatus", "org.varlink.service.InterfaceNotFound" },
        { "GetStatus", "org.varlink.service.InvalidParameter" },
        { "", "org.varlink.service.InvalidParameter" },
    };
    size_t n = choose(&run->input, ELEMENTS(unknown));

    call(run, client, unknown[n].method, NULL, (struct due){ .error = unknown[n].error });
}

/* What leads somewhere, in the order of an appliance's life. */
static void call_usual(struct run *run, struct fuzz_client *client)
{
    static const struct {
        const char *name, *parameters;
        bool more;
    } usual[] = {
        { "Stage", "{\"enabled\":true,\"server\":\"EUROPE\"}" },
        { "Commit", "{\"comment\":\"x\"}" },
        { "Register", "{\"token\":\"0123456789-abcdefghijklmnopq_.TOKEN\"}" },
        { "GetStatus", "{}", true },
        { "Renew", "{}" },
        { "Check", "{}", true },
        { "Deregister", "{}" },
        { "Cancel", "{}" },
        { "Retry", "{}" },
        { "Stage", "{\"enabled\":false}" },
        { "ResetIdentity", "{}" },
        { "Deregister", "{\"localOnly\":true}" },
    };
    size_t n = choose(&run->input, ELEMENTS(usual));
    char text[256];

    snprintf(text, sizeof(text), "{\"method\":\"org.threatresponse.agent.%s\",\"parameters\":%s%s}",
        usual[n].name, usual[n].parameters, usual[n].more ? ",\"more\":true" : "");
    const struct due due = {
        .out =
            may_not(run, client, usual[n].name) ? NULL : idl_method(interfaces.agent, usual[n].name, "out"),
        .more = usual[n].more,
    };
    fuzz_client_send(client, text, strlen(text), true, &due);
}

static void act(struct run *run)
{
    /* root, daemon, nobody, who is another one if he is the user of the test and so of the daemon */
    const uid_t uids[CLIENTS] = { 0, 1, geteuid() == 65534 ? 65533 : 65534 };
    size_t n_agent = (size_t)json_object_object_length(json_get_object(interfaces.agent, "methods"));
    size_t n_service = (size_t)json_object_object_length(json_get_object(interfaces.service, "methods"));
    size_t n_casebook = (size_t)json_object_object_length(json_get_object(interfaces.casebook, "methods"));
    size_t action = choose(&run->input, 16), who = choose(&run->input, CLIENTS), n;
    struct fuzz_client *client = &run->clients[who];

    if (action == 15)
        restart(run);
    if (action == 14)
        fuzz_client_hang_up(client);
    if (!client->manager)
        fuzz_client_connect(client, run->manager, uids[who]);
    if (action == 13)
        client->fragment = (size_t)1 << choose(&run->input, 16);
    if (action < 6)
        call_usual(run, client);
    else if (action < 13) {
        n = choose(&run->input, n_agent + n_service + n_casebook + 1);
        if (n < n_agent)
            call_method(run, client, interfaces.agent, n);
        else if (n < n_agent + n_service)
            call_method(run, client, interfaces.service, n - n_agent);
        else if (n < n_agent + n_service + n_casebook)
            call_method(run, client, interfaces.casebook, n - n_agent - n_service);
        else
            call_unknown(run, client);
    }
    if (choose(&run->input, 2) == 0)
        fuzz_client_finish(client);
}

/* Leads an appliance to where it is new, enabled, registered, or registering with a worker that is silent. */
static void prepare(struct run *run)
{
    static const uint8_t silent[] = { 31 };
    static const struct input plain = { 0 };
    size_t calls[] = { 0, 2, 3, 3 }, stage = choose(&run->input, ELEMENTS(calls));
    struct input input = run->input, answers = stage == 3 ? (struct input){ silent, silent + 1 } : plain;

    fuzz_client_connect(&run->clients[0], run->manager, 0);
    for (uint8_t i = 0; i < calls[stage]; i++) {
        run->input = (struct input){ &i, &i + 1 };
        call_usual(run, &run->clients[0]);
        run->input = i == 2 ? answers : plain;
        fuzz_client_finish(&run->clients[0]);
    }
    fuzz_client_hang_up(&run->clients[0]);
    run->input = input;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct run run;
    char path[96];

    if (!words) {
        interfaces = (struct fuzz_interfaces){ describe("org.threatresponse.agent"),
            describe("org.varlink.service"), describe("org.threatresponse.casebook") };
        worker_idl = idl_parse(idl_worker);
        words = collect_words();
    }
    run = (struct run){ .input = { data, data + size } };
    run.maker = (struct maker){ .input = &run.input, .words = words, .field = "" };
    for (size_t i = 0; i < CLIENTS; i++)
        run.clients[i].interfaces = &interfaces;

    fuzz_forget_state();
    snprintf(path, sizeof(path), "%s/worker", fuzz_state_directory());
    snprintf(run.worker_address, sizeof(run.worker_address), "unix:%s", path);
    struct maker answers = { .input = &run.input, .idl = worker_idl, .words = words, .field = "" };
    fuzz_worker_open(&run.worker, path, answers);
    start(&run);
    prepare(&run);
    for (size_t i = 0; i < ACTIONS_MAX && run.input.at < run.input.end; i++)
        act(&run);
    restart(&run);
    stop(&run);
    fuzz_worker_close(&run.worker);
    unlink(path);
    return 0;
}
