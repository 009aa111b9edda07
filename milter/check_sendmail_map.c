/* check_sendmail_map: rulesets and maps - see check_sendmail.h */
#include "config.h"

#include "milter/check_sendmail.h"

#include "share/net/listener.h"

#include <stdio.h>
#include <string.h>

static void
add_include(struct finding *f)
{
	finding_fix(f, "# in sendmail.mc, after the MAILER() lines:");
	finding_fix(f,
	    "include(`" DATADIR "/tlsherald/sendmail/tlsherald.m4')");
	finding_fix(f, "# then: make -C /etc/mail && service sendmail restart");
}

void
check_sendmail_rulesets(struct check_sendmail *k)
{
	const struct sendmail_host *s = k->s;
	struct finding *f;

	if (!s->rule_rcpt) {
		f = findings_add(&k->out, "sendmail-rulesets", FINDING_ERROR,
		    "sendmail.cf has no Local_tls_rcpt that asks map tlspol.");
		finding_why(f, "Nothing of what is decided is enforced.");
		add_include(f);
		return;
	}
	if (!s->rule_closed) {
		f = findings_add(&k->out, "sendmail-rulesets", FINDING_ERROR,
		    "The last line of Local_tls_rcpt lets recipients pass.");
		finding_why(f,
		    "An answer that is none, PERM for example, sends mail "
		    "unprotected.");
		add_include(f);
		return;
	}
	if (!s->rule_server) {
		f = findings_add(&k->out, "sendmail-rulesets", FINDING_WARN,
		    "sendmail.cf has no Local_tls_server that tells map "
		    "tlsrep.");
		finding_why(f, "TLS reports will have nothing of this host.");
		add_include(f);
		return;
	}
	findings_add(&k->out, "sendmail-rulesets", FINDING_OK,
	    "Local_tls_rcpt asks, fails closed; Local_tls_server tells.");
}

/* "inet:8461@127.0.0.1", "local:/path" in the words of [policy] listen. */
static bool
to_listen(const char *socket, char *listen, size_t size)
{
	const char *at = strchr(socket, '@');
	int port, n;

	if (strncmp(socket, "unix:", 5) == 0 ||
	    strncmp(socket, "local:", 6) == 0) {
		n = snprintf(listen, size, "unix:%s", strchr(socket, ':') + 1);
		return n > 0 && (size_t)n < size;
	}
	if (sscanf(socket, "inet:%d", &port) == 1)
		n = snprintf(listen, size, "inet:%s:%d",
		    at == NULL || strcmp(at, "@localhost") == 0 ? "127.0.0.1"
								: at + 1,
		    port);
	else if (sscanf(socket, "inet6:%d", &port) == 1 && at != NULL)
		n = snprintf(listen, size, "inet:[%s]:%d", at + 1, port);
	else
		return false;
	return n > 0 && (size_t)n < size;
}

static bool
reaches(const struct listener_spec *asked, const struct listener_spec *ours)
{
	if (asked->path[0] != '\0' || ours->path[0] != '\0')
		return strcmp(asked->path, ours->path) == 0;
	return asked->port == ours->port &&
	    (strcmp(asked->host, ours->host) == 0 ||
		strcmp(ours->host, "*") == 0 ||
		strcmp(ours->host, "0.0.0.0") == 0 ||
		strcmp(ours->host, "::") == 0);
}

bool
check_sendmail_is_ours(const struct conf *c, const char *args, char *listen,
    size_t size)
{
	const char *last = strrchr(args, ' ');
	struct listener_spec asked, ours;

	listen[0] = '\0';
	if (last == NULL || !to_listen(last + 1, listen, size) ||
	    listener_parse(listen, &asked, NULL) != 0)
		return false;
	for (size_t i = 0; i < c->policy.listen.n; i++)
		if (listener_parse(c->policy.listen.item[i], &ours, NULL) ==
			0 &&
		    reaches(&asked, &ours))
			return true;
	return false;
}

static bool
check_line(struct check_sendmail *k, const char *name, const char *args)
{
	char listen[256], value[32];
	struct finding *f;

	if (!check_sendmail_is_ours(k->c, args, listen, sizeof(listen))) {
		f = findings_add(&k->out, "sendmail-maps", FINDING_ERROR,
		    "K%s asks %s, which is none of [policy] listen.", name,
		    listen[0] != '\0' ? listen : "nobody");
		finding_why(f, "All mail that leaves by SMTP is deferred.");
		finding_fix(f, "# before the include, in sendmail.mc:");
		finding_fix(f,
		    "define(`confTLSHERALD_MAP', `inet:8461@127.0.0.1')");
		return false;
	}
	if (!sendmail_host_map_option(args, 'T', value, sizeof(value)) ||
	    strcmp(value, "<TMPF>") != 0) {
		f = findings_add(&k->out, "sendmail-maps", FINDING_ERROR,
		    "K%s lacks -T<TMPF>.", name);
		finding_why(f,
		    "The ruleset can't tell a lookup that failed for now from "
		    "an answer.");
		add_include(f);
		return false;
	}
	if (!sendmail_host_map_option(args, 'd', value, sizeof(value))) {
		f = findings_add(&k->out, "sendmail-maps", FINDING_WARN,
		    "K%s lacks -d.", name);
		finding_why(f,
		    "A daemon that hangs holds each delivery for 30 seconds; "
		    "maps of one address need it all, they share a "
		    "connection.");
		add_include(f);
		return false;
	}
	return true;
}

void
check_sendmail_maps(struct check_sendmail *k)
{
	const struct sendmail_host *s = k->s;

	if (s->tlspol[0] == '\0' || s->tlsrep[0] == '\0') {
		if (s->rule_rcpt) {
			struct finding *f =
			    findings_add(&k->out, "sendmail-maps",
				FINDING_ERROR, "sendmail.cf has no line K%s.",
				s->tlspol[0] == '\0' ? "tlspol" : "tlsrep");

			add_include(f);
		}
		return;
	}
	if (check_line(k, "tlspol", s->tlspol) &&
	    check_line(k, "tlsrep", s->tlsrep))
		findings_add(&k->out, "sendmail-maps", FINDING_OK,
		    "Ktlspol and Ktlsrep ask this daemon.");
}

void
check_sendmail_reachable(struct check_sendmail *k)
{
	char listen[256];
	struct finding *f;
	struct err e;
	bool as;

	if (!check_sendmail_is_ours(k->c, k->s->tlspol, listen, sizeof(listen)))
		return;
	if (k->host->ask_map(k->host->ctx, listen, "postfix", NULL, "root", &as,
		&e) == 0) {
		findings_add(&k->out, "sendmail-reachable", FINDING_OK,
		    "The daemon answers at %s.", listen);
		return;
	}
	f = findings_add(&k->out, "sendmail-reachable", FINDING_ERROR,
	    "The daemon does not answer at %s: %s.", listen, e.text);
	finding_why(f, "All mail that leaves by SMTP is deferred.");
	finding_fix(f, "service tlsherald-milter start");
}
