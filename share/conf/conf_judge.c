/* conf_judge: what the keys of a config say together - see conf_read.h */
#include "config.h"

#include "share/conf/conf_read.h"

#include "share/base/text.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>

#define STS_FETCH_MAX_MS 60000 /* RFC 8461 section 3.3 suggests a minute */

static bool
in_list(const struct conf_list *l, const char *s)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->item[i], s) == 0)
			return true;
	return false;
}

/* starttls = disable with a mechanism that needs it. */
static void
judge_disabled(struct conf_reader *r, const struct strategy *s,
    const struct toml_doc_node *n)
{
	const struct {
		const char *key;
		enum strategy_want want;
	} others[] = { { "dane", s->dane }, { "mta-sts", s->mta_sts } };

	for (size_t i = 0; i < 2; i++)
		if (others[i].want != STRATEGY_DISABLE)
			conf_finding_add(&r->mistakes, n->at,
			    "[queue.tls.%s] starttls = \"disable\" "
			    "contradicts %s = \"%s\" (set %s = \"disable\", "
			    "too)",
			    s->id, others[i].key,
			    strategy_want_name(others[i].want), others[i].key);
}

static void
judge_timeouts(struct conf_reader *r, struct strategy *s, size_t i)
{
	const struct toml_doc_node *tls, *sts;

	tls = conf_read_seen(r, "queue.tls.*.timeout", "tls", i);
	sts = conf_read_seen(r, "queue.tls.*.timeout", "mta-sts", i);
	if (tls != NULL && !in_list(&r->c->milter.steered, s->id))
		conf_finding_add(&r->notices, tls->key_at,
		    "[queue.tls.%s.timeout] tls has no effect: it is written "
		    "as smtp_starttls_timeout into the transport of a steered "
		    "strategy, and \"%s\" is not in [milter] steered",
		    s->id, s->id);
	if (sts != NULL && s->mta_sts == STRATEGY_DISABLE)
		conf_finding_add(&r->notices, sts->key_at,
		    "[queue.tls.%s.timeout] mta-sts has no effect: mta-sts is "
		    "disabled",
		    s->id);
	if (s->sts_timeout_ms > STS_FETCH_MAX_MS) {
		s->sts_timeout_ms = STS_FETCH_MAX_MS;
		if (sts != NULL)
			conf_finding_add(&r->notices, sts->at,
			    "[queue.tls.%s.timeout] mta-sts is taken as 60s, "
			    "its upper limit",
			    s->id);
	}
}

static void
judge_strategy(struct conf_reader *r, size_t i)
{
	struct strategy *s = &r->c->strategies[i];
	const struct toml_doc_node *starttls, *invalid;

	starttls = conf_read_seen(r, "queue.tls.*", "starttls", i);
	invalid = conf_read_seen(r, "queue.tls.*", "allow-invalid-certs", i);
	s->starttls_set = starttls != NULL;
	if (starttls != NULL && s->starttls == STRATEGY_DISABLE)
		judge_disabled(r, s, starttls);
	if (s->allow_invalid_certs && s->starttls != STRATEGY_REQUIRE)
		conf_finding_add(&r->notices, invalid->key_at,
		    "[queue.tls.%s] allow-invalid-certs has an effect only "
		    "with starttls = \"require\"",
		    s->id);
	judge_timeouts(r, s, i);
}

static void
judge_steered(struct conf_reader *r)
{
	const struct toml_doc_node *n =
	    conf_read_seen(r, "milter", "steered", 0);
	const struct conf_list *l = &r->c->milter.steered;

	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->item[i], "default") == 0)
			conf_finding_add(&r->mistakes, n->at,
			    "steered: \"default\" is what the plain map "
			    "answers and has no transport of its own");
		else if (conf_read_strategy(r->c, l->item[i]) ==
		    r->c->nstrategies)
			conf_read_unknown_strategy(r, n->at, "steered",
			    l->item[i]);
}

/* Whether a rule may choose strategy i; by_domain: for a Postfix lookup. */
static bool
is_chosen(const struct conf *c, size_t i, bool by_domain)
{
	for (size_t j = 0; j < c->nrules; j++)
		if (c->rules[j].choice == i &&
		    !(by_domain && conf_rule_needs_message(c, j)))
			return true;
	return false;
}

