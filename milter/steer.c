/* steer: will delivery do what the strategies say - see steer.h */
#include "config.h"

#include "milter/steer.h"

#include <string.h>

/* Whether some recipient's strategy is not the one of the plain map. */
static bool
any_differs(const struct recipient *rcpt, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (rcpt[i].leaves && rcpt[i].strategy != rcpt[i].plain)
			return true;
	return false;
}

/* Whether some recipient would get less from the plain map. */
static bool
any_demands_more(const struct recipient *rcpt, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (rcpt[i].leaves &&
		    strategy_demands_more(rcpt[i].strategy, rcpt[i].plain))
			return true;
	return false;
}

static bool
is_listed(const struct conf_list *l, const char *id)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (strcmp(l->item[i], id) == 0)
			return true;
	return false;
}

/* Why the header cannot be used, or NULL when it can. */
static const char *
no_header(const struct recipient *rcpt, size_t n,
    const struct conf_list *steered)
{
	bool by_domain = false, many_domains = false;
	size_t i;

	for (i = 0; i < n; i++) {
		if (!rcpt[i].leaves || !rcpt[i].smtp)
			return "a recipient is not sent to by transport smtp";
		if (!rcpt[i].own_hop)
			return "a recipient's next hop is not its domain";
		if (rcpt[i].strategy != rcpt[0].strategy)
			return "recipients have different strategies";
		by_domain |= rcpt[i].by_domain;
		many_domains |= strcmp(rcpt[i].domain, rcpt[0].domain) != 0;
	}
	if (by_domain && many_domains)
		return "the header would tell one recipient of another";
	if (!is_listed(steered, rcpt[0].strategy->id))
		return "the strategy is not in [milter] steered";
	return NULL;
}

/* Sendmail: a domain has one requirement, the stronger of its recipients'. */
static struct steer
judge_sendmail(const struct recipient *rcpt, size_t n)
{
	struct steer s = { STEER_NONE, NULL, NULL };
	size_t i, j;

	for (i = 0; i < n; i++) {
		if (!rcpt[i].leaves)
			continue;
		for (j = 0; j < i; j++) {
			if (!rcpt[j].leaves ||
			    rcpt[j].strategy == rcpt[i].strategy ||
			    strcmp(rcpt[j].domain, rcpt[i].domain) != 0)
				continue;
			if (strategy_demands_more(rcpt[i].strategy,
				rcpt[j].strategy) &&
			    strategy_demands_more(rcpt[j].strategy,
				rcpt[i].strategy)) {
				s.verdict = STEER_UNSTEERABLE;
				s.why = "recipients of one domain have "
					"strategies that exclude each other";
				return s;
			}
		}
	}
	return s;
}

struct steer
steer_judge(const struct recipient *rcpt, size_t n,
    const struct conf_list *steered, bool sendmail)
{
	struct steer s = { STEER_NONE, NULL, NULL };

	if (sendmail)
		return judge_sendmail(rcpt, n);
	if (!any_differs(rcpt, n))
		return s;
	s.why = no_header(rcpt, n, steered);
	if (s.why == NULL) {
		s.verdict = STEER_HEADER;
		s.id = rcpt[0].strategy->id;
	} else if (any_demands_more(rcpt, n)) {
		s.verdict = STEER_UNSTEERABLE;
	} else {
		s.why = NULL; /* the map asks for more: never weaker */
	}
	return s;
}
