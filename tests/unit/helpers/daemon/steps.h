/*
 * A daemon whose steps are looked at without a worker: found by their names, asked for requests, given answers.
 */
#pragma once

#include "daemon/registration/steps.h"
#include "unit/helpers/daemon/fixture.h"
#include "unit/helpers/daemon/states.h"

#define RENEWING                                                                                             \
    IDENTITY ",\"newPrivateKey\":\"K2\",\"newCertificate\":\"C2\",\"newCertificateInfo\":" INFO("02")

static inline int start_daemon(void **state)
{
    static struct fixture f;

    fixture_open(&f);
    fixture_start(&f, "identity = { name = \"sma.example\"; version = \"13.6.1\"; };\n");
    *state = &f;
    return 0;
}

static inline int stop_daemon(void **state)
{
    fixture_close(*state);
    return 0;
}

static inline json_object *parse(const char *text)
{
    json_object *object = NULL;

    assert_int_equal(json_parse(text, strlen(text), &object), 0);
    return object;
}

/* What a registration says, read from a document that has nothing else. */
static inline struct saved read_registration(json_object *registration)
{
    _cleanup_json_ json_object *document = json_object_new_object();
    struct saved saved;

    json_object_object_add(document, "registration", json_object_get(registration));
    saved_read(&saved, document);
    return saved;
}

static inline const struct step *find(const char *name)
{
    for (enum operation operation = 0; operation < OPERATION_MAX_; operation++) {
        const struct step *step = step_find(operation, name);
        if (streq(step->name, name))
            return step;
    }
    fail_msg("there is no step %s", name);
    return NULL;
}
