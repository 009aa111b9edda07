/* fuzz_report_read: reports, plain or packed; counts and texts stay sane */
#include "config.h"

#include "share/base/utf8.h"
#include "share/rpt/report_read.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_text(const char *s)
{
	if (s != NULL && !utf8_is_valid(s, strlen(s)))
		abort();
}

static void
check_count(int64_t n)
{
	if (n < 0 || n > REPORT_COUNT_MAX)
		abort();
}

static void
check_policy(const struct report_policy *p)
{
	check_text(p->domain);
	check_count(p->success);
	check_count(p->failure);
	for (size_t i = 0; i < p->strings.n; i++)
		check_text(p->strings.text[i]);
	for (size_t i = 0; i < p->mx.n; i++)
		check_text(p->mx.text[i]);
	for (size_t i = 0; i < p->nfailures; i++) {
		check_count(p->failures[i].sessions);
		check_text(p->failures[i].mx);
		check_text(p->failures[i].reason);
		check_text(report_failure_text(&p->failures[i]));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct report_reader *rr = report_reader_new();
	enum report_verdict v;
	struct defects d;
	struct report r;

	report_init(&r, 4096);
	v = report_read_packed(rr, (const char *)data, size, &r, &d);
	if (v == REPORT_REJECTED && r.npolicies > 0)
		abort();
	if (v == REPORT_SALVAGED && d.kinds == 0)
		abort();
	check_text(r.organization);
	check_text(r.id);
	for (size_t i = 0; i < r.npolicies; i++)
		check_policy(&r.policies[i]);
	report_sort(&r);
	(void)report_totals(&r);
	report_clear(&r);
	report_reader_free(rr);
	return 0;
}
