/* report_merge: adds reports to a report - see report_merge.h */
#include "config.h"

#include "share/rpt/report_merge.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>

#define TEXTS_MAX (2 * REPORT_STRINGS_MAX + 2)

/* Where an entry of the report stands; arrays move, numbers do not. */
struct place {
	struct map_node node;
	size_t policy, failure;
};

struct report_merger {
	struct report *r;
	struct map policies, failures;
	struct textpool places;
	int64_t lost;
};

struct report_merger *
report_merger_new(struct report *into)
{
	struct report_merger *m = xcalloc(1, sizeof(*m));

	m->r = into;
	map_init(&m->policies);
	map_init(&m->failures);
	textpool_init(&m->places, SIZE_MAX / 2);
	return m;
}

void
report_merger_free(struct report_merger *m)
{
	if (m == NULL)
		return;
	map_clear(&m->policies);
	map_clear(&m->failures);
	textpool_clear(&m->places);
	free(m);
}

/* The report's own copy of a text; false when it does not fit. */
static bool
intern(struct report_merger *m, const char *text, const char **own)
{
	*own = NULL;
	if (text == NULL)
		return true;
	*own = textpool_intern(&m->r->pool, text, strlen(text));
	return *own != NULL;
}

/* A policy by its texts, each the report's own: equal means equal pointers. */
struct key {
	enum report_policy_type type;
	size_t nstrings, nmx;
	const char *text[TEXTS_MAX]; /* type, domain, strings, mx */
	size_t n;
};

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool
make_key(struct report_merger *m, const struct report_policy *p, struct key *k)
{
	if (p->strings.n + p->mx.n > TEXTS_MAX - 2)
		return false;
	k->type = p->type;
	k->nstrings = p->strings.n;
	k->nmx = p->mx.n;
	k->n = 2;
	if (!intern(m, p->type_text, &k->text[0]) ||
	    !intern(m, p->domain, &k->text[1]))
		return false;
	for (size_t i = 0; i < p->strings.n; i++)
		if (!intern(m, p->strings.text[i], &k->text[k->n++]))
			return false;
	if (p->type == REPORT_POLICY_TLSA && p->strings.n > 1)
		qsort(k->text + 2, p->strings.n, sizeof(k->text[0]),
		    compare_texts);
	for (size_t i = 0; i < p->mx.n; i++)
		if (!intern(m, p->mx.text[i], &k->text[k->n++]))
			return false;
	return true;
}

static bool
has_key(const struct report_policy *p, const struct key *k)
{
	if (p->type != k->type || p->type_text != k->text[0] ||
	    p->domain != k->text[1] || p->strings.n != k->nstrings ||
	    p->mx.n != k->nmx)
		return false;
	for (size_t i = 0; i < k->nstrings; i++)
		if (p->strings.text[i] != k->text[2 + i])
			return false;
	for (size_t i = 0; i < k->nmx; i++)
		if (p->mx.text[i] != k->text[2 + k->nstrings + i])
			return false;
	return true;
}

static void
remember(struct report_merger *m, struct map *map, uint64_t hash, size_t policy,
    size_t failure)
{
	struct place *at = textpool_alloc(&m->places, sizeof(*at));

	if (at == NULL)
		abort(); /* its limit is the address space */
	at->policy = policy;
	at->failure = failure;
	map_insert(map, &at->node, hash);
}

/* Adds an empty policy with the key's texts; false when they do not fit. */
static bool
add_policy(struct report_merger *m, const struct key *k)
{
	struct report *r = m->r;
	struct report_policy *p;

	/* looked at first, so that nothing has to be taken back */
	if (r->ntexts + k->nstrings + k->nmx > REPORT_TEXTS_MAX ||
	    (p = report_add_policy(r)) == NULL)
		return false;
	p->type = k->type;
	p->type_text = k->text[0];
	p->domain = k->text[1];
	for (size_t i = 0; i < k->nstrings; i++)
		report_list_push(r, &p->strings, k->text[2 + i]);
	for (size_t i = 0; i < k->nmx; i++)
		report_list_push(r, &p->mx, k->text[2 + k->nstrings + i]);
	return true;
}

