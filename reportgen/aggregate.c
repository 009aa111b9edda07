/* aggregate: sessions counted in memory - see aggregate.h */
#include "config.h"

#include "reportgen/aggregate.h"

#include "share/base/buf.h"
#include "share/base/map.h"
#include "share/base/xmem.h"
#include "share/rpt/textpool.h"

#include <stdlib.h>
#include <string.h>

#define SCRATCH_MAX (1u << 20)

struct key {
	uint64_t hash, check;
};

struct domain {
	struct map_node node;
	struct aggregate_domain d;
};

/* A failure detail; a list from the first. */
struct detail {
	struct map_node node;
	uint64_t check;
	struct detail *next;
	struct rows_failure f;
};

/* What is counted of a domain under a policy in a bucket. */
struct entry {
	struct map_node node;
	uint64_t check;
	struct entry *next; /* in the order they came */
	const struct aggregate_domain *domain;
	int64_t begin;
	int32_t length;
	int type;
	const char *policy_domain;
	const char **strings; /* behind them: mx */
	uint32_t nstrings, nmx;
	int64_t success, failure;
	struct detail *details, **last;
	size_t ndetails;
	int64_t other[REPORT_RESULT_N]; /* folded, by result */
};

struct aggregate {
	size_t max;
	struct textpool pool;
	struct map domains, entries, details, check;
	struct entry *first, **last;
	struct buf scratch;
	uint64_t sessions;
};

struct aggregate *
aggregate_new(size_t max)
{
	struct aggregate *a = xcalloc(1, sizeof(*a));

	a->max = max;
	a->last = &a->first;
	textpool_init(&a->pool, max);
	map_init(&a->domains);
	map_init(&a->entries);
	map_init(&a->details);
	map_init(&a->check); /* its key is all that is used of it */
	buf_init(&a->scratch, SCRATCH_MAX);
	return a;
}

void
aggregate_free(struct aggregate *a)
{
	if (a == NULL)
		return;
	map_clear(&a->domains);
	map_clear(&a->entries);
	map_clear(&a->details);
	map_clear(&a->check);
	textpool_clear(&a->pool);
	buf_clear(&a->scratch);
	free(a);
}

size_t
aggregate_octets(const struct aggregate *a)
{
	return a->pool.total +
	    sizeof(struct map_node *) *
	    (a->domains.nbuckets + a->entries.nbuckets + a->details.nbuckets +
		a->pool.map.nbuckets);
}

uint64_t
aggregate_sessions(const struct aggregate *a)
{
	return a->sessions;
}

/*
 * Whether n octets are free; what has keys that strangers choose leaves an
 * eighth to what keeps the counts exact.
 */
static bool
has_room(const struct aggregate *a, size_t n)
{
	return aggregate_octets(a) + n <= a->max - a->max / 8;
}

/* What a text takes at most, with its node. */
static size_t
text_octets(const char *s)
{
	return s != NULL ? strlen(s) + 64 : 0;
}

/* Room for n octets of a node; NULL when all is used up. */
static void *
take(struct aggregate *a, size_t n)
{
	void *p = NULL;

	if (aggregate_octets(a) + n <= a->max)
		p = textpool_alloc(&a->pool, n);
	if (p != NULL)
		memset(p, 0, n);
	return p;
}

/* The one copy of a text; false when there is no room. NULL stays NULL. */
static bool
intern(struct aggregate *a, const char *s, const char **kept)
{
	size_t n;

	*kept = NULL;
	if (s == NULL)
		return true;
	n = strlen(s);
	if (aggregate_octets(a) + n > a->max)
		return false;
	*kept = textpool_intern(&a->pool, s, n);
	return *kept != NULL;
}

/* ---- keys ---- */

static void
begin_key(struct aggregate *a)
{
	buf_reset(&a->scratch);
}

/* A text with its length, so that two never run into each other. */
static void
key_text(struct aggregate *a, const char *s)
{
	uint32_t n = s != NULL ? (uint32_t)strlen(s) : UINT32_MAX;

	buf_add(&a->scratch, &n, sizeof(n));
	if (s != NULL)
		buf_add(&a->scratch, s, n);
}

static void
key_list(struct aggregate *a, const struct report_list *l)
{
	buf_add(&a->scratch, &l->n, sizeof(l->n));
	for (size_t i = 0; i < l->n; i++)
		key_text(a, l->text[i]);
}

static struct key
end_key(const struct aggregate *a, const struct map *m)
{
	struct key k;

	k.hash = map_hash(m, a->scratch.data, a->scratch.len);
	k.check = map_hash(&a->check, a->scratch.data, a->scratch.len);
	return k;
}

/* ---- domains ---- */

