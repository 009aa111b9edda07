/* changes: what is new in a range of days - see changes.h */
#include "config.h"

#include "analyzer/changes.h"

#include "analyzer/rows.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>

#define SILENT_REPORTS 3 /* who sent fewer has no habit yet */

const char *
change_kind_name(enum change_kind k)
{
	static const char *const names[CHANGE_KINDS] = { "new-failure", "rate",
		"silent", "policy", "recovered" };

	return names[k];
}

/* Texts of c are borrowed, NULL counts as "". */
static struct change *
add(struct changes *l, const struct change *c)
{
	struct change *n;

	if (l->n == CHANGES_MAX)
		return NULL;
	if (l->n == l->cap) {
		l->cap = l->cap == 0 ? 32 : 2 * l->cap;
		l->item = xreallocarray(l->item, l->cap, sizeof(*l->item));
	}
	n = &l->item[l->n++];
	*n = *c;
	n->domain = xstrdup(c->domain != NULL ? c->domain : "");
	n->sender = xstrdup(c->sender != NULL ? c->sender : "");
	n->type = xstrdup(c->type != NULL ? c->type : "");
	n->mx = xstrdup(c->mx != NULL ? c->mx : "");
	n->result = xstrdup(c->result != NULL ? c->result : "");
	return n;
}

static void
clear_one(struct change *c)
{
	free(c->domain);
	free(c->sender);
	free(c->type);
	free(c->mx);
	free(c->result);
}

void
changes_clear(struct changes *c)
{
	for (size_t i = 0; i < c->n; i++)
		clear_one(&c->item[i]);
	free(c->item);
	memset(c, 0, sizeof(*c));
}

static char *
text(const char *s)
{
	return (char *)(uintptr_t)s; /* for add(), which copies */
}

/* ---- failures: new ones, and those that are gone ---- */

struct failing {
	struct changes *out;
	struct changes now; /* what fails in the range */
	int64_t since;
};

static bool
take_failing(void *arg, const struct analysis_failure_sum *s)
{
	struct failing *y = arg;
	struct change c = { .kind = CHANGE_FAILURE,
		.domain = text(s->domain),
		.type = text(s->type),
		.mx = text(s->mx),
		.result = text(s->result),
		.sessions = s->sessions,
		.day = s->ever_day };

	(void)add(&y->now, &c);
	if (s->ever_day >= y->since)
		(void)add(y->out, &c);
	return true;
}

static bool
is_failing(const struct changes *now, const struct analysis_failure_sum *s)
{
	for (size_t i = 0; i < now->n; i++)
		if (strcmp(now->item[i].domain, s->domain) == 0 &&
		    strcmp(now->item[i].type, s->type) == 0 &&
		    strcmp(now->item[i].mx, s->mx) == 0 &&
		    strcmp(now->item[i].result, s->result) == 0)
			return true;
	return false;
}

/* By sender: who reported it is to have reported again. */
static bool
take_gone(void *arg, const struct analysis_failure_sum *s)
{
	struct failing *y = arg;
	struct change c = { .kind = CHANGE_RECOVERED,
		.domain = text(s->domain),
		.sender = text(s->sender),
		.type = text(s->type),
		.mx = text(s->mx),
		.result = text(s->result),
		.sessions = s->sessions,
		.day = s->last_day };

	if (!is_failing(&y->now, s))
		(void)add(y->out, &c);
	return true;
}

static int
find_failures(struct changes *c, struct analysis_store *s,
    const struct analysis_filter *f, struct err *e)
{
	const unsigned by = ANALYSIS_BY_DOMAIN | ANALYSIS_BY_TYPE |
	    ANALYSIS_BY_MX | ANALYSIS_BY_RESULT;
	struct analysis_filter before = *f;
	struct failing y = { .out = c, .since = f->since };
	int rc;

	before.until = f->since;
	before.since = f->since - CHANGES_BEFORE;
	rc = s->failures(s->ctx, f, by, take_failing, &y, e);
	if (rc == 0)
		rc = s->failures(s->ctx, &before, by | ANALYSIS_BY_SENDER,
		    take_gone, &y, e);
	changes_clear(&y.now);
	return rc;
}

/* ---- sums: rates, and who reported ---- */

struct sums {
	struct changes *out;
	struct changes pairs; /* senders and domains of the range */
	int64_t limit;
};

static bool
take_rate(void *arg, const struct analysis_sum *s)
{
	struct sums *y = arg;
	struct change c = { .kind = CHANGE_RATE,
		.domain = text(s->domain),
		.sessions = s->success + s->failure,
		.share = rows_share(s->success, s->failure),
		.day = s->first_day };

	if (c.share >= 0 && 1000000 - c.share > y->limit)
		(void)add(y->out, &c);
	return true;
}

static bool
take_pair(void *arg, const struct analysis_sum *s)
{
	struct sums *y = arg;
	struct change c = { .domain = text(s->domain),
		.sender = text(s->sender) };

	(void)add(&y->pairs, &c);
	return true;
}

