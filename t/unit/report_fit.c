/* report_fit: folded, then split, and every session is in some part */
#include "config.h"

#include "share/rpt/report_fit.h"
#include "share/rpt/report_merge.h"
#include "share/rpt/report_read.h"
#include "t/unit/tap.h"

#include <stdlib.h>

/* What was handed over, read back and added up. */
struct sink {
	struct report_reader *rr;
	struct report sum;
	struct report_merger *m;
	unsigned parts, stop_at;
	size_t largest, details;
	int64_t success, failure, told;
	char first_id[REPORT_NAME_ID_MAX], last_id[REPORT_NAME_ID_MAX];
};

static int
take(void *ctx, const struct report_fit_part *part, struct err *e)
{
	struct sink *s = ctx;
	struct report r;
	struct defects d;

	report_init(&r, REPORT_POOL_MAX);
	s->parts++;
	s->told += part->success + part->failure;
	if (part->packed_len > s->largest)
		s->largest = part->packed_len;
	if (report_read_packed(s->rr, part->packed, part->packed_len, &r, &d) !=
	    REPORT_OK)
		fail("part %u is a good report", part->key->part);
	if (strcmp(r.id, part->id) != 0 || strcmp(r.id, s->last_id) == 0)
		fail("part %u has an id of its own", part->key->part);
	snprintf(s->last_id, sizeof(s->last_id), "%s", r.id);
	if (s->parts == 1)
		snprintf(s->first_id, sizeof(s->first_id), "%s", r.id);
	s->success += report_totals(&r).success;
	s->failure += report_totals(&r).failure;
	s->details += r.nfailures;
	if (report_merge(s->m, &r) == -1)
		fail("part %u is added", part->key->part);
	report_clear(&r);
	return s->parts == s->stop_at ? err_set(e, ERR_SYS, "stop") : 0;
}

static void
sink_init(struct sink *s)
{
	memset(s, 0, sizeof(*s));
	s->rr = report_reader_new();
	report_init(&s->sum, REPORT_POOL_MAX);
	s->m = report_merger_new(&s->sum);
}

static void
sink_clear(struct sink *s)
{
	report_merger_free(s->m);
	report_reader_free(s->rr);
	report_clear(&s->sum);
}

/* Policies with details whose texts don't compress well. */
static void
fill(struct report *r, int policies, int details)
{
	uint32_t x = 1;

	report_init(r, REPORT_POOL_MAX);
	r->organization = "o";
	r->contact = "c@o.example";
	r->begin = 1795132800;
	r->end = 1795219199;
	for (int i = 0; i < policies; i++) {
		struct report_policy *p = report_add_policy(r);
		char text[64];

		snprintf(text, sizeof(text), "p%d.example", i);
		p->type = REPORT_POLICY_TLSA;
		p->domain = textpool_add(&r->pool, text, strlen(text));
		p->success = i;
		for (int k = 0; k < details; k++) {
			struct report_failure *f = report_add_failure(r, p);

			x = x * 1664525 + 1013904223;
			snprintf(text, sizeof(text), "%08x%08x", x,
			    x * 2654435761u);
			f->result = REPORT_TLSA_INVALID;
			f->reason = textpool_add(&r->pool, text, strlen(text));
			f->sessions = k + 1;
			p->failure += k + 1;
		}
	}
}

static void
test_fit(int policies, int details, size_t max, unsigned want_parts,
    const char *name)
{
	const struct report_key key = { "o.example", "a.example", 1795132800,
		1795219200, 0 };
	struct report_totals before, after;
	struct report r;
	struct sink s;
	struct err e;

	sink_init(&s);
	fill(&r, policies, details);
	before = report_totals(&r);
	is_int(report_fit(&r, &key, max, take, &s, &e), 0, "%s", name);
	after = report_totals(&s.sum);
	if (want_parts > 0)
		is_int(s.parts, want_parts, "its parts");
	else
		ok(s.parts > 1, "in %u parts", s.parts);
	ok(s.largest <= max, "none above the size (%zu)", s.largest);
	is_int(after.success, before.success, "successes");
	is_int(after.failure, before.failure, "failures");
	is_int(after.details, before.details, "sessions of details");
	is_int(s.sum.npolicies, policies, "policies");
	diag("%zu of %zu details", s.details, before.ndetails);
	if (want_parts == 1)
		has_str(s.last_id, ".a.example@o.example", "the id");
	else
		has_str(s.last_id, s.parts == 2 ? ".002@" : ".0",
		    "a part's id");
	report_clear(&r);
	sink_clear(&s);
}

