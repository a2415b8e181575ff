#include "common/service.h"

#include "common/utf8.h"
#include "common/version.h"

#include <errno.h>
#include <stdio.h>

#define SERVICE_INTERFACE "org.varlink.service"

static const char service_description[] =
    "# The varlink service interface is provided by every varlink service.\n"
    "interface org.varlink.service\n"
    "\n"
    "# Vendor, product and version of the service, and the interfaces that it has.\n"
    "method GetInfo() -> (\n"
    "  vendor: string,\n"
    "  product: string,\n"
    "  version: string,\n"
    "  url: string,\n"
    "  interfaces: []string\n"
    ")\n"
    "\n"
    "# The description of one interface.\n"
    "method GetInterfaceDescription(interface: string) -> (description: string)\n"
    "\n"
    "error InterfaceNotFound(interface: string)\n"
    "error MethodNotFound(method: string)\n"
    "error MethodNotImplemented(method: string)\n"
    "error InvalidParameter(parameter: string)\n"
    "error PermissionDenied()\n"
    "error ExpectedMore()\n";

static bool check_length(const struct service_field *field, json_object *value)
{
    int64_t length = json_object_get_string_len(value);

    return length >= field->min && (field->max == 0 || length <= field->max);
}

static bool check_choice(const struct service_field *field, json_object *value)
{
    const char *text = json_object_get_string(value);

    for (const char *const *choice = field->choices; *choice; choice++)
        if (streq(*choice, text))
            return true;
    return false;
}

static bool check_strings(const struct service_field *field, json_object *value)
{
    for (size_t i = 0; i < json_object_array_length(value); i++) {
        json_object *element = json_object_array_get_idx(value, i);

        if (!json_object_is_type(element, json_type_string) || !check_length(field, element))
            return false;
    }
    return true;
}

static int check_object(const struct service_field *field, json_object *value, char *name, size_t size)
{
    char inner[128];

    if (!json_object_is_type(value, json_type_object)) {
        snprintf(name, size, "%s", field->name);
        return -EINVAL;
    }
    int r = service_check_fields(field->fields, value, inner, sizeof(inner));
    if (r < 0)
        snprintf(name, size, "%s.%s", field->name, inner);
    return r;
}

/* Checks one value. On failure the name is the path of the field. */
static int check_value(const struct service_field *field, json_object *value, char *name, size_t size)
{
    bool good = false;

    switch (field->type) {
    case SERVICE_BOOL:
        good = json_object_is_type(value, json_type_boolean);
        break;
    case SERVICE_INT:
        good = json_object_is_type(value, json_type_int) && json_object_get_int64(value) >= field->min &&
               json_object_get_int64(value) <= field->max;
        break;
    case SERVICE_STRING:
        good = json_object_is_type(value, json_type_string) && check_length(field, value);
        break;
    case SERVICE_STRINGS:
        good = json_object_is_type(value, json_type_array) && check_strings(field, value);
        break;
    case SERVICE_ENUM:
        good = json_object_is_type(value, json_type_string) && check_choice(field, value);
        break;
    case SERVICE_OBJECT:
        return check_object(field, value, name, size);
    case SERVICE_OBJECTS:
        good = json_object_is_type(value, json_type_array) &&
               (int64_t)json_object_array_length(value) <= field->max;
        for (size_t i = 0; good && i < json_object_array_length(value); i++) {
            int r = check_object(field, json_object_array_get_idx(value, i), name, size);
            if (r < 0)
                return r;
        }
        break;
    }

    if (good)
        return 0;
    snprintf(name, size, "%s", field->name);
    return -EINVAL;
}

static const struct service_field *find_field(const struct service_field *fields, const char *name)
{
    for (const struct service_field *field = fields; field && field->name; field++)
        if (streq(field->name, name))
            return field;
    return NULL;
}

int service_check_fields(const struct service_field *fields, json_object *object, char *name, size_t size)
{
    if (object) {
        json_object_object_foreach(object, key, value)
        {
            const struct service_field *field = find_field(fields, key);

            if (!field) {
                snprintf(name, size, "%.*s", 64, key);
                utf8_trim(name);
                return -EINVAL;
            }
            if (value) {
                int r = check_value(field, value, name, size);
                if (r < 0)
                    return r;
            }
        }
    }

    for (const struct service_field *field = fields; field && field->name; field++)
        if (!field->optional && !json_object_object_get(object, field->name)) {
            snprintf(name, size, "%s", field->name);
            return -EINVAL;
        }
    return 0;
}

