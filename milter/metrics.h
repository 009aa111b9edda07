/*
 * metrics: the daemon's figures in Prometheus' text format, version 0.0.4.
 *
 * [metrics] listen, GET /metrics. Every family has HELP and TYPE and the
 * prefix tlsherald_; labels are words of ours from fixed sets, never a domain
 * or a host.
 *
 * Thread safety: the admin loop's thread. Tests: t/system/metrics.t
 */
#ifndef METRICS_H
#define METRICS_H

#include "milter/control_view.h"

/* Gives the page's text, which is freed. */
char *metrics_text(const struct control_view *view);

#endif
