/*
 * report_sample: puts sessions into a report.db, for tests and measurements of
 * what is made of them.
 *
 *	report_sample DB DAY N [RUA]	a day of N domains dI.example
 *
 * DAY is its first second. Each domain has three policies, every fifth one
 * failures; RUA is what its record says (mailto:tlsrpt@dI.example).
 */
#include "config.h"

#include "share/base/xmem.h"
#include "share/rpt/report_type.h"
#include "share/store/report_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
die(const struct err *e)
{
	fprintf(stderr, "report_sample: %s\n", e->text);
	exit(1);
}

static void
add_policy(struct report_db *db, struct rows_row *row, int i, int k)
{
	static const enum report_policy_type types[] = { REPORT_POLICY_STS,
		REPORT_POLICY_TLSA, REPORT_POLICY_NONE };
	char text[4][80];
	const char *lines[4] = { text[0], text[1], text[2], text[3] };
	struct rows_failure f[2];
	struct err e;

	snprintf(text[0], 80, k == 0 ? "version: STSv1" : "3 1 1 %064x", i);
	snprintf(text[1], 80, k == 0 ? "mode: enforce" : "3 1 1 F%063x", i);
	snprintf(text[2], 80, "mx: mx1.d%d.example", i);
	snprintf(text[3], 80, "max_age: 604800");
	row->type = report_policy_type_code(types[k]);
	row->strings = lines;
	row->nstrings = k == 0 ? 4 : k == 1 ? 2 : 0;
	row->mx = lines;
	row->nmx = 0;
	row->success = 7 * i + k + 1;
	row->failure = i % 5 == 0 ? 3 : 0;
	row->failures = f;
	row->nfailures = i % 5 == 0 ? 2 : 0;
	for (int n = 0; n < 2; n++)
		f[n] = (struct rows_failure){ .result = 204 + n,
			.sending_ip = "2001:db8::1",
			.mx = text[2] + 4,
			.receiving_ip = "192.0.2.1",
			.reason = n == 0 ? NULL : "handshake failure",
			.sessions = n + 1 };
	if (rows_add(db, row, &e) == -1)
		die(&e);
}

int
main(int argc, char **argv)
{
	struct report_db *db;
	struct err e;
	int n;

	if (argc < 4) {
		fprintf(stderr, "report_sample: see its first lines\n");
		return 64;
	}
	db = report_db_open(argv[1], &e);
	if (db == NULL || report_db_begin(db, &e) == -1)
		die(&e);
	n = (int)strtol(argv[3], NULL, 10);
	for (int i = 0; i < n; i++) {
		char domain[40];
		char *record;
		struct rows_row row = { .begin = strtoll(argv[2], NULL, 10),
			.length = 86400,
			.host = ROWS_HOST_SELF,
			.domain = domain,
			.policy_domain = domain };

		snprintf(domain, sizeof(domain), "d%d.example", i);
		record = argc > 4
		    ? xasprintf("v=TLSRPTv1; rua=%s", argv[4])
		    : xasprintf("v=TLSRPTv1; rua=mailto:tlsrpt@%s", domain);
		row.record = record;
		for (int k = 0; k < 3; k++)
			add_policy(db, &row, i, k);
		free(record);
	}
	if (report_db_commit(db, &e) == -1)
		die(&e);
	report_db_close(db);
	return 0;
}
