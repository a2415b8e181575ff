#include "unit/helpers/daemon/steps.h"

int steps_set_up(void **state)
{
    struct fixture *f = malloc(sizeof(*f));

    assert_non_null(f);
    fixture_open(f);
    fixture_start_core(f, "identity = { name = \"sma.example\"; version = \"13.6.1\"; };\n");
    *state = f;
    return 0;
}

int steps_tear_down(void **state)
{
    fixture_close(*state);
    free(*state);
    return 0;
}

struct saved steps_read_registration(json_object *registration)
{
    _cleanup_json_ json_object *document = json_object_new_object();
    struct saved saved;

    json_object_object_add(document, "registration", json_object_get(registration));
    saved_read(&saved, document);
    return saved;
}

const struct step *steps_find(const char *name)
{
    for (enum operation operation = 0; operation < OPERATION_MAX_; operation++) {
        const struct step *step = step_find(operation, name);

        if (streq(step->name, name))
            return step;
    }
    fail_msg("there is no step %s", name);
    return NULL;
}
