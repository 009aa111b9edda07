/* aggregate: sessions counted in memory - see reportgen/aggregate.h */
#include "config.h"

#include "reportgen/aggregate.h"
#include "t/unit/tap.h"

#include <stdlib.h>

#define DAY 86400
#define T0 1764633600
#define MB (1u << 20)

static struct report_policy
policy(const char **lines, size_t n, struct report_failure *f, size_t nf)
{
	return (struct report_policy){ .type = REPORT_POLICY_STS,
		.domain = "a.example",
		.strings = { lines, n, n },
		.mx = { lines, n > 0, n > 0 },
		.success = nf == 0,
		.failure = nf > 0,
		.failures = f,
		.nfailures = nf };
}

struct sums {
	int64_t success, failure, details, other;
	size_t rows, plain, ndetails;
	char text[2048];
};

static int
sum(void *arg, const struct rows_row *row, struct err *e)
{
	struct sums *s = arg;
	size_t at = strlen(s->text);

	(void)e;
	s->rows++;
	s->plain += row->nstrings == 0 && row->nmx == 0;
	s->success += row->success;
	s->failure += row->failure;
	s->ndetails += row->nfailures;
	for (size_t i = 0; i < row->nfailures; i++) {
		s->details += row->failures[i].sessions;
		if (row->failures[i].reason != NULL &&
		    strcmp(row->failures[i].reason, "other") == 0)
			s->other += row->failures[i].sessions;
	}
	snprintf(s->text + at, sizeof(s->text) - at,
	    "%s+%lld/%d %s %d %s %zu,%zu %lld:%lld\n", row->domain,
	    (long long)(row->begin - T0), row->length,
	    row->record != NULL ? row->record : "-", row->type,
	    row->policy_domain, row->nstrings, row->nmx,
	    (long long)row->success, (long long)row->failure);
	return 0;
}

static struct sums
sums_of(struct aggregate *a)
{
	struct sums s = { .rows = 0 };
	struct err e;

	if (aggregate_each(a, sum, &s, &e) == -1)
		fail("aggregate_each");
	return s;
}

static void
test_counting(void)
{
	const char *lines[] = { "version: STSv1", "mode: enforce" };
	const char *other[] = { "version: STSv1", "mode: none" };
	struct report_failure f = { .result = REPORT_CERTIFICATE_EXPIRED,
		.mx = "mx.a.example",
		.sessions = 1 };
	struct report_policy good = policy(lines, 2, NULL, 0);
	struct report_policy bad = policy(lines, 2, &f, 1);
	struct report_policy changed = policy(other, 2, NULL, 0);
	struct aggregate *a = aggregate_new(MB);
	struct aggregate_domain *d = aggregate_domain(a, "a.example", "one");
	struct aggregate_domain *b = aggregate_domain(a, "b.example", NULL);
	struct sums s;

	ok(d != NULL && b != NULL && d->send == -1, "two domains");
	ok(aggregate_domain(a, "a.example", NULL) == d, "one is one");
	for (int i = 0; i < 3; i++)
		is_int(aggregate_add(a, d, T0, DAY, &good), AGGREGATE_COUNTED,
		    "a success");
	is_int(aggregate_add(a, d, T0, DAY, &bad), AGGREGATE_COUNTED,
	    "a failure");
	is_int(aggregate_add(a, d, T0 + DAY, DAY, &bad), AGGREGATE_COUNTED,
	    "of the next day");
	is_int(aggregate_add(a, d, T0, 3600, &good), AGGREGATE_COUNTED,
	    "of an hour");
	is_int(aggregate_add(a, d, T0, DAY, &changed), AGGREGATE_COUNTED,
	    "of another policy");
	is_int(aggregate_add(a, b, T0, DAY, &good), AGGREGATE_COUNTED,
	    "of another domain");
	(void)aggregate_domain(a, "a.example", "two");
	s = sums_of(a);
	is_str(s.text,
	    "a.example+0/86400 two 2 a.example 2,1 3:1\n"
	    "a.example+86400/86400 two 2 a.example 2,1 0:1\n"
	    "a.example+0/3600 two 2 a.example 2,1 1:0\n"
	    "a.example+0/86400 two 2 a.example 2,1 1:0\n"
	    "b.example+0/86400 - 2 a.example 2,1 1:0\n",
	    "each has its row, with the record that was seen last");
	is_int(s.ndetails, 2, "details are of their row");
	is_int(aggregate_sessions(a), 8, "all are counted");
	aggregate_free(a);
	aggregate_free(NULL);
}

/* Two texts that run together are not the same as two others. */
static void
test_keys(void)
{
	const char *ab[] = { "ab", "c" }, *bc[] = { "a", "bc" };
	struct report_failure f[4] = {
		{ .result = 1, .mx = "x", .sessions = 1 },
		{ .result = 1, .helo = "x", .sessions = 1 },
		{ .result = 2, .mx = "x", .sessions = 1 },
		{ .result = 1, .mx = "x", .reason = "", .sessions = 1 },
	};
	struct report_policy p = policy(ab, 2, f, 4);
	struct aggregate *a = aggregate_new(MB);
	struct aggregate_domain *d = aggregate_domain(a, "a.example", NULL);
	struct sums s;

	p.mx.n = 0;
	(void)aggregate_add(a, d, T0, DAY, &p);
	(void)aggregate_add(a, d, T0, DAY, &p);
	p.strings.text = bc;
	(void)aggregate_add(a, d, T0, DAY, &p);
	s = sums_of(a);
	is_int(s.rows, 2, "\"ab\" \"c\" and \"a\" \"bc\" are two policies");
	is_int(s.ndetails, 8, "each field of a detail counts");
	is_int(s.details, 12, "and equal ones add up");
	aggregate_free(a);
}

