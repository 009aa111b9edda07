/* check_sendmail_mta: milter, queue and routes - see check_sendmail.h */
#include "config.h"

#include "milter/check_sendmail.h"

#include "share/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)

/* Whether socket ("inet:8460@127.0.0.1") is where the milter listens. */
static bool
same_socket(const char *socket, size_t n, const char *listen)
{
	char a[256];

	if (n >= sizeof(a))
		return false;
	memcpy(a, socket, n);
	a[n] = '\0';
	if (strcmp(a, listen) == 0)
		return true;
	/* libmilter takes each for the other */
	if (strncmp(a, "unix:", 5) == 0 || strncmp(a, "local:", 6) == 0) {
		const char *path = strchr(a, ':') + 1;
		const char *ours = strchr(listen, ':');

		return strcmp(path,
			   ours != NULL && listen[0] != '/' ? ours + 1
							    : listen) == 0;
	}
	return strcmp(a, "inet:8460@localhost") == 0 &&
	    strcmp(listen, "inet:8460@127.0.0.1") == 0;
}

/* The X line ("name, S=..., F=") of our filter, or NULL. */
static const char *
our_filter(const struct check_sendmail *k)
{
	const char *line = k->s->filters;

	while (*line != '\0') {
		const char *s = strstr(line, "S=");
		size_t end = strcspn(line, "\n");

		if (s != NULL && s < line + end &&
		    same_socket(s + 2, strcspn(s + 2, ", \n"),
			k->c->milter.listen))
			return line;
		line += end + (line[end] == '\n');
	}
	return NULL;
}

/* Whether name (to the comma) is an element of the list of input filters. */
static bool
is_input(const char *list, const char *name)
{
	size_t n = strcspn(name, ", ");

	while (*list != '\0') {
		size_t len = strcspn(list, ", ");

		if (len == n && memcmp(list, name, n) == 0)
			return true;
		list += len;
		list += strspn(list, ", ");
	}
	return false;
}

void
check_sendmail_milter(struct check_sendmail *k)
{
	const char *line = our_filter(k), *flags;
	struct finding *f;
	size_t end;

	if (line == NULL || !is_input(k->s->input, line)) {
		f = findings_add(&k->out, "sendmail-milter", FINDING_ERROR,
		    "No input filter at %s.", k->c->milter.listen);
		finding_why(f,
		    "Strategies by sender, TLS-Required: No and refusals don't "
		    "work; each delivery is judged by the recipient's domain.");
		finding_fix(f, "INPUT_MAIL_FILTER(`tlsherald', `S=%s')",
		    k->c->milter.listen);
		return;
	}
	end = strcspn(line, "\n");
	flags = strstr(line, "F=");
	if (flags != NULL && flags < line + end && flags[2] != ',') {
		f = findings_add(&k->out, "sendmail-milter", FINDING_WARN,
		    "The filter has F=%c: a daemon that is down refuses mail.",
		    flags[2]);
		finding_why(f,
		    "What is decided is enforced at delivery anyway.");
		finding_fix(f, "INPUT_MAIL_FILTER(`tlsherald', `S=%s')",
		    k->c->milter.listen);
		return;
	}
	findings_add(&k->out, "sendmail-milter", FINDING_OK,
	    "The milter is an input filter, and accepts when it is down.");
}

/* "5d": what Sendmail takes for days where no unit stands. */
static int64_t
queue_return_ms(const char *text)
{
	int64_t ms;
	char *end;
	long n = strtol(text, &end, 10);

	if (end != text && *end == '\0')
		return n * DAY_MS;
	return text_duration_ms(text, &ms, NULL) == 0 ? ms : 5 * DAY_MS;
}

void
check_sendmail_queue(struct check_sendmail *k)
{
	int64_t ms = k->s->queue_return[0] != '\0'
	    ? queue_return_ms(k->s->queue_return)
	    : 5 * DAY_MS;
	struct finding *f;

	if (ms <= k->c->milter.queue_lifetime_ms) {
		findings_add(&k->out, "sendmail-queue", FINDING_OK,
		    "What is bound to messages lives as long as the queue.");
		return;
	}
	f = findings_add(&k->out, "sendmail-queue", FINDING_WARN,
	    "Timeout.queuereturn is %s, longer than [milter] queue-lifetime.",
	    k->s->queue_return);
	finding_why(f,
	    "A message that waits longer is judged by its domain alone.");
	finding_fix(f, "[milter]");
	finding_fix(f, "queue-lifetime = \"%s\"", k->s->queue_return);
}

void
check_sendmail_reuse(struct check_sendmail *k)
{
	struct finding *f;

	if (k->s->no_reuse) {
		findings_add(&k->out, "sendmail-reuse", FINDING_OK,
		    "O ConnectionCacheSize=0: each message opens its own "
		    "session.");
		return;
	}
	f = findings_add(&k->out, "sendmail-reuse", FINDING_WARN,
	    "O ConnectionCacheSize is not 0.");
	finding_why(f,
	    "Of a session that another message has opened Sendmail has not "
	    "the names of the certificate: what requires them is deferred.");
	finding_fix(f, "define(`confMCI_CACHE_SIZE', `0')");
}

void
check_sendmail_routing(struct check_sendmail *k)
{
	struct finding *f;

	if (!k->s->smart_host) {
		findings_add(&k->out, "sendmail-routing", FINDING_OK,
		    "No smart host.");
		return;
	}
	f = findings_add(&k->out, "sendmail-routing", FINDING_WARN,
	    "SMART_HOST is set.");
	finding_why(f,
	    "Messages that the milter has seen are judged by the smart host. "
	    "What it has not seen, expanded aliases and bounces, is judged by "
	    "the recipient's own domain, whose policy does not name the smart "
	    "host: a domain with an enforce policy is deferred then.");
}
