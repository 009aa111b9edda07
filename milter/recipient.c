/* recipient: an envelope address and its route - see recipient.h */
#include "config.h"

#include "milter/recipient.h"

#include "share/base/text.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

/* Normal form of n octets of domain; what has none is kept lower-cased. */
static void
normalize(const char *src, size_t n, char domain[RECIPIENT_DOMAIN_SIZE])
{
	domain[0] = '\0';
	if (n > 0 && src[n - 1] == '.')
		n--;
	if (n == 0)
		return;
	if (src[0] != '[' && hostname_normalize(src, n, domain, NULL) == 0)
		return;
	(void)snprintf(domain, RECIPIENT_DOMAIN_SIZE, "%.*s", (int)n, src);
	text_lower(domain);
}

bool
recipient_split(const char *arg, char address[RECIPIENT_ADDRESS_MAX],
    char domain[RECIPIENT_DOMAIN_SIZE])
{
	size_t n = strlen(arg);
	const char *at;

	address[0] = domain[0] = '\0';
	if (n >= 2 && arg[0] == '<' && arg[n - 1] == '>') {
		arg++;
		n -= 2;
	}
	if (n >= RECIPIENT_ADDRESS_MAX)
		return false;
	memcpy(address, arg, n);
	address[n] = '\0';
	text_lower(address);
	at = strrchr(address, '@'); /* a quoted local part may hold others */
	if (at == NULL)
		return true;
	normalize(at + 1, strlen(at + 1), domain);
	if ((size_t)(at + 1 - address) + strlen(domain) < RECIPIENT_ADDRESS_MAX)
		memcpy(address + (at + 1 - address), domain,
		    strlen(domain) + 1);
	return true;
}

bool
recipient_leaves(const struct conf *c, const char *mailer, const char *domain)
{
	const struct conf_list *l;
	size_t i;

	if (mailer != NULL) {
		l = &c->milter.mailers;
		for (i = 0; i < l->n; i++)
			if (strcmp(l->item[i], mailer) == 0)
				return true;
		return false;
	}
	if (domain[0] == '\0')
		return false;
	l = &c->milter.local_domains;
	for (i = 0; i < l->n; i++)
		if (fnmatch(l->item[i], domain, FNM_CASEFOLD) == 0)
			return false;
	return true;
}

bool
recipient_nexthop(const char *host, const char *domain, struct nexthop *n)
{
	return nexthop_parse(host != NULL ? host : domain, n);
}

/* Whether rule i of c looks at the recipient ("else" does not). */
static bool
reads_recipient(const struct conf *c, size_t i)
{
	const unsigned bits =
	    (1u << EXPR_RCPT) | (1u << EXPR_RCPT_DOMAIN) | (1u << EXPR_MX);

	return i < c->nrules && c->rules[i].expr != NULL &&
	    (expr_reads(c->rules[i].expr) & bits) != 0;
}

void
recipient_choose(struct recipient *r, const struct conf *c,
    const struct expr_vars *vars)
{
	struct expr_vars known;
	size_t rule = 0;

	r->strategy = conf_choose(c, vars, &rule);
	r->by_domain = reads_recipient(c, rule);
	memset(&known, 0, sizeof(known));
	known.value[EXPR_RCPT_DOMAIN] = vars->value[EXPR_RCPT_DOMAIN];
	r->plain = conf_choose(c, &known, &rule);
	r->plain_by_domain = reads_recipient(c, rule);
}

bool
recipient_same(const struct recipient *a, const struct recipient *b)
{
	if (a->leaves != b->leaves || a->smtp != b->smtp ||
	    a->own_hop != b->own_hop || a->by_domain != b->by_domain ||
	    a->plain_by_domain != b->plain_by_domain ||
	    a->strategy != b->strategy || a->plain != b->plain ||
	    strcmp(a->domain, b->domain) != 0)
		return false;
	return a->hop == b->hop ||
	    (a->hop != NULL && b->hop != NULL && strcmp(a->hop, b->hop) == 0);
}
