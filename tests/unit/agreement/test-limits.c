/* Each limit of the tables of fields, whichever there are: a value at the limit is taken, one beyond it is refused by name.
 * limits.h has them all, so that none changes unseen: what the field keeps would be refused by a smaller one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>

#include "daemon/api/methods.h"
#include "daemon/state/schema.h"
#include "daemon/worker/replies.h"
#include "unit/agreement/limits.h"
#include "worker/methods/interface.h"

enum {
    DEPTH_MAX = 8,
};

/* A field of a table, and the way to it. */
struct place {
    const struct service_field *root, *path[DEPTH_MAX];
    size_t depth;
    char name[256]; /* as limits.h has it */
};

static json_object *make_object(const struct service_field *fields);

static json_object *make_text(int64_t length)
{
    char *text = malloc((size_t)length + 1);

    memset(text, 'x', (size_t)length);
    text[length] = 0;
    json_object *value = json_object_new_string_len(text, (int)length);
    free(text);
    return value;
}

/* A value that has to be taken. */
static json_object *make_value(const struct service_field *field)
{
    switch (field->type) {
    case SERVICE_BOOL:
        return json_object_new_boolean(true);
    case SERVICE_INT:
        return json_object_new_int64(field->min);
    case SERVICE_STRING:
        return make_text(field->min);
    case SERVICE_ENUM:
        return json_object_new_string(field->choices[0]);
    case SERVICE_OBJECT:
        return make_object(field->fields);
    case SERVICE_STRINGS:
    case SERVICE_OBJECTS:
        break;
    }
    return json_object_new_array();
}

/* An object with what it must have. */
static json_object *make_object(const struct service_field *fields)
{
    json_object *object = json_object_new_object();

    for (; fields && fields->name; fields++)
        if (!fields->optional)
            json_object_object_add(object, fields->name, make_value(fields));
    return object;
}

/* Puts the value at the place of an object that is right else, and checks whether it is taken. */
static void check(const struct place *place, json_object *value, bool taken)
{
    _cleanup_json_ json_object *root = make_object(place->root);
    const struct service_field *last = place->path[place->depth - 1];
    json_object *object = root;
    char name[128] = "";

    for (size_t i = 0; i + 1 < place->depth; i++) {
        json_object *inner = make_object(place->path[i]->fields), *member = inner;

        if (place->path[i]->type == SERVICE_OBJECTS) {
            member = json_object_new_array();
            json_object_array_add(member, inner);
        }
        json_object_object_add(object, place->path[i]->name, member);
        object = inner;
    }
    json_object_object_add(object, last->name, value);
    int r = service_check_fields(place->root, root, name, sizeof(name));
    if ((r == 0) != taken)
        fail_msg(
            "%s: %.60s is %s", place->name, json_object_to_json_string(value), taken ? "refused" : "taken");
    const char *end = strlen(name) >= strlen(last->name) ? name + strlen(name) - strlen(last->name) : name;
    assert_string_equal(taken ? "" : end, taken ? name : last->name);
}

static json_object *make_list(json_object *first, json_object *second)
{
    json_object *list = json_object_new_array();

    json_object_array_add(list, first);
    json_object_array_add(list, second);
    return list;
}

static void check_length(const struct place *place, int64_t length, bool taken)
{
    const struct service_field *field = place->path[place->depth - 1];

    check(place,
        field->type == SERVICE_STRING ? make_text(length)
                                      : make_list(make_text(field->min), make_text(length)),
        taken);
}

static json_object *make_copies(const struct service_field *field, int64_t n)
{
    json_object *list = json_object_new_array();

    for (int64_t i = 0; i < n; i++)
        json_object_array_add(list, make_object(field->fields));
    return list;
}

