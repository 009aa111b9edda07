/* report_check_collect: what is collected, and how - see report_check.h */
#include "config.h"

#include "reportgen/report_check.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>

#define QLEN "/proc/sys/net/unix/max_dgram_qlen"
#define TLSRPT_VERSION 31000 /* the first Postfix that may have libtlsrpt */

static void
queue(struct report_check *k)
{
	struct finding *f;
	struct err e;
	char *line = k->host->read_line(k->host->ctx, QLEN, &e);
	long long n = line != NULL ? atoll(line) : -1;

	if (n >= k->c->report.queue) {
		findings_add(&k->out, "queue", FINDING_OK,
		    "%lld datagrams may wait.", n);
	} else if (n < 0) {
		findings_add(&k->out, "queue", FINDING_WARN,
		    "How many datagrams may wait is not known: %s.", e.text);
	} else {
		f = findings_add(&k->out, "queue", FINDING_WARN,
		    "net.unix.max_dgram_qlen is %lld; [report.collect] queue "
		    "is %lld.",
		    n, (long long)k->c->report.queue);
		finding_why(f,
		    "What finds the queue full is lost: the MTA does not wait. "
		    "A daemon that starts as root raises it, of the network "
		    "namespace that it is in.");
		finding_fix(f, "sysctl -w net.unix.max_dgram_qlen=%lld",
		    (long long)k->c->report.queue);
	}
	free(line);
}

void
report_check_socket(struct report_check *k)
{
	struct finding *f;

	if (!k->host->running(k->host->ctx)) {
		f = findings_add(&k->out, "daemon", FINDING_ERROR,
		    "The daemon does not run.");
		finding_why(f, "Nothing is collected, nothing is sent.");
		finding_fix(f, "systemctl start tlsherald-reportgen");
	} else {
		findings_add(&k->out, "daemon", FINDING_OK, "The daemon runs.");
	}
	queue(k);
}

/* ---- Postfix ---- */

/* Whether this Postfix is linked to libtlsrpt: Debian's backport is not. */
static bool
has_library(const struct report_check *k)
{
	static const char *const where[][2] = {
		{ "daemon_directory", "smtp" },
		{ "shlib_directory", "libpostfix-tls.so" },
	};
	bool found = false;
	size_t i;

	if (postconf_version(k->p) < TLSRPT_VERSION ||
	    postconf_get(k->p, "smtp_tlsrpt_enable") == NULL)
		return false;
	for (i = 0; i < sizeof(where) / sizeof(where[0]) && !found; i++) {
		const char *dir = postconf_get(k->p, where[i][0]);
		char *path =
		    xasprintf("%s/%s", dir != NULL ? dir : "", where[i][1]);

		found = k->host->holds(k->host->ctx, path, "libtlsrpt.so");
		free(path);
	}
	return found;
}

static const char *
value(const struct report_check *k, const char *name)
{
	const char *v = postconf_get_for(k->p, "smtp/unix", name);

	return v != NULL ? v : "";
}

/* The log source: where Postfix has no libtlsrpt, or beside it. */
static void
log_source(struct report_check *k, bool library)
{
	const char *log = k->c->report.log;
	bool journal = strcmp(log, "journal") == 0;
	struct finding *f;

	if (log[0] == '\0' && library) {
		f = findings_add(&k->out, "log", FINDING_OK,
		    "No log is read beside the datagrams.");
		finding_why(f,
		    "Successes under MTA-STS policies in mode testing are not "
		    "counted then, since nobody proves them.");
	} else if (log[0] == '\0') {
		f = findings_add(&k->out, "log", FINDING_ERROR,
		    "This Postfix has no libtlsrpt, and no log is read.");
		finding_why(f, "Nothing is collected.");
		finding_fix(f, "[report.collect]");
		finding_fix(f, "log = \"/var/log/mail.log\"  # or \"journal\"");
	} else if (journal &&
	    !k->host->may_run(k->host->ctx, "/usr/bin/journalctl")) {
		f = findings_add(&k->out, "log", FINDING_ERROR,
		    "There is no journalctl.");
		finding_why(f, "[report.collect] log is \"journal\".");
	} else if (!journal && !k->host->may_read(k->host->ctx, log)) {
		f = findings_add(&k->out, "log", FINDING_ERROR,
		    "User %s can't read %s.", k->c->server.user, log);
		finding_why(f, "[report.collect] log names it.");
		finding_fix(f, "usermod -aG adm %s", k->c->server.user);
	} else if (strcmp(value(k, "smtp_tls_loglevel"), "0") == 0) {
		f = findings_add(&k->out, "log", FINDING_ERROR,
		    "smtp_tls_loglevel is 0.");
		finding_why(f,
		    "Without a line per TLS session the log tells failures "
		    "only.");
		finding_fix(f, "postconf -e smtp_tls_loglevel=1");
	} else {
		findings_add(&k->out, "log", FINDING_OK,
		    "Sessions are read %s%s.", journal ? "from the " : "in ",
		    log);
	}
}