static struct domain *
find_domain(struct aggregate *a, const char *name, uint64_t hash)
{
	struct map_node *at;

	for (at = map_first(&a->domains, hash); at != NULL; at = map_next(at)) {
		struct domain *d = MAP_ENTRY(at, struct domain, node);

		if (strcmp(d->d.name, name) == 0)
			return d;
	}
	return NULL;
}

struct aggregate_domain *
aggregate_domain(struct aggregate *a, const char *name, const char *record)
{
	uint64_t hash = map_hash(&a->domains, name, strlen(name));
	struct domain *d = find_domain(a, name, hash);
	const char *kept;

	if (d == NULL) {
		if (!intern(a, name, &kept) ||
		    (d = take(a, sizeof(*d))) == NULL)
			return NULL;
		d->d.name = kept;
		d->d.send = -1;
		map_insert(&a->domains, &d->node, hash);
	}
	if (record != NULL &&
	    (d->d.record == NULL || strcmp(d->d.record, record) != 0) &&
	    intern(a, record, &kept))
		d->d.record = kept;
	return &d->d;
}

/* ---- entries ---- */

/* What an entry is found by; plain: that of the type without its lines. */
static struct key
entry_key(struct aggregate *a, const struct aggregate_domain *d, int64_t begin,
    int32_t length, const struct report_policy *p, bool plain)
{
	int type = (int)p->type;

	begin_key(a);
	buf_add(&a->scratch, &d, sizeof(d));
	buf_add(&a->scratch, &begin, sizeof(begin));
	buf_add(&a->scratch, &length, sizeof(length));
	buf_add(&a->scratch, &type, sizeof(type));
	if (!plain) {
		key_text(a, p->domain);
		key_list(a, &p->strings);
		key_list(a, &p->mx);
	}
	return end_key(a, &a->entries);
}

static struct entry *
find_entry(const struct aggregate *a, const struct key *k)
{
	struct map_node *at;

	for (at = map_first(&a->entries, k->hash); at != NULL;
	     at = map_next(at)) {
		struct entry *e = MAP_ENTRY(at, struct entry, node);

		if (e->check == k->check)
			return e;
	}
	return NULL;
}

static size_t
policy_octets(const struct report_policy *p)
{
	size_t n = text_octets(p->domain);

	for (size_t i = 0; i < p->strings.n; i++)
		n += text_octets(p->strings.text[i]) + sizeof(char *);
	for (size_t i = 0; i < p->mx.n; i++)
		n += text_octets(p->mx.text[i]) + sizeof(char *);
	return n;
}

/* Copies the lines; false when there is no room. */
static bool
keep_policy(struct aggregate *a, struct entry *e, const struct report_policy *p)
{
	size_t n = p->strings.n + p->mx.n, at = 0;

	if (!intern(a, p->domain, &e->policy_domain))
		return false;
	if (n == 0)
		return true;
	e->strings = take(a, n * sizeof(*e->strings));
	if (e->strings == NULL)
		return false;
	for (size_t i = 0; i < p->strings.n; i++)
		if (!intern(a, p->strings.text[i], &e->strings[at++]))
			return false;
	for (size_t i = 0; i < p->mx.n; i++)
		if (!intern(a, p->mx.text[i], &e->strings[at++]))
			return false;
	e->nstrings = (uint32_t)p->strings.n;
	e->nmx = (uint32_t)p->mx.n;
	return true;
}

static struct entry *
add_entry(struct aggregate *a, const struct key *k,
    const struct aggregate_domain *d, int64_t begin, int32_t length,
    const struct report_policy *p, bool plain)
{
	struct entry *e;

	if (!plain && !has_room(a, sizeof(*e) + policy_octets(p)))
		return NULL;
	e = take(a, sizeof(*e));
	if (e == NULL)
		return NULL;
	if (plain)
		e->policy_domain = d->name;
	else if (!keep_policy(a, e, p))
		return NULL;
	e->domain = d;
	e->begin = begin;
	e->length = length;
	e->type = report_policy_type_code(p->type);
	e->last = &e->details;
	e->check = k->check;
	map_insert(&a->entries, &e->node, k->hash);
	*a->last = e;
	a->last = &e->next;
	return e;
}

/* ---- failure details ---- */

static size_t
failure_octets(const struct report_failure *f)
{
	return sizeof(struct detail) + text_octets(f->sending_ip) +
	    text_octets(f->mx) + text_octets(f->helo) +
	    text_octets(f->receiving_ip) + text_octets(f->info) +
	    text_octets(f->reason);
}

