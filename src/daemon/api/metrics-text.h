/*
 * The metrics of the daemon, the counters and the state as gauges, in the text formats of OpenMetrics and Prometheus.
 */
#pragma once

#include "daemon/api/api.h"
#include "varlink/agent.h"

/* METRICS_OPENMETRICS and so on: the type MetricsFormat of the IDL. */
enum metrics_format { AGENT_METRICS_FORMAT_VALUES(METRICS_) };

/* The names of the formats in the order of the enum, NULL-terminated. */
extern const char *const metrics_format_names[];

/* Returns the text, which the caller frees; NULL without memory. */
char *metrics_text(const struct api *api, enum metrics_format format);
