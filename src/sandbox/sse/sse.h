/* The calls of a regional SSE server, as docs/cloud-protocol.md has them. Each fills the answer and returns
 * 0, also for a refusal; a negative errno is a failure of the sandbox itself. */
#pragma once

#include "sandbox/sandbox.h"

/* POST /v1/contexts */
int create_context(const struct sandbox *sandbox, const struct request *request, struct answer *answer);

/* POST /v1/contexts/{guid}/activations */
int activate_context(const struct sandbox *sandbox, const struct request *request, struct answer *answer);

/* GET /v1/contexts/{guid}/status */
int report_status(const struct sandbox *sandbox, const struct request *request, struct answer *answer);

/* POST /v1/contexts/{guid}/refresh */
int refresh_context(const struct sandbox *sandbox, const struct request *request, struct answer *answer);

/* DELETE /v1/contexts/{guid} */
int delete_context(const struct sandbox *sandbox, const struct request *request, struct answer *answer);
