/*
 * Limits of values that both processes hold: what the worker answers, the daemon keeps, reads again and sends back. Both
 * tables of fields take them from here, so that nothing is kept that can't be used. In bytes where nothing else is said.
 */
#pragma once

enum {
    LIMIT_URL = 2048,
    LIMIT_LABEL = 256, /* of an EST server; an activation may name one of LIMIT_ACTIVATION_LABEL */
    LIMIT_ACTIVATION_LABEL = 128,
    LIMIT_NAME = 256, /* of users, tenants and the appliance */
    LIMIT_SECRET = 4096,
    LIMIT_TOKEN = 512,
    LIMIT_PRIVATE_KEY = 16384,      /* PEM */
    LIMIT_CERTIFICATE = 65536,      /* PEM, one certificate */
    LIMIT_CERTIFICATES = 192 << 10, /* PEM, a set: three of them fit into one message */
    LIMIT_STATUS = 64,
    LIMIT_REGION = 63,
    LIMIT_REFRESH_INTERVAL = 30 * 86400, /* seconds */
    LIMIT_RETRY_AFTER = 86400,           /* seconds */
    LIMIT_TEXT = 192 << 10,              /* text with observables; the results fit into an errand */
};
