/*
 * What is kept of the worker's replies: for each step a function that copies from the parameters of the reply, which
 * fit their table, to the registration part of a document. The table of steps uses them. Each returns 0; -EPROTO if
 * the cloud does not report the appliance as enrolled; -EBADMSG if the reply has a value that can't be used; -EIO
 * without random numbers; -ENOMEM.
 */
#pragma once

#include "daemon/core/core.h"

/* Keeps the first key and makes the guid, unless there is one. */
int answer_key(const struct core *core, json_object *registration, json_object *reply);

/* Keeps nothing: the reply itself says that the step is done. */
int answer_nothing(const struct core *core, json_object *registration, json_object *reply);

/* Keeps the enrolment credential, the URL to enrol at, and the tenant. Drops the token, which has been used up. */
int answer_activation(const struct core *core, json_object *registration, json_object *reply);

/* Keeps the certificates of the CA. */
int answer_trust(const struct core *core, json_object *registration, json_object *reply);

/* Keeps the certificate, and the key if the server made it, and plans the renewal. Drops the enrolment
 * credential, which has been used up. */
int answer_certificate(const struct core *core, json_object *registration, json_object *reply);

/* Keeps the refresh interval and the tenant. */
int answer_status(const struct core *core, json_object *registration, json_object *reply);

/* Keeps a key of another type in place of the first one. */
int answer_rekey(const struct core *core, json_object *registration, json_object *reply);

/* Keeps the key of a renewal beside the one in use. */
int answer_renewal_key(const struct core *core, json_object *registration, json_object *reply);

/* Keeps the certificate of a renewal beside the one in use. */
int answer_renewal_certificate(const struct core *core, json_object *registration, json_object *reply);

/* Moves the new pair, which the cloud has accepted, to the place of the old one, and plans the next renewal. */
int answer_renewal_proof(const struct core *core, json_object *registration, json_object *reply);
