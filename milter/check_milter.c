/* check_milter: how the milter is attached - see check_parts.h */
#include "config.h"

#include "milter/check_parts.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define REQUIREMENT_PROBE "X-TLS-Requirement: x"
#define STRATEGY_HEADER "X-TLS-Strategy"

/*
 * libmilter's "inet:8460@127.0.0.1" and "unix:/path" in Postfix's words
 * ("inet:127.0.0.1:8460", "unix:/path"); gives it.
 */
static char *
milter_endpoint(const char *listen)
{
	const char *at = strchr(listen, '@');

	if (strncmp(listen, "inet6:", 6) == 0 && at != NULL)
		return xasprintf("inet:[%s]:%.*s", at + 1,
		    (int)(at - listen - 6), listen + 6);
	if (strncmp(listen, "inet:", 5) == 0)
		return xasprintf("inet:%s:%.*s",
		    at != NULL ? at + 1 : "127.0.0.1",
		    (int)(at != NULL ? at - listen - 5
				     : (long)strlen(listen) - 5),
		    listen + 5);
	if (strncmp(listen, "local:", 6) == 0)
		return xasprintf("unix:%s", listen + 6);
	return strncmp(listen, "unix:", 5) == 0 ? xstrdup(listen)
						: xasprintf("unix:%s", listen);
}

/* Whether the socket of an element, a string of n octets, is endpoint. */
static bool
same_endpoint(const char *s, size_t n, const char *endpoint, const char *queue)
{
	char *name = xstrndup(s, n), *full = NULL;
	bool same;

	if (strncmp(name, "local:", 6) == 0)
		full = xasprintf("unix:%s", name + 6);
	else if (strncmp(name, "inet:localhost:", 15) == 0)
		full = xasprintf("inet:127.0.0.1:%s", name + 15);
	else
		full = xstrdup(name);
	same = strcmp(full, endpoint) == 0;
	if (!same && strncmp(full, "unix:", 5) == 0) {
		free(name);
		/* relative, or seen from the jail of smtpd(8) */
		name = xasprintf("unix:%s%s%s", queue,
		    full[5] == '/' ? "" : "/", full + 5);
		same = strcmp(name, endpoint) == 0;
	}
	free(full);
	free(name);
	return same;
}

/*
 * Whether a list of milters has ours; *action receives its default_action
 * when it names one (free it).
 */
static bool
has_milter(const struct check *k, const char *list, const char *endpoint,
    char **action)
{
	const char *queue = check_value(k, "queue_directory");
	static const char key[] = "default_action";
	char *element, *s, *a;
	bool found = false;

	while (!found && (element = postconf_list_next(&list)) != NULL) {
		s = element + strspn(element, "{ \t");
		found = same_endpoint(s, strcspn(s, ", \t}"), endpoint, queue);
		a = strstr(s, key);
		if (found && a != NULL && action != NULL) {
			a += sizeof(key) - 1;
			a += strspn(a, " \t=");
			*action = xstrndup(a, strcspn(a, ", \t}"));
		}
		free(element);
	}
	return found;
}

/* Judges default_action of our milter in one parameter. */
static void
judge_action(struct check *k, const char *name, const char *endpoint,
    const char *action)
{
	const char *site = postconf_get(k->p, "milter_default_action");
	struct finding *f;

	if (action == NULL)
		action = site != NULL ? site : "";
	if (strcmp(action, "accept") == 0) {
		findings_add(&k->out, "milters", FINDING_OK,
		    "%s has %s with default_action = accept.", name, endpoint);
		return;
	}
	f = findings_add(&k->out, "milters", FINDING_WARN,
	    "%s has %s with default_action = %s.", name, endpoint, action);
	finding_why(f,
	    "While the milter is restarted mail is refused. It need not be: "
	    "what TLS a delivery needs is enforced at delivery.");
	check_fix_set(k, f, name, "{ %s, default_action=accept }", endpoint);
}

static void
missing(struct check *k, const char *name, const char *endpoint,
    const char *whose)
{
	const char *old = postconf_get(k->p, name);
	struct finding *f;

	f = findings_add(&k->out, "milters", FINDING_WARN,
	    "%s doesn't have %s.", name, endpoint);
	finding_why(f,
	    "%s is not tagged, steered or refused early; what the policy map "
	    "answers is enforced all the same.",
	    whose);
	check_fix_set(k, f, name, "%s%s{ %s, default_action=accept }",
	    old != NULL ? old : "", old != NULL && *old != '\0' ? ", " : "",
	    endpoint);
}

