/* What the worker gives up: it speaks to hosts that its calls name, and needs nothing else of the machine. */
#pragma once

/* No new privileges, no process, nothing executed, nothing written, no connection accepted. Where the kernel lacks a
 * feature, one line in the log says so. */
void worker_confine(void);

/* From now on only what TLS and the resolver need can be read, and these files of trust anchors (NULL: none). Holds for
 * the rest of the process: a call with other anchors wants another worker. */
void worker_confine_reading(const char *ca_bundle, const char *ca_file);
