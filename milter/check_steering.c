/* check_steering: strategies that need a transport - see check_parts.h */
#include "config.h"

#include "milter/check_parts.h"
#include "milter/mapref.h"
#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/policy/dialect.h"

#include <stdlib.h>
#include <string.h>

#define CHECKS "milter_header_checks"

/* The answer of milter_header_checks for the strategy's header; gives it. */
static char *
header_answer(const struct check *k, const char *id)
{
	char *header = xasprintf("X-TLS-Strategy: %s", id), *table;
	const char *cursor = postconf_get(k->p, CHECKS);
	char *answer = NULL;

	while (cursor != NULL && answer == NULL &&
	    (table = postconf_list_next(&cursor)) != NULL) {
		answer = k->host->query(k->host->ctx, table, header);
		free(table);
	}
	free(header);
	return answer;
}

static void
no_header_check(struct check *k, const char *id, const char *answer)
{
	const char *old = postconf_get(k->p, CHECKS);
	struct finding *f;

	f = findings_add(&k->out, "steering", FINDING_ERROR,
	    "[milter] steered lists \"%s\", but " CHECKS
	    " answers \"X-TLS-Strategy: %s\" with %s%s.",
	    id, id, answer != NULL ? "" : "nothing",
	    answer != NULL ? answer : "");
	finding_why(f,
	    "The milter relies on it: such mail would be delivered under the "
	    "recipient domain's plain policy.");
	check_fix_set(k, f, CHECKS,
	    "%s%sregexp:{{/^X-TLS-Strategy: (%s)$$/ FILTER " CHECK_TRANSPORT
	    "$$1:}}",
	    old != NULL ? old : "", old != NULL && *old != '\0' ? ", " : "",
	    id);
}

/* The lines of master.cf that a strategy's transport takes. */
static void
fix_transport(struct check *k, struct finding *f, const char *transport,
    const char *id)
{
	char *map = mapref_propose(k->c, check_value(k, "queue_directory"),
	    check_jailed(k));

	finding_fix(f,
	    "%s -M '%s/unix = %s unix - - %s - - smtp -o "
	    "syslog_name=postfix/%s'",
	    k->postconf_cmd, transport, transport, check_jailed(k) ? "y" : "n",
	    transport);
	finding_fix(f, "%s -P '%s/unix/smtp_tls_policy_maps=%s:%s/%s'",
	    k->postconf_cmd, transport,
	    map != NULL ? map : "socketmap:inet:127.0.0.1:8461",
	    postconf_version(k->p) >= 31000 ? "postfix-tlsrpt" : "postfix", id);
	free(map);
}

/* Whether the service's first map of ours forces strategy id. */
static bool
forces(const struct check *k, const struct postconf_service *s, const char *id)
{
	const char *cursor =
	    postconf_get_for(k->p, s->name, "smtp_tls_policy_maps");
	const char *strategy = NULL;
	struct mapref r;
	char *element;
	bool yes = false;

	/* what stands before ours could answer first: it must be the first */
	element = cursor != NULL ? postconf_list_next(&cursor) : NULL;
	if (element != NULL &&
	    mapref_parse(&r, element, check_value(k, "queue_directory"),
		s->chroot)) {
		yes = mapref_is_ours(&r, k->c) &&
		    dialect_find(r.name, &strategy) != NULL &&
		    strategy != NULL && strcmp(strategy, id) == 0;
		mapref_clear(&r);
	}
	free(element);
	return yes;
}

/* "FILTER tls-a:" -> the transport, given; NULL when it is no such answer. */
static char *
filter_transport(const char *answer)
{
	const char *p, *colon;

	if (answer == NULL || !text_starts_nocase(answer, "FILTER"))
		return NULL;
	p = answer + 6;
	p += strspn(p, " \t");
	colon = strchr(p, ':');
	if (colon == NULL || colon == p ||
	    colon[strcspn(colon, "\r\n")] != '\0')
		return NULL;
	/* a next hop there would take every recipient to one host */
	return colon[1] == '\0' ? xstrndup(p, (size_t)(colon - p)) : NULL;
}

static void
steer_one(struct check *k, const char *id)
{
	char *answer = header_answer(k, id);
	char *transport = filter_transport(answer), *name = NULL;
	const struct postconf_service *s;
	struct finding *f;

	if (transport == NULL) {
		no_header_check(k, id, answer);
		goto out;
	}
	name = xasprintf("%s/unix", transport);
	s = postconf_service(k->p, name);
	if (s == NULL || strcmp(s->command, "smtp") != 0) {
		f = findings_add(&k->out, "steering", FINDING_ERROR,
		    "\"%s\" is sent to transport %s, which master.cf %s.", id,
		    transport, s == NULL ? "lacks" : "runs as no smtp client");
		finding_why(f, "Such mail is deferred.");
		fix_transport(k, f, transport, id);
	} else if (!forces(k, s, id)) {
		f = findings_add(&k->out, "steering", FINDING_ERROR,
		    "Transport %s doesn't ask for strategy \"%s\".", transport,
		    id);
		finding_why(f,
		    "Its smtp_tls_policy_maps must begin with our map under "
		    "this id, or the mail is delivered under another policy.");
		fix_transport(k, f, transport, id);
	} else
		findings_add(&k->out, "steering", FINDING_OK,
		    "\"%s\" goes to transport %s, which asks for it.", id,
		    transport);
out:
	free(answer);
	free(transport);
	free(name);
}

static bool
listed(const struct conf_list *l, const char *id)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (strcmp(l->item[i], id) == 0)
			return true;
	return false;
}

/* Strategies that only a message can choose, and that demand more. */
static void
unsteered(struct check *k)
{
	static const char *const verdicts[] = { "accept", "tempfail",
		"reject" };
	struct finding *f;
	size_t i;

	for (i = 0; i < k->c->nrules; i++) {
		const struct strategy *s =
		    &k->c->strategies[k->c->rules[i].choice];

		if (!conf_rule_needs_message(k->c, i) ||
		    listed(&k->c->milter.steered, s->id) ||
		    !strategy_demands_more(s, &k->c->strategies[0]))
			continue;
		f = findings_add(&k->out, "steering", FINDING_WARN,
		    "Rule %zu chooses \"%s\" by the message, but the id is not "
		    "in [milter] steered.",
		    i + 1, s->id);
		finding_why(f,
		    "Postfix can't be told per message otherwise; such mail "
		    "meets on-unsteerable = %s.",
		    verdicts[k->c->milter.on_unsteerable]);
		finding_fix(f, "[milter]");
		finding_fix(f, "steered = [\"%s\"]", s->id);
	}
}

void
check_steering(struct check *k)
{
	size_t i;

	for (i = 0; i < k->c->milter.steered.n; i++)
		steer_one(k, k->c->milter.steered.item[i]);
	if (k->c->milter.steered.n == 0)
		findings_add(&k->out, "steering", FINDING_OK,
		    "No strategy is steered to a transport of its own.");
	unsteered(k);
}
