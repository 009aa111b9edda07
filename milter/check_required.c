/* check_required: who may go around the policy - see check_parts.h */
#include "config.h"

#include "milter/check_parts.h"

#include <stdlib.h>
#include <string.h>

static bool
any_require(const struct conf *c)
{
	size_t i;

	for (i = 0; i < c->nstrategies; i++)
		if (c->strategies[i].dane == STRATEGY_REQUIRE ||
		    c->strategies[i].mta_sts == STRATEGY_REQUIRE ||
		    c->strategies[i].starttls == STRATEGY_REQUIRE)
			return true;
	return false;
}

/* Reports must leave although TLS fails, by a transport of their own. */
static void
own_reports(struct check *k)
{
	const char *from = k->c->report_from_address, *maps;
	struct finding *f;

	if (from == NULL || *from == '\0')
		return;
	maps = postconf_get(k->p, "sender_dependent_default_transport_maps");
	if (maps != NULL && strstr(maps, from) != NULL)
		return;
	f = findings_add(&k->out, "own-reports", FINDING_WARN,
	    "Reports from %s have no transport of their own.", from);
	finding_why(f,
	    "A report about broken TLS must leave although TLS is broken "
	    "(RFC 8460 section 3).");
	finding_fix(f,
	    "%s -M 'tlsrpt-plain/unix = tlsrpt-plain unix - - %s - - smtp'",
	    k->postconf_cmd, check_jailed(k) ? "y" : "n");
	finding_fix(f,
	    "%s -P 'tlsrpt-plain/unix/smtp_tls_policy_maps=static:may'",
	    k->postconf_cmd);
	check_fix_set(k, f, "sender_dependent_default_transport_maps",
	    "inline:{{%s = tlsrpt-plain:}}", from);
}

/* Whether header_checks tables act on a sender's TLS-Required. */
static bool
takes_off(const struct check *k, const char *tables)
{
	char *table, *answer = NULL;
	bool found;

	while (tables != NULL && answer == NULL &&
	    (table = postconf_list_next(&tables)) != NULL) {
		answer =
		    k->host->query(k->host->ctx, table, "TLS-Required: no");
		free(table);
	}
	found = answer != NULL;
	free(answer);
	return found;
}

/* The cleanup(8) for users that takes the header off, or NULL. */
static const char *
users_cleanup(const struct check *k)
{
	const struct postconf_service *s;
	const char *tables;
	size_t i;

	for (i = 0; (s = postconf_service_at(k->p, i)) != NULL; i++) {
		tables = postconf_get_for(k->p, s->name, "header_checks");
		if (strcmp(s->command, "cleanup") == 0 &&
		    tables != postconf_get(k->p, "header_checks") &&
		    takes_off(k, tables))
			return s->name;
	}
	return NULL;
}

static void
bypass(struct check *k)
{
	const char *old = postconf_get(k->p, "header_checks");
	struct finding *f;

	f = findings_add(&k->out, "tls-required", FINDING_WARN,
	    "A strategy says require, but tls_required_enable = yes.");
	finding_why(f,
	    "With the header \"TLS-Required: no\" any sender makes Postfix skip "
	    "the policy map (RFC 8689). Better than this switch for all mail "
	    "is a cleanup(8) for your users: master.cf-users of the sample "
	    "lines.");
	check_fix_set(k, f, "tls_required_enable", "no");
	if (old == NULL || *old == '\0')
		finding_fix(f,
		    "# or: %s -e 'header_checks = regexp:{{/^TLS-Required:/ "
		    "IGNORE}}'",
		    k->postconf_cmd);
}

void
check_tls_required(struct check *k)
{
	const char *enable =
	    postconf_get_for(k->p, CHECK_SMTP, "tls_required_enable");
	const char *users = users_cleanup(k);
	bool off = takes_off(k, postconf_get(k->p, "header_checks"));

	if (enable == NULL)
		findings_add(&k->out, "tls-required", FINDING_OK,
		    "This Postfix doesn't know TLS-Required.");
	else if (strcmp(enable, "yes") != 0 || off)
		findings_add(&k->out, "tls-required", FINDING_OK,
		    "A sender's TLS-Required: no has no effect.");
	else if (users != NULL)
		findings_add(&k->out, "tls-required", FINDING_OK,
		    "Service %s takes TLS-Required off.", users);
	else if (!any_require(k->c))
		findings_add(&k->out, "tls-required", FINDING_OK,
		    "No strategy has a require that a sender could switch "
		    "off.");
	else
		bypass(k);
	if (enable == NULL || strcmp(enable, "yes") != 0 || off)
		own_reports(k);
}