/* Keys that a stranger invents. */
static void
test_hostile(void)
{
	char line[64], helo[64], name[64];
	const char *lines[] = { line };
	struct report_failure f = { .result = REPORT_VALIDATION_FAILURE,
		.helo = helo,
		.sessions = 1 };
	struct report_policy p = policy(lines, 1, &f, 1);
	struct aggregate *a = aggregate_new(MB);
	struct aggregate_domain *d = aggregate_domain(a, "a.example", NULL);
	int folded = 0, refused = 0, counted = 0, domains = 0;
	struct sums s;

	for (int i = 0; i < 50000; i++) {
		snprintf(line, sizeof(line), "policy %d", i / 100);
		snprintf(helo, sizeof(helo), "h%d.example", i);
		switch (aggregate_add(a, d, T0, DAY, &p)) {
		case AGGREGATE_FOLDED:
			folded++;
			break;
		case AGGREGATE_NO_ROOM:
			refused++;
			break;
		case AGGREGATE_COUNTED:
			counted++;
		}
	}
	ok(aggregate_octets(a) <= MB, "memory is bounded: %zu octets",
	    aggregate_octets(a));
	is_int(refused, 0, "no session is lost");
	s = sums_of(a);
	is_int(s.failure, 50000, "counts are exact");
	is_int(s.details, 50000, "of details, too");
	ok(folded > 0 && s.other >= folded, "texts are folded: %d", folded);
	ok(counted > 1000, "not before there is need: %d", counted);
	is_int(s.plain, 1, "one policy stands for those without room");
	/* other domains have room still, until there is none at all */
	refused = 0;
	for (int i = 0; i < 50000; i++) {
		struct aggregate_domain *o;

		snprintf(name, sizeof(name), "d%d.example", i);
		o = aggregate_domain(a, name, "v=TLSRPTv1; rua=mailto:a@b");
		if (o != NULL &&
		    aggregate_add(a, o, T0, DAY, &p) != AGGREGATE_NO_ROOM)
			domains++;
		else
			refused++;
	}
	ok(domains > 100, "other domains have room kept for them: %d", domains);
	ok(refused > 0, "until all is used up");
	ok(aggregate_octets(a) <= MB, "and memory stays bounded: %zu",
	    aggregate_octets(a));
	is_int(sums_of(a).failure, 50000 + domains, "counts are exact");
	is_int(aggregate_sessions(a), 50000 + domains, "their sum too");
	is_int(aggregate_add(a, d, T0, DAY, &p), AGGREGATE_FOLDED,
	    "who is known is counted on");
	aggregate_free(a);
}

static void
test_many_details(void)
{
	char helo[64];
	struct report_failure f = { .helo = helo, .sessions = 1 };
	struct report_policy p = policy(NULL, 0, &f, 1);
	struct aggregate *a = aggregate_new(16 * MB);
	struct aggregate_domain *d = aggregate_domain(a, "a.example", NULL);
	struct sums s;

	for (int i = 0; i < 1000; i++) {
		snprintf(helo, sizeof(helo), "h%d.example", i);
		f.result = i % 2 == 0 ? REPORT_CERTIFICATE_EXPIRED
				      : REPORT_VALIDATION_FAILURE;
		(void)aggregate_add(a, d, T0, DAY, &p);
	}
	s = sums_of(a);
	is_int(s.ndetails, AGGREGATE_DETAILS_MAX + 2,
	    "one domain's details are bounded");
	is_int(s.details, 1000, "and exact");
	is_int(s.other, 1000 - AGGREGATE_DETAILS_MAX, "the rest is \"other\"");
	aggregate_free(a);
}

static int
stop(void *arg, const struct rows_row *row, struct err *e)
{
	(void)row;
	++*(int *)arg;
	return err_set(e, ERR_SYS, "full");
}

static void
test_stopping(void)
{
	struct report_policy p = policy(NULL, 0, NULL, 0);
	struct aggregate *a = aggregate_new(MB);
	struct err e = { 0 };
	int n = 0;

	is_int(aggregate_octets(a), 0, "an empty one takes nothing");
	(void)aggregate_add(a, aggregate_domain(a, "a.example", NULL), T0, DAY,
	    &p);
	(void)aggregate_add(a, aggregate_domain(a, "b.example", NULL), T0, DAY,
	    &p);
	is_int(aggregate_each(a, stop, &n, &e), -1, "a reader that fails");
	is_int(n, 1, "ends it");
	is_str(e.text, "full", "and its error is told");
	aggregate_free(a);
}

int
main(void)
{
	test_counting();
	test_keys();
	test_hostile();
	test_many_details();
	test_stopping();
	return done_testing();
}