/* A range that has a report already: what comes later counts on from there. */
static void
test_later(size_t max, unsigned want_parts, const char *want_last)
{
	const struct report_key key = { "o.example", "a.example", 1795132800,
		1795219200, 2 };
	struct report r;
	struct sink s;
	struct err e;

	sink_init(&s);
	fill(&r, 20, 30);
	is_int(report_fit(&r, &key, max, take, &s, &e), 0, "a later report");
	ok(want_parts == 0 ? s.parts > 1 : s.parts == want_parts,
	    "its parts (%u)", s.parts);
	is_str(strncmp(s.first_id,
		   "20261120T000000Z-20261121T000000Z.a.example"
		   ".002@",
		   48) == 0
		? "002"
		: s.first_id,
	    "002", "the first");
	if (want_last != NULL)
		has_str(s.last_id, want_last, "the last");
	is_int(s.success + s.failure, s.told, "each part tells its counts");
	report_clear(&r);
	sink_clear(&s);
}

/* Where nothing else helps, what a policy says is left out, not its counts. */
static void
test_shrink(void)
{
	const struct report_key key = { "o.example", "a.example", 1795132800,
		1795219200, 0 };
	struct report_totals before, after;
	struct report r;
	struct sink s;
	struct err e;
	uint32_t x = 1;

	sink_init(&s);
	fill(&r, 2, 300);
	for (int i = 0; i < 400; i++) {
		char text[64];

		x = x * 1664525 + 1013904223;
		snprintf(text, sizeof(text), "%08x%08x", x, x * 2654435761u);
		if (report_list_add(&r,
			i % 2 ? &r.policies[0].mx : &r.policies[0].strings,
			text, strlen(text)) == -1)
			fail("a line");
	}
	before = report_totals(&r);
	is_int(report_fit(&r, &key, 400, take, &s, &e), 0, "huge policies");
	after = report_totals(&s.sum);
	is_int(s.parts, 2, "a part each");
	ok(s.largest <= 400, "none above the size (%zu)", s.largest);
	is_int(after.success, before.success, "successes");
	is_int(after.failure, before.failure, "failures");
	is_int(after.details, before.details, "sessions of details");
	report_clear(&r);
	sink_clear(&s);
}

static void
test_refusals(void)
{
	const struct report_key key = { "o.example", "a.example", 1795132800,
		1795219200, 0 };
	struct report r;
	struct sink s;
	struct err e;

	sink_init(&s);
	fill(&r, 3, 10);
	is_int(report_fit(&r, &key, 100, take, &s, &e), -1, "hopeless");
	is_int(e.code, ERR_LIMIT, "is a limit");
	is_int(s.parts, 0, "nothing is sent then");
	s.stop_at = 1;
	is_int(report_fit(&r, &key, 10000, take, &s, &e), -1, "stopped");
	is_int(e.code, ERR_SYS, "for the taker's reason");
	r.contact = NULL;
	is_int(report_fit(&r, &key, 10000, take, &s, &e), -1, "no contact");
	is_int(e.code, ERR_BUG, "is ours");
	report_clear(&r);
	sink_clear(&s);
}

int
main(void)
{
	test_fit(3, 5, 100000, 1, "a small report");
	test_fit(3, 2000, 20000, 1, "many details are folded");
	test_fit(200, 30, 10000, 0, "many policies are split");
	test_fit(0, 0, 1000, 1, "an empty report");
	test_later(100000, 1, ".002@");
	test_later(2000, 0, NULL);
	test_shrink();
	test_refusals();
	return done_testing();
}
