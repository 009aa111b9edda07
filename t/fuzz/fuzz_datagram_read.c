/* fuzz_datagram_read: datagrams; a good one has normal names and sane counts */
#include "config.h"

#include "share/base/hostname.h"
#include "share/base/utf8.h"
#include "share/rpt/datagram_read.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_text(const char *s, size_t max)
{
	if (s != NULL && (strlen(s) > max || !utf8_is_valid(s, strlen(s))))
		abort();
}

static void
check_policy(const struct report_policy *p)
{
	if (p->success + p->failure != 1 || !hostname_is_normal(p->domain) ||
	    p->type == REPORT_POLICY_UNKNOWN)
		abort();
	for (size_t i = 0; i < p->strings.n; i++)
		check_text(p->strings.text[i], DATAGRAM_READ_MAX);
	for (size_t i = 0; i < p->nfailures; i++) {
		const struct report_failure *f = &p->failures[i];

		if (f->result == REPORT_RESULT_UNKNOWN || f->sessions != 1)
			abort();
		if (f->mx != NULL && !hostname_is_normal(f->mx))
			abort();
		check_text(f->helo, HOSTNAME_MAX);
		check_text(f->reason, DATAGRAM_READ_TEXT_MAX);
		check_text(f->info, DATAGRAM_READ_TEXT_MAX);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct datagram_reader *dr = datagram_reader_new();
	struct datagram_outcome o;

	if (datagram_read(dr, (const char *)data, size, &o) == DATAGRAM_GOOD) {
		if (o.npolicies == 0 || !hostname_is_normal(o.domain))
			abort();
		for (size_t i = 0; i < o.npolicies; i++)
			check_policy(&o.policies[i]);
	}
	datagram_reader_free(dr);
	return 0;
}