static bool
keep_failure(struct aggregate *a, struct detail *t,
    const struct report_failure *f)
{
	return intern(a, f->sending_ip, &t->f.sending_ip) &&
	    intern(a, f->mx, &t->f.mx) && intern(a, f->helo, &t->f.helo) &&
	    intern(a, f->receiving_ip, &t->f.receiving_ip) &&
	    intern(a, f->info, &t->f.info) &&
	    intern(a, f->reason, &t->f.reason);
}

static struct key
detail_key(struct aggregate *a, const struct entry *e,
    const struct report_failure *f)
{
	begin_key(a);
	buf_add(&a->scratch, &e, sizeof(e));
	buf_add(&a->scratch, &f->result, sizeof(f->result));
	key_text(a, f->sending_ip);
	key_text(a, f->mx);
	key_text(a, f->helo);
	key_text(a, f->receiving_ip);
	key_text(a, f->info);
	key_text(a, f->reason);
	return end_key(a, &a->details);
}

static struct detail *
find_detail(const struct aggregate *a, const struct key *k)
{
	struct map_node *at;

	for (at = map_first(&a->details, k->hash); at != NULL;
	     at = map_next(at)) {
		struct detail *t = MAP_ENTRY(at, struct detail, node);

		if (t->check == k->check)
			return t;
	}
	return NULL;
}

/* Counts a detail; false when it was folded. */
static bool
add_detail(struct aggregate *a, struct entry *e, const struct report_failure *f)
{
	struct key k = detail_key(a, e, f);
	struct detail *t = find_detail(a, &k);

	if (t == NULL && e->ndetails < AGGREGATE_DETAILS_MAX &&
	    has_room(a, failure_octets(f)) &&
	    (t = take(a, sizeof(*t))) != NULL) {
		if (keep_failure(a, t, f)) {
			t->check = k.check;
			t->f.result = report_result_code(f->result);
			map_insert(&a->details, &t->node, k.hash);
			*e->last = t;
			e->last = &t->next;
			e->ndetails++;
		} else {
			t = NULL;
		}
	}
	if (t != NULL)
		t->f.sessions += f->sessions;
	else
		e->other[f->result] += f->sessions;
	return t != NULL;
}

enum aggregate_result
aggregate_add(struct aggregate *a, struct aggregate_domain *d, int64_t begin,
    int32_t length, const struct report_policy *p)
{
	struct key k = entry_key(a, d, begin, length, p, false);
	struct entry *e = find_entry(a, &k);
	bool whole = true;

	if (e == NULL)
		e = add_entry(a, &k, d, begin, length, p, false);
	if (e == NULL) {
		whole = false;
		k = entry_key(a, d, begin, length, p, true);
		e = find_entry(a, &k);
		if (e == NULL)
			e = add_entry(a, &k, d, begin, length, p, true);
	}
	if (e == NULL)
		return AGGREGATE_NO_ROOM;
	e->success += p->success;
	e->failure += p->failure;
	a->sessions += (uint64_t)(p->success + p->failure);
	for (size_t i = 0; i < p->nfailures; i++)
		if (!add_detail(a, e, &p->failures[i]))
			whole = false;
	return whole ? AGGREGATE_COUNTED : AGGREGATE_FOLDED;
}

/* ---- reading ---- */

/* The details of an entry as an array, those that were folded at its end. */
static struct rows_failure *
list_details(const struct entry *e, size_t *n)
{
	struct rows_failure *f =
	    xcalloc(e->ndetails + REPORT_RESULT_N, sizeof(*f));

	*n = 0;
	for (const struct detail *t = e->details; t != NULL; t = t->next)
		f[(*n)++] = t->f;
	for (int r = 0; r < REPORT_RESULT_N; r++)
		if (e->other[r] > 0)
			f[(*n)++] = (struct rows_failure){
				.result =
				    report_result_code((enum report_result)r),
				.reason = "other",
				.sessions = e->other[r],
			};
	return f;
}

int
aggregate_each(struct aggregate *a,
    int (*each)(void *arg, const struct rows_row *row, struct err *e),
    void *arg, struct err *e)
{
	int ret = 0;

	for (const struct entry *en = a->first; en != NULL && ret == 0;
	     en = en->next) {
		struct rows_row row = {
			.begin = en->begin,
			.length = en->length,
			.host = ROWS_HOST_SELF,
			.domain = en->domain->name,
			.record = en->domain->record,
			.type = en->type,
			.policy_domain = en->policy_domain,
			.strings = en->strings,
			.nstrings = en->nstrings,
			.mx = en->nmx > 0 ? en->strings + en->nstrings : NULL,
			.nmx = en->nmx,
			.success = en->success,
			.failure = en->failure,
		};
		struct rows_failure *f = list_details(en, &row.nfailures);

		row.failures = f;
		ret = each(arg, &row, e);
		free(f);
	}
	return ret;
}
