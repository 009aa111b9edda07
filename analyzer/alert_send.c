/* alert_send: tells alerts - see alert_send.h */
#include "config.h"

#include "analyzer/alert_send.h"

#include "share/base/clock.h"
#include "share/base/hostname.h"
#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/dns/resolver_ub.h"
#include "share/mail/header.h"
#include "share/net/https_post.h"
#include "share/net/loop.h"
#include "share/net/smtp_send.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAIL_MAX (1u << 20)
#define ADDRESSES_MAX 8
#define SMTP_PORT 25

extern char **environ;

bool
alert_has_way(const struct conf *c)
{
	return c->report.alert_mail.n > 0 || *c->report.alert_webhook != '\0' ||
	    *c->report.alert_command != '\0';
}

static char *
sender(const struct conf *c)
{
	if (*c->report_from_address != '\0')
		return xstrdup(c->report_from_address);
	return xasprintf("postmaster@%s", c->server.hostname);
}

int
alert_mail_write(const struct conf *c, const char *to, const char *text,
    int64_t now_s, struct buf *out, struct err *e)
{
	struct address from, rcpt;
	char *mail = sender(c), left[64];
	int rc = -1;

	(void)snprintf(left, sizeof(left), "alert.%" PRId64 ".%ld", now_s,
	    (long)getpid());
	if (address_parse(mail, strlen(mail), &from, e) == 0 &&
	    address_parse(to, strlen(to), &rcpt, e) == 0 &&
	    header_add_mailbox(out, "From", "tlsherald-analyzer", &from, e) ==
		0 &&
	    header_add_mailbox(out, "To", NULL, &rcpt, e) == 0 &&
	    header_add_text(out, "Subject", "TLS of our mail: alerts", e) ==
		0 &&
	    header_add_date(out, (time_t)now_s, e) == 0 &&
	    header_add_message_id(out, left, from.domain, e) == 0 &&
	    header_add_tokens(out, "MIME-Version", "1.0", e) == 0 &&
	    header_add_tokens(out, "Content-Type", "text/plain; charset=utf-8",
		e) == 0 &&
	    header_add_tokens(out, "Auto-Submitted", "auto-generated", e) == 0)
		rc = 0;
	free(mail);
	buf_puts(out, "\r\n");
	for (; *text != '\0'; text++) /* lines are escaped and short */
		buf_puts(out, *text == '\n' ? "\r\n" : (char[]){ *text, 0 });
	if (rc == 0 && buf_full(out))
		rc = err_set(e, ERR_LIMIT, "the message is too long");
	return rc;
}

/* ---- a program with input ---- */

/* Writes all of it unless the program stops reading or the time is over. */
static void
feed(int fd, const char *data, size_t n, int64_t until_ms)
{
	while (n > 0) {
		struct pollfd p = { fd, POLLOUT, 0 };
		int64_t left = until_ms - clock_mono_ms(clock_system());
		ssize_t put;

		if (left <= 0 || poll(&p, 1, (int)left) <= 0)
			return;
		put = write(fd, data, n);
		if (put <= 0 && errno != EINTR && errno != EAGAIN)
			return;
		if (put > 0) {
			data += put;
			n -= (size_t)put;
		}
	}
}