bool
report_check_jailed(const struct report_check *k)
{
	const struct postconf_service *s = postconf_service(k->p, "smtp/unix");

	return s != NULL && s->chroot;
}

/* Whether what Postfix sends to is the collector's socket. */
static bool
same_socket(const struct report_check *k, const char *name)
{
	const char *queue_dir = value(k, "queue_directory");
	char *path = name[0] == '/' && !report_check_jailed(k)
	    ? xstrdup(name)
	    : xasprintf("%s%s%s", queue_dir, name[0] == '/' ? "" : "/", name);
	bool same = strcmp(path, k->c->report_socket) == 0;

	free(path);
	return same;
}

/* The socket's name as Postfix is to have it. */
static const char *
wanted_name(const struct report_check *k)
{
	const char *queue_dir = value(k, "queue_directory"),
		   *socket = k->c->report_socket;
	size_t n = strlen(queue_dir);

	return n > 0 && strncmp(socket, queue_dir, n) == 0 && socket[n] == '/'
	    ? socket + n + 1
	    : socket;
}

static void
may_send(struct report_check *k)
{
	const char *name = wanted_name(k), *jail = NULL;
	bool as_user = false;
	struct finding *f;
	struct err e;
	char *path;

	if (report_check_jailed(k) && name[0] != '/')
		jail = value(k, "queue_directory");
	path = jail != NULL ? xasprintf("/%s", name)
			    : xstrdup(k->c->report_socket);
	if (k->host->may_send(k->host->ctx, value(k, "mail_owner"), jail, path,
		&as_user, &e) == 0) {
		f = findings_add(&k->out, "socket", FINDING_OK,
		    "Postfix may send to %s.", k->c->report_socket);
		if (!as_user)
			finding_why(f,
			    "Tried as the user that runs this: run it as root "
			    "to try as Postfix.");
	} else {
		f = findings_add(&k->out, "socket", FINDING_ERROR,
		    "Postfix can't send to %s: %s.", k->c->report_socket,
		    e.text);
		finding_why(f,
		    "It says \"Could not report TLS handshake result\" and "
		    "goes on.");
		finding_fix(f, "ls -ld %s", k->c->report_socket);
	}
	free(path);
}

static void
datagrams(struct report_check *k)
{
	const char *name = value(k, "smtp_tlsrpt_socket_name");
	struct finding *f;

	if (strcmp(value(k, "smtp_tlsrpt_enable"), "yes") != 0) {
		f = findings_add(&k->out, "tlsrpt", FINDING_ERROR,
		    "Postfix has libtlsrpt and does not use it.");
		finding_why(f, "smtp_tlsrpt_enable is not yes.");
	} else if (!same_socket(k, name)) {
		f = findings_add(&k->out, "tlsrpt", FINDING_ERROR,
		    "Postfix sends to another socket: "
		    "smtp_tlsrpt_socket_name = %s.",
		    name);
		finding_why(f,
		    "[report.collect] socket is %s; the name is relative to "
		    "the queue directory%s.",
		    k->c->report_socket,
		    report_check_jailed(k) ? ", in whose jail smtp(8) runs"
					   : "");
	} else {
		findings_add(&k->out, "tlsrpt", FINDING_OK,
		    "Postfix tells of each TLS session.");
		may_send(k);
		return;
	}
	finding_fix(f,
	    "postconf -e smtp_tlsrpt_enable=yes smtp_tlsrpt_socket_name=%s",
	    wanted_name(k));
}

void
report_check_postfix(struct report_check *k)
{
	bool library;

	if (k->p == NULL) {
		findings_add(&k->out, "tlsrpt", FINDING_OK,
		    "There is no Postfix on this host.");
		return;
	}
	library = has_library(k);
	if (library)
		datagrams(k);
	log_source(k, library);
}
