/*
 * metrics_page: the store's figures in Prometheus' text format.
 *
 * Sessions and failures are gauges of the METRICS_DAYS last days: reports come
 * late and leave the store again, so nothing here only grows. Unlike those of
 * the daemons they have own domains and senders as labels; the largest
 * METRICS_SERIES_MAX are there, the rest is summed up as "other".
 *
 *	metrics [--file PATH]	prints them, or writes a file for
 *				node_exporter's textfile collector
 *	metrics --listen	serves [metrics] listen until it is ended
 *
 * Thread safety: none. Tests: t/unit/metrics_page.c
 */
#ifndef METRICS_PAGE_H
#define METRICS_PAGE_H

#include "share/base/buf.h"
#include "share/conf/conf.h"
#include "share/store/analysis_store.h"

#include <stdint.h>

#define METRICS_DAYS 7
#define METRICS_SERIES_MAX 2000

/* Appends the page. */
int metrics_page_write(const struct conf *c, struct analysis_store *s,
    int64_t now_s, struct buf *out, struct err *e) MUST_CHECK;

/* A row of the table in main.c. */
int metrics_main(const struct conf *c, const char *conf_path, int argc,
    char **argv);

#endif
