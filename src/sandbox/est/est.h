/*
 * The EST server (RFC 7030, RFC 8951): hands out the certificates of the device CA and issues device certificates, the
 * first for the credential of an activation, the next ones for the certificate before.
 */
#pragma once

#include "sandbox/faults/call.h"

extern const struct endpoint est_endpoints[];
