/*
 * The counters, and the state as gauges, in the text formats of OpenMetrics and of Prometheus.
 */
#pragma once

#include "daemon/api/api.h"
#include "varlink/agent.h"

/* METRICS_OPENMETRICS and so on: the type MetricsFormat of the IDL. */
enum metrics_format { AGENT_METRICS_FORMAT_VALUES(METRICS_) };

/* Makes the text, for the caller to free; NULL without memory. */
char *metrics_text(const struct api *api, enum metrics_format format);
