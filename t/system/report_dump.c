/*
 * report_dump: what is in a report.db, for tests: report_dump FILE
 *
 *	number NAME VALUE
 *	row DOMAIN BEGIN LENGTH TYPE POLICY-DOMAIN SUCCESS FAILURE STRINGS MX
 *	detail DOMAIN RESULT MX REASON SESSIONS
 *
 * fields with a tab between them.
 */
#include "config.h"

#include "share/store/report_db.h"
#include "share/store/report_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <sysexits.h>

static const char *
text(const char *s)
{
	return s != NULL ? s : "-";
}

static void
put_number(void *arg, const char *name, int64_t value)
{
	(void)arg;
	printf("number\t%s\t%" PRId64 "\n", name, value);
}

static bool
put_row(void *arg, const struct rows_row *r)
{
	(void)arg;
	printf("row\t%s\t%" PRId64 "\t%d\t%d\t%s\t%" PRId64 "\t%" PRId64
	       "\t%zu\t%zu\n",
	    r->domain, r->begin, r->length, r->type, text(r->policy_domain),
	    r->success, r->failure, r->nstrings, r->nmx);
	for (size_t i = 0; i < r->nfailures; i++)
		printf("detail\t%s\t%d\t%s\t%s\t%" PRId64 "\n", r->domain,
		    r->failures[i].result, text(r->failures[i].mx),
		    text(r->failures[i].reason), r->failures[i].sessions);
	return true;
}

int
main(int argc, char **argv)
{
	struct report_db *db;
	struct err e;
	int status = EX_OK;

	if (argc != 2) {
		fputs("usage: report_dump FILE\n", stderr);
		return EX_USAGE;
	}
	db = report_db_open_ro(argv[1], &e);
	if (db == NULL ||
	    report_db_each_int(db, "", put_number, NULL, &e) == -1 ||
	    rows_each(db, NULL, NULL, INT64_MIN, INT64_MAX, put_row, NULL,
		&e) == -1) {
		fprintf(stderr, "report_dump: %s\n", e.text);
		status = EX_DATAERR;
	}
	report_db_close(db);
	return status;
}
