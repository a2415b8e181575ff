/*
 * What is kept of the worker's answers: for each step a function that takes the reply's parameters, which fit its table
 * of fields, and changes the registration part of a document. Used by the table of steps. The reply is erased afterwards,
 * so all that is kept is a copy. Each returns 0; -EPROTO if the cloud does not call the appliance enrolled; -EBADMSG if the
 * reply makes no sense; -EIO without random numbers; -ENOMEM.
 */
#pragma once

#include "daemon/core/core.h"

/* The first key; the guid is made with it, once. */
int answer_key(const struct core *core, json_object *registration, json_object *reply);

/* Nothing of it: that it came is enough. */
int answer_nothing(const struct core *core, json_object *registration, json_object *reply);

/* The enrolment credential, where to enrol, and the tenant; the token has been used up. */
int answer_activation(const struct core *core, json_object *registration, json_object *reply);

/* The certificates of the CA. */
int answer_trust(const struct core *core, json_object *registration, json_object *reply);

/* The certificate, the key if the server made it, and when to renew; the enrolment credential has been used up. */
int answer_certificate(const struct core *core, json_object *registration, json_object *reply);

/* The refresh interval and the tenant of an appliance that the cloud knows. */
int answer_status(const struct core *core, json_object *registration, json_object *reply);

/* A key of another type, in place of the first one; and one of a renewal, beside the one in use. */
int answer_rekey(const struct core *core, json_object *registration, json_object *reply);
int answer_renewal_key(const struct core *core, json_object *registration, json_object *reply);

/* The certificate of a renewal, beside the one in use. */
int answer_renewal_certificate(const struct core *core, json_object *registration, json_object *reply);

/* The new pair has been used: it takes the place of the old one. */
int answer_renewal_proof(const struct core *core, json_object *registration, json_object *reply);
