/*
 * Parameters of every method of both programs, made from the interface descriptions, against the tables of the programs:
 * what the description does not allow is refused, and the refusal names a parameter that there is.
 */
#include "daemon/api/methods.h"
#include "fuzz/fuzz-idl.h"
#include "worker/methods/interface.h"

static json_object *make_words(void)
{
    static const char *const texts[] = { "00000000-0000-4000-8000-000000000000", "https://est.example/",
        "ec_p256", "h:443:127.0.0.1:8443" };
    json_object *array = json_object_new_array();

    for (size_t i = 0; i < ELEMENTS(texts); i++)
        json_object_array_add(array, json_object_new_string(texts[i]));
    return array;
}

/* A path like "network.proxy". */
static void require_name(json_object *in, const char *path)
{
    char name[128];

    REQUIRE(path);
    snprintf(name, sizeof(name), "%.*s", (int)strcspn(path, "."), path);
    REQUIRE(streq(name, "unknown") || json_get_object(json_get_object(in, "fields"), name));
}

static void dispatch(const struct service_interface *interface, json_object *idl, const char *name,
    json_object *parameters, bool wrong, bool more)
{
    const struct service service = { "fuzz", interface };
    const struct service_method *method = NULL;
    json_object *reply = NULL;
    char full[128];

    snprintf(full, sizeof(full), "%s.%s", interface->name, name);
    struct varlink_call call = { .method = full, .parameters = parameters, .more = more };
    int r = service_dispatch(&service, &call, &method, &reply);
    const char *error = json_get_string(reply, "error");

    REQUIRE(r == (reply ? 0 : 1));
    REQUIRE(!wrong || (error && streq(error, "org.varlink.service.InvalidParameter")));
    if (r == 1)
        REQUIRE(streq(method->name, name));
    else if (streq(error, "org.varlink.service.InvalidParameter"))
        require_name(
            idl_method(idl, name, "in"), json_get_string(json_get_object(reply, "parameters"), "parameter"));
    else
        REQUIRE(streq(error, "org.varlink.service.ExpectedMore") && method == NULL && !more);
    json_object_put(reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct service_interface *const interfaces[] = { &worker_interface, &methods_interface,
        methods_interface.next };
    static json_object *idls[ELEMENTS(interfaces)], *words;
    struct input input = { data, data + size };

    for (size_t i = 0; !words && i < ELEMENTS(interfaces); i++)
        idls[i] = idl_parse(interfaces[i]->description);
    if (!words)
        words = make_words();
    size_t place = choose(&input, ELEMENTS(interfaces));
    struct maker maker = { .input = &input, .idl = idls[place], .words = words, .field = "" };
    json_object *methods = json_get_object(maker.idl, "methods");
    size_t n = choose(&input, (size_t)json_object_object_length(methods));
    bool more = choose(&input, 2) == 0;

    json_object_object_foreach(methods, name, types)
    {
        if (n-- > 0)
            continue;
        json_object *parameters = make_struct(&maker, json_get_object(types, "in"));
        dispatch(interfaces[place], maker.idl, name, parameters, maker.wrong, more);
        json_object_put(parameters);
        break;
    }
    return 0;
}