static bool
has_pair(const struct changes *pairs, const char *domain, const char *sender)
{
	for (size_t i = 0; i < pairs->n; i++)
		if (strcmp(pairs->item[i].sender, sender) == 0 &&
		    (domain == NULL ||
			strcmp(pairs->item[i].domain, domain) == 0))
			return true;
	return false;
}

/* Whether one of the first n changes says the same of another sender. */
static bool
is_told(const struct changes *c, size_t n, const struct change *x)
{
	for (size_t i = 0; i < n; i++)
		if (c->item[i].kind == x->kind &&
		    strcmp(c->item[i].domain, x->domain) == 0 &&
		    strcmp(c->item[i].type, x->type) == 0 &&
		    strcmp(c->item[i].mx, x->mx) == 0 &&
		    strcmp(c->item[i].result, x->result) == 0)
			return true;
	return false;
}

/* A failure is over only if who told of it has told of the domain since. */
static void
drop_unproven(struct changes *c, const struct changes *pairs)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->n; i++) {
		struct change *x = &c->item[i];

		if (x->kind == CHANGE_RECOVERED &&
		    (!has_pair(pairs, x->domain, x->sender) ||
			is_told(c, kept, x)))
			clear_one(x);
		else
			c->item[kept++] = *x;
	}
	c->n = kept;
}

struct silence {
	struct sums *sums;
	int64_t days; /* of the range */
};

static bool
take_silent(void *arg, const struct analysis_sender *s)
{
	struct silence *y = arg;
	struct change c = { .kind = CHANGE_SILENT,
		.sender = text(s->sender),
		.sessions = s->success + s->failure,
		.day = s->last_day };
	int64_t gap;

	if (s->reports < SILENT_REPORTS ||
	    has_pair(&y->sums->pairs, NULL, s->sender))
		return true;
	/* how many days lay between its reports, rounded up */
	gap = (s->last_day - s->first_day + s->reports - 1) / s->reports;
	if (y->days > gap)
		(void)add(y->sums->out, &c);
	return true;
}

static int
find_sums(struct changes *c, struct analysis_store *s,
    const struct analysis_filter *f, int64_t limit, struct err *e)
{
	struct sums y = { .out = c, .limit = limit };
	struct silence silence = { &y, f->until - f->since };
	struct analysis_filter before = *f;
	int rc = 0;

	before.until = f->since;
	before.since = f->since - CHANGES_BEFORE;
	if (limit > 0)
		rc = s->sums(s->ctx, f, ANALYSIS_BY_DOMAIN, take_rate, &y, e);
	if (rc == 0)
		rc = s->sums(s->ctx, f, ANALYSIS_BY_DOMAIN | ANALYSIS_BY_SENDER,
		    take_pair, &y, e);
	if (rc == 0)
		rc = s->senders(s->ctx, &before, take_silent, &silence, e);
	if (rc == 0)
		drop_unproven(c, &y.pairs);
	changes_clear(&y.pairs);
	return rc;
}

/* ---- policies ---- */

struct holding {
	struct changes *out;
	struct changes old; /* sender, domain, type of older policies */
	int64_t since;
	bool second; /* the pass that adds */
};

static bool
take_held(void *arg, const struct analysis_held *h)
{
	struct holding *y = arg;
	struct change c = { .kind = CHANGE_POLICY,
		.domain = text(h->mail_domain),
		.sender = text(h->sender),
		.type = text(h->type),
		.day = h->first_day };

	if (!y->second && h->first_day < y->since) {
		(void)add(&y->old, &c);
		return true;
	}
	if (!y->second || h->first_day < y->since)
		return true;
	for (size_t i = 0; i < y->old.n; i++)
		if (strcmp(y->old.item[i].domain, c.domain) == 0 &&
		    strcmp(y->old.item[i].sender, c.sender) == 0 &&
		    strcmp(y->old.item[i].type, c.type) == 0) {
			(void)add(y->out, &c);
			break;
		}
	return true;
}

static int
find_policies(struct changes *c, struct analysis_store *s,
    const struct analysis_filter *f, struct err *e)
{
	struct holding y = { .out = c, .since = f->since };
	struct analysis_filter before = *f;
	int rc;

	before.since = f->since - CHANGES_BEFORE;
	rc = s->held(s->ctx, &before, take_held, &y, e);
	y.second = true;
	if (rc == 0)
		rc = s->held(s->ctx, f, take_held, &y, e);
	changes_clear(&y.old);
	return rc;
}

static int
compare(const void *pa, const void *pb)
{
	const struct change *a = pa, *b = pb;
	int c;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	c = strcmp(a->domain, b->domain);
	return c != 0 ? c : strcmp(a->sender, b->sender);
}

int
changes_find(struct changes *c, struct analysis_store *s,
    const struct analysis_filter *f, int64_t limit, struct err *e)
{
	memset(c, 0, sizeof(*c));
	if (find_failures(c, s, f, e) == -1 ||
	    find_sums(c, s, f, limit, e) == -1 ||
	    find_policies(c, s, f, e) == -1) {
		changes_clear(c);
		return -1;
	}
	if (c->n > 1)
		qsort(c->item, c->n, sizeof(*c->item), compare);
	return 0;
}