static int
run(char *const argv[], const char *data, size_t n, struct err *e)
{
	int64_t until = clock_mono_ms(clock_system()) + ALERT_SEND_MS;
	posix_spawn_file_actions_t files;
	int fds[2], rc, status;
	pid_t child;

	if (pipe2(fds, O_CLOEXEC) == -1)
		return err_sys(e, "pipe");
	/* a write waits for a program that never reads; poll() does not */
	(void)fcntl(fds[1], F_SETFL, O_NONBLOCK);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, fds[0], STDIN_FILENO);
	rc = posix_spawn(&child, argv[0], &files, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	close(fds[0]);
	if (rc != 0) {
		close(fds[1]);
		errno = rc;
		return err_sys(e, "cannot run %s", argv[0]);
	}
	feed(fds[1], data, n, until);
	close(fds[1]);
	while ((rc = waitpid(child, &status, WNOHANG)) == 0 &&
	    clock_mono_ms(clock_system()) < until)
		(void)poll(NULL, 0, 20);
	if (rc == 0) {
		(void)kill(child, SIGKILL);
		(void)waitpid(child, &status, 0);
		return err_set(e, ERR_TEMP, "%s takes too long", argv[0]);
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return err_set(e, ERR_TEMP, "%s failed (%s %d)", argv[0],
		    WIFEXITED(status) ? "exit" : "signal",
		    WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	return 0;
}

/* ---- the network; one thing at a time on a loop of its own ---- */

struct way {
	const struct conf *conf;
	struct loop *loop;
	char address[ADDRESSES_MAX][46];
	const char *addresses[ADDRESSES_MAX];
	size_t n;
	int under_way;
	int rc;
	struct err *e;
};

static int
begin(struct way *w, const struct conf *c, struct err *e)
{
	memset(w, 0, sizeof(*w));
	w->conf = c;
	w->e = e;
	w->loop = loop_new(e);
	return w->loop == NULL ? -1 : 0;
}

static void
on_address(void *arg, const struct dns_answer *a)
{
	struct way *w = arg;

	for (size_t i = 0; a->security != DNS_BOGUS &&
	     a->security != DNS_UNKNOWN && i < a->n && w->n < ADDRESSES_MAX;
	     i++) {
		(void)text_copy(w->address[w->n], sizeof(w->address[0]),
		    a->u.addr[i]);
		w->addresses[w->n] = w->address[w->n];
		w->n++;
	}
	if (--w->under_way == 0)
		loop_stop(w->loop);
}

/* The addresses of host, which may be one itself. */
static int
look_up(struct way *w, const char *host)
{
	const struct dns_resolver *dns;
	struct resolver_ub *r;

	if (hostname_is_address(host, strlen(host), w->address[0])) {
		w->addresses[0] = w->address[0];
		w->n = 1;
		return 0;
	}
	r = resolver_ub_new(loop_base(w->loop), w->conf, w->e);
	if (r == NULL)
		return -1;
	dns = resolver_ub_iface(r);
	w->under_way = 2;
	(void)dns->ask(dns->ctx, host, DNS_A, on_address, w);
	(void)dns->ask(dns->ctx, host, DNS_AAAA, on_address, w);
	loop_run(w->loop);
	resolver_ub_free(r);
	if (w->n == 0)
		return err_set(w->e, ERR_TEMP, "%s has no address", host);
	return 0;
}

static void
on_mail(void *arg, const struct smtp_send_answer *a)
{
	struct way *w = arg;

	w->rc = 0;
	if (a->result != SMTP_SEND_TAKEN)
		w->rc =
		    err_set(w->e, ERR_TEMP, "the mail server says: %s", a->why);
	loop_stop(w->loop);
}

/* "smtp://HOST[:PORT]", as the config checked it. */
static void
split(const char *via, char host[256], uint16_t *port)
{
	const char *s = via + strlen("smtp://"), *end;

	*port = SMTP_PORT;
	if (*s == '[') {
		s++;
		end = s + strcspn(s, "]");
	} else {
		end = s + strcspn(s, ":");
		/* a bare IPv6 address has several */
		if (*end == ':' && strchr(end + 1, ':') != NULL)
			end = s + strlen(s);
	}
	(void)snprintf(host, 256, "%.*s", (int)(end - s), s);
	end += *end == ']';
	if (*end == ':')
		*port = (uint16_t)strtol(end + 1, NULL, 10);
}

static int
send_smtp(const struct conf *c, const char *to, struct buf *mail, struct err *e)
{
	char host[256], *from = sender(c);
	struct smtp_send_server server = { .host = host };
	struct smtp_send *client;
	struct way w;
	int rc = -1;

	split(c->report.deliver_via, host, &server.port);
	if (begin(&w, c, e) == 0 && look_up(&w, host) == 0) {
		server.addresses = w.addresses;
		server.naddresses = w.n;
		client = smtp_send_new(loop_base(w.loop), c->server.hostname);
		(void)smtp_send_mail(client, &server, from, to, mail,
		    ALERT_SEND_MS, on_mail, &w);
		loop_run(w.loop);
		rc = w.rc;
		smtp_send_free(client);
	}
	loop_free(w.loop);
	free(from);
	return rc;
}

static int
send_mail(const struct conf *c, const char *to, const char *text, int64_t now_s,
    struct err *e)
{
	const char *via = c->report.deliver_via;
	char *from = sender(c);
	struct buf mail;
	int rc;

	buf_init(&mail, MAIL_MAX);
	rc = alert_mail_write(c, to, text, now_s, &mail, e);
	if (rc == 0 && strncmp(via, "sendmail:", 9) == 0) {
		const char *argv[] = { via + 9, "-oi", "-f", from, "--", to,
			NULL };

		rc = run((char *const *)(uintptr_t)argv, buf_str(&mail),
		    mail.len, e);
	} else if (rc == 0 && strncmp(via, "smtp://", 7) == 0) {
		rc = send_smtp(c, to, &mail, e);
	} else if (rc == 0) {
		rc = err_set(e, ERR_PERM,
		    "alerts cannot be mailed: [report.deliver] via is \"%s\"",
		    via);
	}
	if (rc == -1)
		(void)err_wrap(e, "mail to %s", to);
	buf_clear(&mail);
	free(from);
	return rc;
}

static void
on_post(void *arg, const struct https_post_answer *a)
{
	struct way *w = arg;

	w->rc = 0;
	if (a->result != HTTPS_POST_ANSWERED)
		w->rc = err_set(w->e, ERR_TEMP, "webhook: %s", a->why);
	else if (a->status / 100 != 2)
		w->rc =
		    err_set(w->e, ERR_TEMP, "webhook: status %d", a->status);
	loop_stop(w->loop);
}

static int
post(struct way *w, const char *json, struct err *e)
{
	const struct conf *c = w->conf;
	struct https_post_request req = { .url = c->report.alert_webhook,
		.addresses = w->addresses,
		.naddresses = w->n,
		.type = "application/json",
		.body = json,
		.len = strlen(json),
		.timeout_ms = ALERT_SEND_MS };
	struct addr_filter *filter = addr_filter_new();
	struct https_post *client;

	for (size_t i = 0; i < c->net_allow.n; i++)
		if (addr_filter_allow(filter, c->net_allow.item[i], e) == -1) {
			addr_filter_free(filter);
			return -1;
		}
	client = https_post_new(loop_base(w->loop), c->sts_ca_file, filter);
	w->rc = -1;
	if (https_post_start(client, &req, on_post, w, e) != NULL)
		loop_run(w->loop);
	https_post_free(client);
	return w->rc;
}

static int
send_webhook(const struct conf *c, const char *json, struct err *e)
{
	struct https_url url;
	struct way w;
	int rc = -1;

	if (https_url_parse(c->report.alert_webhook, &url, e) == -1)
		return -1;
	if (begin(&w, c, e) == 0 && look_up(&w, url.host) == 0)
		rc = post(&w, json, e);
	loop_free(w.loop);
	return rc;
}

int
alert_send(const struct conf *c, const char *text, const char *json,
    int64_t now_s, struct err *e)
{
	char *argv[] = { c->report.alert_command, NULL };
	int rc = 0;

	for (size_t i = 0; i < c->report.alert_mail.n; i++)
		if (send_mail(c, c->report.alert_mail.item[i], text, now_s,
			e) == -1)
			rc = -1;
	if (*c->report.alert_webhook != '\0' && send_webhook(c, json, e) == -1)
		rc = -1;
	if (*c->report.alert_command != '\0' &&
	    run(argv, json, strlen(json), e) == -1)
		rc = -1;
	return rc;
}
