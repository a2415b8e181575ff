/* Confines the worker: it speaks to the hosts that its calls name, and needs nothing else of the machine. */
#pragma once

/* Gives up privileges, processes, execution, writing and accepting connections. A feature that the kernel lacks is one line
 * in the log. */
void worker_confine(void);

/* Gives up reading everything but what TLS and the resolver need and these files of trust anchors (NULL: none), for the rest
 * of the process: a call with other anchors needs another worker. */
void worker_confine_reading(const char *ca_bundle, const char *ca_file);
