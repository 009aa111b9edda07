/*
 * metrics: tlsherald-reportgen's figures in Prometheus' text format
 * (share/app/exposition.h).
 *
 * What counts since the start is in struct shared, what must be looked up in
 * report.db: reports by state, when the next is due. A store that cannot be
 * read leaves these out, and says so in one of its own.
 *
 * Thread safety: that of the connection. Tests: t/unit/metrics.c,
 * t/system/reportgen-commands.t
 */
#ifndef METRICS_H
#define METRICS_H

#include "reportgen/shared.h"
#include "share/conf/conf.h"
#include "share/store/report_db.h"

#include <stdbool.h>
#include <time.h>

/* What the page tells of; everything is borrowed. */
struct metrics_view {
	const struct conf *conf;
	struct shared *shared;
	struct report_db *db; /* NULL: it could not be opened */
	bool signs;           /* there are private keys */
	time_t started;       /* of the daemon */
};

/* Gives the page's text, which is freed. */
char *metrics_text(const struct metrics_view *v);

#endif
