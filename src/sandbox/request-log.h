/*
 * One line per request: method, host, path, status, X-Request-Id, the client's port, the serial number of its
 * certificate, reason, faults. Texts of a client are made printable and cut first. Bodies and credentials are never
 * logged.
 */
#pragma once

#include "sandbox/web/answer.h"
#include "sandbox/web/request.h"

/* Logs an answered request; the status of a dropped one is "-". */
void log_request(int fd, const struct request *request, const struct answer *answer);

/* Logs a handshake that a fault acted on. */
void log_handshake(int fd, const char *host, const char *faults);