/* Whether the process that would connect can: service is whose jail it is. */
static void
judge_reach(struct check *k, const char *service, const char *name,
    const char *endpoint)
{
	const struct postconf_service *s = postconf_service(k->p, service);
	const char *queue = check_value(k, "queue_directory");
	const char *jail = s != NULL && s->chroot ? queue : NULL;
	size_t n = strlen(queue);
	bool as_postfix = false, unix_socket;
	struct finding *f;
	char *inside;
	struct err e;

	unix_socket = strncmp(endpoint, "unix:", 5) == 0;
	if (!unix_socket || strncmp(endpoint + 5, queue, n) != 0)
		jail = NULL;
	inside = xasprintf(unix_socket ? "unix:%s" : "%s",
	    endpoint + (unix_socket ? 5 + (jail != NULL ? n : 0) : 0));
	if (k->host->connect(k->host->ctx, inside, jail,
		check_value(k, "mail_owner"), &as_postfix, &e) != 0) {
		f = findings_add(&k->out, "milters", FINDING_WARN,
		    "%s can't be reached for %s: %s.", endpoint, name, e.text);
		finding_why(f,
		    "Mail passes untagged; what the policy map answers is "
		    "enforced all the same.");
		if (unix_socket) {
			finding_fix(f, "[server]");
			finding_fix(f, "group = \"postfix\"");
		}
		finding_fix(f, "systemctl restart tlsherald-milter");
	}
	free(inside);
}

/* smtpd services that override smtpd_milters and leave ours out. */
static void
other_smtpd(struct check *k, const char *endpoint)
{
	const char *all = postconf_get(k->p, "smtpd_milters"), *v;
	const struct postconf_service *s;
	struct finding *f;
	size_t i;

	for (i = 0; (s = postconf_service_at(k->p, i)) != NULL; i++) {
		v = postconf_get_for(k->p, s->name, "smtpd_milters");
		if (strcmp(s->command, "smtpd") != 0 || v == all || v == NULL ||
		    has_milter(k, v, endpoint, NULL))
			continue;
		f = findings_add(&k->out, "milters", FINDING_WARN,
		    "Service %s has \"smtpd_milters = %s\".", s->name, v);
		finding_why(f, "Mail that enters there is not tagged.");
		/* postconf -P takes no blanks in a value */
		if (strpbrk(v, " \t") == NULL)
			finding_fix(f,
			    "%s -P '%s/smtpd_milters=%s%s{%s,"
			    "default_action=accept}'",
			    k->postconf_cmd, s->name, v, *v != '\0' ? "," : "",
			    endpoint);
		else
			finding_fix(f,
			    "# in master.cf, below %s: -o { smtpd_milters = "
			    "%s, { %s, default_action=accept } }",
			    s->name, v, endpoint);
	}
}

void
check_milters(struct check *k)
{
	static const struct {
		const char *name, *whose, *service;
	} lists[] = { { "smtpd_milters", "Mail that arrives by SMTP",
			  "smtp/inet" },
		{ "non_smtpd_milters", "Mail from the sendmail command",
		    "cleanup/unix" } };
	char *endpoint = milter_endpoint(k->c->milter.listen);
	size_t i;

	for (i = 0; i < 2; i++) {
		const char *v = postconf_get(k->p, lists[i].name);
		char *action = NULL;

		if (v != NULL && has_milter(k, v, endpoint, &action)) {
			judge_action(k, lists[i].name, endpoint, action);
			judge_reach(k, lists[i].service, lists[i].name,
			    endpoint);
		} else
			missing(k, lists[i].name, endpoint, lists[i].whose);
		free(action);
	}
	other_smtpd(k, endpoint);
	free(endpoint);
}

/* What a list of tables answers for a header line; gives it or NULL. */
static char *
query_list(const struct check *k, const char *name, const char *header)
{
	const char *cursor = check_value(k, name);
	char *table, *answer = NULL;

	while (
	    answer == NULL && (table = postconf_list_next(&cursor)) != NULL) {
		answer = k->host->query(k->host->ctx, table, header);
		free(table);
	}
	return answer;
}

void
check_strip_headers(struct check *k)
{
	static const char *const headers[] = { REQUIREMENT_PROBE,
		STRATEGY_HEADER ": x" };
	bool needed[2] = { k->c->milter.tag_header != CONF_TAG_NONE,
		k->c->milter.steered.n > 0 };
	const char *old = check_value(k, "smtp_header_checks");
	struct finding *f;
	size_t i;

	for (i = 0; i < 2; i++) {
		int name = (int)strcspn(headers[i], ":");
		char *answer = query_list(k, "smtp_header_checks", headers[i]);
		bool gone =
		    answer != NULL && text_starts_nocase(answer, "IGNORE");

		free(answer);
		if (gone || !needed[i]) {
			findings_add(&k->out, "strip-headers", FINDING_OK,
			    "%.*s %s.", name, headers[i],
			    gone ? "is taken off what leaves" : "is not used");
			continue;
		}
		f = findings_add(&k->out, "strip-headers", FINDING_WARN,
		    "smtp_header_checks doesn't remove %.*s.", name,
		    headers[i]);
		finding_why(f,
		    "What this site demands of TLS is told to recipients.");
		check_fix_set(k, f, "smtp_header_checks",
		    "%s%sregexp:{{/^X-TLS-(Strategy|Requirement):/ IGNORE}}",
		    old, *old != '\0' ? ", " : "");
	}
}