static json_object *named_error(const char *error, const char *key, const char *value)
{
    json_object *parameters = json_object_new_object();

    if (!parameters || json_add_string(parameters, key, value) < 0) {
        json_object_put(parameters);
        return NULL;
    }
    return varlink_make_error(error, parameters);
}

static json_object *invalid_parameter(const char *name)
{
    return named_error(SERVICE_INTERFACE ".InvalidParameter", "parameter", name);
}

static json_object *get_info(const struct service *service)
{
    _cleanup_json_ json_object *parameters = json_object_new_object();
    json_object *interfaces = json_object_new_array();

    if (!parameters || !interfaces || json_add_string(parameters, "vendor", "threatresponsed") < 0 ||
        json_add_string(parameters, "product", service->product) < 0 ||
        json_add_string(parameters, "version", TR_VERSION) < 0 ||
        json_add_string(parameters, "url", TR_URL) < 0) {
        json_object_put(interfaces);
        return NULL;
    }
    json_object_array_add(interfaces, json_object_new_string(SERVICE_INTERFACE));
    for (const struct service_interface *interface = service->interface; interface;
         interface = interface->next)
        json_object_array_add(interfaces, json_object_new_string(interface->name));
    if (json_add(parameters, "interfaces", interfaces) < 0)
        return NULL;
    return varlink_make_reply(TAKE_PTR(parameters));
}

/* Returns the interface of that name; NULL if the service has none. */
static const struct service_interface *find_interface(
    const struct service *service, const char *name, size_t length)
{
    const struct service_interface *interface = service->interface;

    while (interface && (strlen(interface->name) != length || memcmp(interface->name, name, length) != 0))
        interface = interface->next;
    return interface;
}

static json_object *get_interface_description(const struct service *service, json_object *in)
{
    const char *name = json_get_string(in, "interface");
    const struct service_interface *interface = find_interface(service, name, strlen(name));
    const char *description;

    if (streq(name, SERVICE_INTERFACE))
        description = service_description;
    else if (interface)
        description = interface->description;
    else
        return named_error(SERVICE_INTERFACE ".InterfaceNotFound", "interface", name);

    json_object *parameters = json_object_new_object();
    if (!parameters || json_add_string(parameters, "description", description) < 0) {
        json_object_put(parameters);
        return NULL;
    }
    return varlink_make_reply(parameters);
}

static const struct service_method service_methods[] = {
    { "GetInfo", NULL, SERVICE_READ, NULL },
    { "GetInterfaceDescription", (const struct service_field[]){ { "interface", SERVICE_STRING }, { 0 } },
        SERVICE_READ, NULL },
    { 0 },
};

static json_object *answer_service(
    const struct service *service, const struct service_method *method, const struct varlink_call *call)
{
    if (method == &service_methods[0])
        return get_info(service);
    return get_interface_description(service, call->parameters);
}

int service_dispatch(const struct service *service, const struct varlink_call *call,
    const struct service_method **ret_method, json_object **ret_reply)
{
    const char *dot = strrchr(call->method, '.');
    size_t length = dot ? (size_t)(dot - call->method) : 0;
    const struct service_interface *interface = find_interface(service, call->method, length);
    const struct service_method *methods = interface ? interface->methods : NULL;
    char name[256];

    if (length == strlen(SERVICE_INTERFACE) && memcmp(call->method, SERVICE_INTERFACE, length) == 0)
        methods = service_methods;

    if (!dot)
        *ret_reply = invalid_parameter("method");
    else if (!methods) {
        snprintf(name, sizeof(name), "%.*s", (int)(length < 255 ? length : 255), call->method);
        *ret_reply = named_error(SERVICE_INTERFACE ".InterfaceNotFound", "interface", utf8_trim(name));
    } else {
        const struct service_method *method = methods;

        while (method->name && !streq(method->name, dot + 1))
            method++;
        if (!method->name)
            *ret_reply = named_error(SERVICE_INTERFACE ".MethodNotFound", "method", call->method);
        else if (service_check_fields(method->fields, call->parameters, name, sizeof(name)) < 0)
            *ret_reply = invalid_parameter(name);
        else if (method->streams && !call->more)
            *ret_reply = varlink_make_error(SERVICE_INTERFACE ".ExpectedMore", NULL);
        else if (methods == service_methods)
            *ret_reply = answer_service(service, method, call);
        else {
            *ret_method = method;
            return 1;
        }
    }
    return *ret_reply ? 0 : -ENOMEM;
}