/* Checks the values beside the limits of one field. */
static void check_field(const struct place *place)
{
    const struct service_field *field = place->path[place->depth - 1];

    switch (field->type) {
    case SERVICE_INT:
        check(place, json_object_new_int64(field->min), true);
        check(place, json_object_new_int64(field->max), true);
        if (field->min > INT64_MIN)
            check(place, json_object_new_int64(field->min - 1), false);
        if (field->max < INT64_MAX)
            check(place, json_object_new_int64(field->max + 1), false);
        break;
    case SERVICE_STRING:
    case SERVICE_STRINGS:
        check_length(place, field->min, true);
        if (field->min > 0)
            check_length(place, field->min - 1, false);
        if (field->max > 0) {
            check_length(place, field->max - 1, field->max > field->min);
            check_length(place, field->max, true);
            check_length(place, field->max + 1, false);
        }
        break;
    case SERVICE_OBJECTS:
        check(place, make_copies(field, field->max), true);
        check(place, make_copies(field, field->max + 1), false);
        break;
    case SERVICE_BOOL:
    case SERVICE_ENUM:
    case SERVICE_OBJECT:
        break;
    }
    check(place, json_object_new_double(0.5), false);
    check(place, NULL, field->optional);
}

static const struct service_field *seen[512];
static size_t n_seen, n_limits;

/* Tables that several fields share are looked at once. */
static bool is_new(const struct service_field *field)
{
    for (size_t i = 0; i < n_seen; i++)
        if (seen[i] == field)
            return false;
    assert_true(n_seen < ELEMENTS(seen));
    seen[n_seen++] = field;
    return true;
}

static bool differs;

/* Compares the limits of the field with the next line of limits.h. */
static void compare(const struct place *place)
{
    const struct service_field *field = place->path[place->depth - 1];
    char line[512];

    if (field->type == SERVICE_BOOL || field->type == SERVICE_ENUM || field->type == SERVICE_OBJECT ||
        !is_new(field))
        return;
    snprintf(line, sizeof(line), "%s %" PRId64 " %" PRId64, place->name, field->min, field->max);
    differs = differs || n_limits >= ELEMENTS(limits) || !streq(line, limits[n_limits]);
    n_limits++;
    print_message("    \"%s\",\n", line);
}

static void walk(
    const struct place *outer, const struct service_field *fields, void (*visit)(const struct place *))
{
    for (; fields && fields->name; fields++) {
        struct place place = *outer;

        place.path[place.depth++] = fields;
        assert_true(place.depth < DEPTH_MAX);
        snprintf(place.name, sizeof(place.name), "%.120s.%.120s", outer->name, fields->name);
        visit(&place);
        walk(&place, fields->fields, visit);
    }
}

static void walk_table(
    const char *name, const struct service_field *fields, void (*visit)(const struct place *))
{
    struct place place = { .root = fields };

    snprintf(place.name, sizeof(place.name), "%s", name);
    walk(&place, fields, visit);
}

static void walk_all(void (*visit)(const struct place *))
{
    static const struct {
        const char *name;
        const struct service_field *fields;
    } tables[] = {
        { "GenerateKey reply", reply_generate_key },
        { "CreateContext reply", reply_create_context },
        { "Activate reply", reply_activate },
        { "FetchTrustAnchors reply", reply_trust_anchors },
        { "Enroll reply", reply_certificate },
        { "GetContextStatus reply", reply_context_status },
        { "DeleteContext reply", reply_delete_context },
        { "Check reply", reply_check },
        { "Recognise reply", reply_recognise },
        { "Failed", reply_failed },
        { "state", schema_state_file },
    };

    for (const struct service_interface *interface = &methods_interface; interface;
         interface = interface->next)
        for (const struct service_method *method = interface->methods; method->name; method++)
            walk_table(method->name, method->fields, visit);
    for (const struct service_method *method = worker_interface.methods; method->name; method++)
        walk_table(method->name, method->fields, visit);
    for (size_t i = 0; i < ELEMENTS(tables); i++)
        walk_table(tables[i].name, tables[i].fields, visit);
}

static void test_edges(void **state)
{
    (void)state;
    walk_all(check_field);
}

static void test_limits(void **state)
{
    (void)state;
    walk_all(compare);
    if (differs || n_limits != ELEMENTS(limits))
        fail_msg("limits.h has other lines than those above: put them in if the change is meant");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