/* The number of the policy that p is in the report; -1 at a limit. */
static ssize_t
find_policy(struct report_merger *m, const struct report_policy *p)
{
	struct key k;
	uint64_t hash;

	if (!make_key(m, p, &k))
		return -1;
	hash = map_hash(&m->policies, k.text, k.n * sizeof(k.text[0]));
	for (struct map_node *n = map_first(&m->policies, hash); n != NULL;
	     n = map_next(n)) {
		const struct place *at = MAP_ENTRY(n, struct place, node);

		if (has_key(&m->r->policies[at->policy], &k))
			return (ssize_t)at->policy;
	}
	if (!add_policy(m, &k))
		return -1;
	remember(m, &m->policies, hash, m->r->npolicies - 1, 0);
	return (ssize_t)m->r->npolicies - 1;
}

static bool
same_failure(const struct report_failure *a, const struct report_failure *b)
{
	return a->result == b->result && a->result_text == b->result_text &&
	    a->sending_ip == b->sending_ip && a->mx == b->mx &&
	    a->helo == b->helo && a->receiving_ip == b->receiving_ip &&
	    a->info == b->info && a->reason == b->reason;
}

/* f with texts of the report's own; false when they do not fit. */
static bool
intern_failure(struct report_merger *m, const struct report_failure *f,
    struct report_failure *own)
{
	*own = *f;
	return intern(m, f->result_text, &own->result_text) &&
	    intern(m, f->sending_ip, &own->sending_ip) &&
	    intern(m, f->mx, &own->mx) && intern(m, f->helo, &own->helo) &&
	    intern(m, f->receiving_ip, &own->receiving_ip) &&
	    intern(m, f->info, &own->info) &&
	    intern(m, f->reason, &own->reason);
}

/* No place for an entry of its own: another of the same result takes it. */
static void
add_elsewhere(struct report_merger *m, struct report_policy *p,
    const struct report_failure *f)
{
	for (size_t i = 0; i < p->nfailures; i++)
		if (p->failures[i].result == f->result) {
			p->failures[i].sessions =
			    report_count_add(p->failures[i].sessions,
				f->sessions);
			return;
		}
	m->lost = report_count_add(m->lost, f->sessions);
}

static void
add_failure(struct report_merger *m, size_t policy,
    const struct report_failure *f)
{
	struct report_policy *p = &m->r->policies[policy];
	struct report_failure own, *to;
	uintptr_t words[9];
	uint64_t hash;

	if (!intern_failure(m, f, &own)) {
		add_elsewhere(m, p, f);
		return;
	}
	words[0] = policy;
	words[1] = (uintptr_t)own.result;
	words[2] = (uintptr_t)own.result_text;
	words[3] = (uintptr_t)own.sending_ip;
	words[4] = (uintptr_t)own.mx;
	words[5] = (uintptr_t)own.helo;
	words[6] = (uintptr_t)own.receiving_ip;
	words[7] = (uintptr_t)own.info;
	words[8] = (uintptr_t)own.reason;
	hash = map_hash(&m->failures, words, sizeof(words));
	for (struct map_node *n = map_first(&m->failures, hash); n != NULL;
	     n = map_next(n)) {
		const struct place *at = MAP_ENTRY(n, struct place, node);

		to = &m->r->policies[at->policy].failures[at->failure];
		if (at->policy == policy && same_failure(to, &own)) {
			to->sessions =
			    report_count_add(to->sessions, own.sessions);
			return;
		}
	}
	if ((to = report_add_failure(m->r, p)) == NULL) {
		add_elsewhere(m, p, f);
		return;
	}
	*to = own;
	remember(m, &m->failures, hash, policy, p->nfailures - 1);
}

int
report_merge_policy(struct report_merger *m, const struct report_policy *p)
{
	ssize_t i = find_policy(m, p);
	struct report_policy *to;

	if (i == -1)
		return -1;
	to = &m->r->policies[i];
	to->success = report_count_add(to->success, p->success);
	to->failure = report_count_add(to->failure, p->failure);
	for (size_t k = 0; k < p->nfailures; k++)
		add_failure(m, (size_t)i, &p->failures[k]);
	return 0;
}

int
report_merge(struct report_merger *m, const struct report *r)
{
	struct report *into = m->r;
	int ret = 0;

	if (r->begin != REPORT_TIME_NONE &&
	    (into->begin == REPORT_TIME_NONE || r->begin < into->begin))
		into->begin = r->begin;
	if (r->end != REPORT_TIME_NONE &&
	    (into->end == REPORT_TIME_NONE || r->end > into->end))
		into->end = r->end;
	for (size_t i = 0; i < r->npolicies; i++)
		if (report_merge_policy(m, &r->policies[i]) == -1)
			ret = -1;
	return ret;
}

int64_t
report_merger_lost(const struct report_merger *m)
{
	return m->lost;
}
