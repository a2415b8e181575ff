/*
 * A daemon whose steps are looked at without a worker: found by their names, asked for requests, given answers.
 */
#pragma once

#include "daemon/registration/steps.h"
#include "unit/helpers/daemon/fixture.h"
#include "unit/helpers/daemon/states.h"

#define RENEWING                                                                                             \
    IDENTITY ",\"newPrivateKey\":\"K2\",\"newCertificate\":\"C2\",\"newCertificateInfo\":" INFO("02")

/* Before and after a test: *state is the struct fixture of a core with a named appliance. */
int steps_set_up(void **state);
int steps_tear_down(void **state);

/* Reads what a registration says, from a document that has nothing else. */
struct saved steps_read_registration(json_object *registration);

/* Returns the step of a name; fails the test if there is none. */
const struct step *steps_find(const char *name);
