/*
 * The counters, and the state as gauges, in the text formats of OpenMetrics and of Prometheus.
 */
#pragma once

#include "daemon/api/api.h"

enum metrics_format {
    METRICS_OPENMETRICS,
    METRICS_PROMETHEUS,
};

/* Makes the text, for the caller to free; NULL without memory. */
char *metrics_text(const struct api *api, enum metrics_format format);
