/*
 * The calls of a regional SSE server, as docs/cloud-protocol.md has them. The handlers take the lock of the store as
 * long as they read and change a context.
 */
#pragma once

#include "sandbox/faults/call.h"

extern const struct endpoint sse_endpoints[];
