/* message: one mail transaction - see message.h */
#include "config.h"

#include "milter/message.h"

#include "share/base/text.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>

#define DEDUP_BACK 64 /* how many of the last recipients are compared */

static const char *const header_names[MESSAGE_HEADERS] = {
	[HEADER_REQUIREMENT] = "X-TLS-Requirement",
	[HEADER_STRATEGY] = "X-TLS-Strategy",
};

unsigned
message_reads(const struct conf *c)
{
	unsigned reads = 0;
	size_t i;

	for (i = 0; i < c->nrules; i++)
		if (c->rules[i].expr != NULL)
			reads |= expr_reads(c->rules[i].expr);
	return reads;
}

static bool
is_loopback(const char *ip)
{
	if (ip == NULL)
		return false;
	if (text_starts_nocase(ip, "IPv6:"))
		ip += 5;
	return strncmp(ip, "127.", 4) == 0 || strcmp(ip, "::1") == 0;
}

/* Sendmail says its bare version in macro v, Postfix its name before it. */
static bool
is_sendmail(const char *version)
{
	return version != NULL && !text_starts_nocase(version, "Postfix");
}

struct message *
message_new(struct conf *c, char *const *argv, const char *auth, const char *ip,
    const char *version)
{
	char address[RECIPIENT_ADDRESS_MAX], domain[RECIPIENT_DOMAIN_SIZE];
	struct message *m = xcalloc(1, sizeof(*m));
	size_t i;

	m->conf = c;
	/* an oversize sender is not the null sender: it gets a name that no
	 * rule matches */
	if (!recipient_split(argv[0], address, domain))
		memcpy(address, "@", 2);
	m->sender = xstrdup(address);
	m->sender_domain = xstrdup(domain);
	m->authenticated_as = xstrdup(auth != NULL ? auth : "");
	m->remote_ip = xstrdup(ip);
	m->sendmail = is_sendmail(version);
	for (i = 1; argv[i] != NULL; i++)
		if (text_equal_nocase(argv[i], "REQUIRETLS"))
			m->requiretls = true;
	m->exempt = c->report_from_address != NULL &&
	    c->report_from_address[0] != '\0' && is_loopback(ip) &&
	    text_equal_nocase(address, c->report_from_address);
	return m;
}

void
message_recipient_clear(struct recipient *r)
{
	free(r->domain);
	free(r->hop);
	memset(r, 0, sizeof(*r));
}

void
message_free(struct message *m)
{
	size_t i;

	if (m == NULL)
		return;
	for (i = 0; i < m->n; i++)
		message_recipient_clear(&m->rcpt[i]);
	free(m->rcpt);
	free(m->sender);
	free(m->sender_domain);
	free(m->authenticated_as);
	free(m->remote_ip);
	conf_unref(m->conf);
	free(m);
}

/* The queue id is left unknown: Postfix has none at the first recipient. */
static void
fill_vars(const struct message *m, struct expr_vars *vars)
{
	memset(vars, 0, sizeof(*vars));
	vars->value[EXPR_SENDER] = m->sender;
	vars->value[EXPR_SENDER_DOMAIN] = m->sender_domain;
	vars->value[EXPR_AUTHENTICATED_AS] = m->authenticated_as;
	vars->value[EXPR_REMOTE_IP] = m->remote_ip;
}

void
message_recipient(struct message *m, const char *arg, const char *mailer,
    const char *host, struct recipient *r, struct nexthop *n)
{
	char address[RECIPIENT_ADDRESS_MAX], domain[RECIPIENT_DOMAIN_SIZE];
	struct expr_vars vars;

	memset(r, 0, sizeof(*r));
	memset(n, 0, sizeof(*n));
	if (mailer != NULL && *mailer == '\0')
		mailer = NULL;
	if (host != NULL && *host == '\0')
		host = NULL;
	if (!recipient_split(arg, address, domain))
		memcpy(address, "@", 2);
	if (mailer != NULL)
		m->macros = true;
	r->count = 1;
	r->domain = xstrdup(domain);
	r->leaves = recipient_leaves(m->conf, mailer, domain);
	if (!r->leaves)
		return;
	r->smtp = mailer != NULL && strcmp(mailer, "smtp") == 0;
	fill_vars(m, &vars);
	vars.value[EXPR_RCPT] = address;
	vars.value[EXPR_RCPT_DOMAIN] = domain;
	if (recipient_nexthop(host, domain, n)) {
		r->hop = xstrdup(n->key);
		r->own_hop =
		    n->kind == NEXTHOP_DOMAIN && strcmp(n->key, domain) == 0;
		vars.value[EXPR_RCPT_DOMAIN] = n->name;
	}
	recipient_choose(r, m->conf, &vars);
}

void
message_add(struct message *m, struct recipient *r)
{
	size_t i, from = m->n > DEDUP_BACK ? m->n - DEDUP_BACK : 0;

	m->addresses++;
	if (r->leaves)
		m->outgoing++;
	if (m->n > 0 && strcmp(m->rcpt[0].domain, r->domain) != 0)
		m->many_domains = true;
	for (i = from; i < m->n; i++)
		if (recipient_same(&m->rcpt[i], r)) {
			m->rcpt[i].count++;
			message_recipient_clear(r);
			return;
		}
	if (m->n == MESSAGE_RECIPIENTS_MAX) {
		m->too_many = true;
		message_recipient_clear(r);
		return;
	}
	if (m->n == m->cap) {
		m->cap = m->cap == 0 ? 4 : m->cap * 2;
		m->rcpt = xreallocarray(m->rcpt, m->cap, sizeof(*m->rcpt));
	}
	m->rcpt[m->n++] = *r;
	memset(r, 0, sizeof(*r));
}

/* RFC 8689 section 3: the one value is "No". */
static bool
says_no(const char *value)
{
	size_t n;

	value += strspn(value, " \t\r\n");
	n = strcspn(value, " \t\r\n");
	return n == 2 && text_starts_nocase(value, "no") &&
	    value[n + strspn(value + n, " \t\r\n")] == '\0';
}

void
message_header(struct message *m, const char *name, const char *value)
{
	int i;

	for (i = 0; i < MESSAGE_HEADERS; i++)
		if (text_equal_nocase(name, header_names[i]))
			m->nheaders[i]++;
	if (text_equal_nocase(name, "TLS-Required") && says_no(value))
		m->tls_required_no = true;
}

const char *
message_header_name(enum message_header h)
{
	return header_names[h];
}