static void
judge_choice(struct conf_reader *r)
{
	const struct toml_doc_node *n =
	    conf_read_seen(r, "queue.strategy", "tls", 0);
	const struct conf *c = r->c;
	char shown[160];

	for (size_t i = 0; i < c->nrules; i++)
		if (conf_rule_needs_message(c, i))
			conf_finding_add(&r->notices, n->at,
			    "a Postfix lookup knows the domain alone and can "
			    "never match this rule: %s",
			    text_escape(shown, sizeof(shown),
				c->rules[i].source,
				strlen(c->rules[i].source)));
	for (size_t i = 1; i < c->nstrategies; i++) {
		bool steered = in_list(&c->milter.steered, c->strategies[i].id);

		if (!is_chosen(c, i, false) && !steered)
			conf_finding_add(&r->notices, r->strategy_at[i],
			    "[queue.tls.%s]: no rule chooses it; only the map "
			    "postfix/%s answers by it",
			    c->strategies[i].id, c->strategies[i].id);
		else if (!is_chosen(c, i, true) && !steered)
			conf_finding_add(&r->notices, r->strategy_at[i],
			    "[queue.tls.%s]: chosen by rules that read the "
			    "message, but not in [milter] steered: Postfix "
			    "cannot deliver by it, and what demands more than "
			    "the domain's own strategy meets on-unsteerable",
			    c->strategies[i].id);
	}
}

/* Keys that act on refusals, where nothing can be refused. */
static void
judge_refusal(struct conf_reader *r)
{
	static const char *const keys[] = { "on-unsatisfiable",
		"refusal-wait" };

	for (size_t i = 0; i < 2 && !conf_may_refuse(r->c); i++) {
		const struct toml_doc_node *n =
		    conf_read_seen(r, "milter", keys[i], 0);

		if (n != NULL)
			conf_finding_add(&r->notices, n->key_at,
			    "%s has no effect: no strategy has dane or "
			    "mta-sts = \"require\"",
			    keys[i]);
	}
}

static void
judge_filled(struct conf_reader *r, const struct conf_list *l,
    const char *section, const char *key, const char *why)
{
	const struct toml_doc_node *n = conf_read_seen(r, section, key, 0);

	/* an empty array; wrong items were told already */
	if (n != NULL && l->n == 0 && n->type == TOML_DOC_ARRAY &&
	    n->nchildren == 0)
		conf_finding_add(&r->mistakes, n->at,
		    "%s: must not be empty: %s", key, why);
}

static void
judge_servers(struct conf_reader *r)
{
	const struct conf_list *l = &r->c->dns.servers;

	judge_filled(r, l, "dns", "servers", "write \"system\"");
	if (l->n > 1 && (in_list(l, "system") || in_list(l, "iterate")))
		conf_finding_add(&r->mistakes,
		    conf_read_seen(r, "dns", "servers", 0)->at,
		    "servers: \"%s\" stands alone",
		    in_list(l, "system") ? "system" : "iterate");
}

static void
judge_sign(struct conf_reader *r)
{
	const struct toml_doc_node *n =
	    conf_read_seen(r, "report.tls.aggregate", "sign", 0);
	const struct conf *c = r->c;
	const char **known = xcalloc(c->nsignatures + 1, sizeof(*known));

	for (size_t i = 0; i < c->nsignatures; i++)
		known[i] = c->signatures[i].id;
	for (size_t i = 0; i < c->report.sign.n; i++) {
		const char *id = c->report.sign.item[i];
		size_t j = 0;

		while (j < c->nsignatures && strcmp(known[j], id) != 0)
			j++;
		if (j == c->nsignatures)
			conf_finding_unknown(&r->mistakes, n->at,
			    "sign: no [signature.*] is called", id, known,
			    c->nsignatures);
	}
	free(known);
}

static void
judge_report(struct conf_reader *r)
{
	const struct toml_doc_node *n =
	    conf_read_seen(r, "report", "submitter", 0);
	const char *domain = strrchr(r->c->report.contact_info, '@');

	judge_sign(r);
	/* RFC 8460 section 5.3: Submitter is the contact's domain */
	if (n != NULL && domain != NULL &&
	    !text_equal_nocase(domain + 1, r->c->report.submitter))
		conf_finding_add(&r->notices, n->at,
		    "submitter: RFC 8460 wants the domain of contact-info "
		    "(%s)",
		    domain + 1);
	for (size_t i = 0; i < r->nseen; i++)
		if (r->seen[i].k->later) {
			conf_finding_add(&r->notices, r->seen[i].n->key_at,
			    "checked only: no program of this release reads "
			    "[report.analysis]");
			break;
		}
}

void
conf_judge(struct conf_reader *r)
{
	const struct conf *c = r->c;

	for (size_t i = 0; i < c->nstrategies; i++)
		judge_strategy(r, i);
	judge_steered(r);
	judge_choice(r);
	judge_refusal(r);
	judge_servers(r);
	judge_filled(r, &c->milter.mailers, "milter", "mailers",
	    "no mail would count as outgoing");
	judge_filled(r, &c->policy.listen, "policy", "listen",
	    "the MTA needs a map to ask");
	judge_report(r);
}
