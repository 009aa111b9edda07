/* filter: which sessions are counted - see filter.h */
#include "config.h"

#include "reportgen/filter.h"

#include "share/base/map.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

struct credit {
	struct map_node node;
	TAILQ_ENTRY(credit) link; /* by age */
	int64_t ms;
	char domain[];
};

struct filter {
	bool with_log;
	struct map by_domain;
	TAILQ_HEAD(, credit) credits;
	size_t n;
};

struct filter *
filter_new(bool with_log)
{
	struct filter *f = xcalloc(1, sizeof(*f));

	f->with_log = with_log;
	map_init(&f->by_domain);
	TAILQ_INIT(&f->credits);
	return f;
}

static void
drop(struct filter *f, struct credit *c)
{
	map_remove(&f->by_domain, &c->node);
	TAILQ_REMOVE(&f->credits, c, link);
	f->n--;
	free(c);
}

void
filter_forget(struct filter *f)
{
	struct credit *c;

	while ((c = TAILQ_FIRST(&f->credits)) != NULL)
		drop(f, c);
}

void
filter_free(struct filter *f)
{
	if (f == NULL)
		return;
	filter_forget(f);
	map_clear(&f->by_domain);
	free(f);
}

void
filter_set_log(struct filter *f, bool with_log)
{
	f->with_log = with_log;
}

/* A clock that was set back does not make a credit last. */
static bool
is_good(const struct credit *c, int64_t now_ms)
{
	return now_ms - c->ms <= FILTER_CREDIT_MS &&
	    c->ms - now_ms <= FILTER_CREDIT_MS;
}

static void
expire(struct filter *f, int64_t now_ms)
{
	struct credit *c;

	while ((c = TAILQ_FIRST(&f->credits)) != NULL && !is_good(c, now_ms))
		drop(f, c);
}

void
filter_own(struct filter *f, const char *domain, int64_t ms)
{
	size_t n = strlen(domain);
	struct credit *c;

	expire(f, ms);
	if (f->n == FILTER_CREDITS_MAX)
		drop(f, TAILQ_FIRST(&f->credits));
	c = xmalloc(sizeof(*c) + n + 1);
	c->ms = ms;
	memcpy(c->domain, domain, n + 1);
	map_insert(&f->by_domain, &c->node, map_hash(&f->by_domain, domain, n));
	TAILQ_INSERT_TAIL(&f->credits, c, link);
	f->n++;
}

bool
filter_is_own(struct filter *f, const char *domain, int64_t ms)
{
	struct map_node *at;
	struct credit *c;

	if (f->n == 0)
		return false;
	expire(f, ms);
	at = map_first(&f->by_domain,
	    map_hash(&f->by_domain, domain, strlen(domain)));
	for (; at != NULL; at = map_next(at)) {
		c = MAP_ENTRY(at, struct credit, node);
		if (strcmp(c->domain, domain) != 0 || !is_good(c, ms))
			continue;
		drop(f, c);
		return true;
	}
	return false;
}

/* "mode: testing" in any letter case, with blanks anywhere but in words. */
static bool
says_testing(const char *s)
{
	s += strspn(s, " \t");
	if (!text_starts_nocase(s, "mode"))
		return false;
	s += 4;
	s += strspn(s, " \t");
	if (*s++ != ':')
		return false;
	s += strspn(s, " \t");
	if (!text_starts_nocase(s, "testing"))
		return false;
	s += 7;
	return s[strspn(s, " \t\r\n")] == '\0';
}

bool
filter_is_testing(const struct report_policy *p)
{
	if (p->type != REPORT_POLICY_STS)
		return false;
	for (size_t i = 0; i < p->strings.n; i++)
		if (says_testing(p->strings.text[i]))
			return true;
	return false;
}

enum shared_dropped
filter_session(const struct filter *f, const struct datagram_outcome *o,
    const struct report_policy *p, bool logged)
{
	if (!logged && (o->record == NULL || o->record[0] == '\0'))
		return SHARED_NO_RECORD;
	if (logged || o->exact || !filter_is_testing(p))
		return SHARED_DROPPED;
	if (f->with_log)
		return SHARED_LOGGED;
	return p->success > 0 ? SHARED_TESTING : SHARED_DROPPED;
}

void
filter_each_credit(struct filter *f, int64_t now_ms,
    void (*each)(void *arg, const char *domain, int64_t ms), void *arg)
{
	const struct credit *c;

	expire(f, now_ms);
	TAILQ_FOREACH(c, &f->credits, link)
		if (is_good(c, now_ms))
			each(arg, c->domain, c->ms);
}
