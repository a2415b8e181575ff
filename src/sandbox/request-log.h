/* One line per request: method, host, path, status, X-Request-Id, the client's port, the serial number of its
 * certificate, reason, faults. What a client sent is made printable and short first. Bodies and credentials never
 * come near it. */
#pragma once

#include "sandbox/sandbox.h"

/* Logs an answered request; "-" stands for the status of one that was dropped. */
void log_request(int fd, const struct request *request, const struct answer *answer);

/* Logs a handshake that a fault acted on. */
void log_handshake(int fd, const char *host, const char *faults);
