/* sender: makes reports and brings them out - see sender.h */
#include "config.h"

#include "reportgen/sender.h"

#include "reportgen/ask.h"
#include "reportgen/metrics.h"
#include "reportgen/outgoing.h"
#include "reportgen/report_make.h"
#include "reportgen/side.h"
#include "share/base/xmem.h"
#include "share/net/http_page.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

struct sender {
	struct child *child;
	struct event_base *base;
	struct report_db *db;
	struct http_page *page;
	struct metrics_view view;
	struct outgoing out;
	struct event *signal[3];
	struct event *look;    /* for what is due */
	struct event *settled; /* something was; awaited to stop or reload */
	struct event *stop;    /* waited long enough */
	int lock;
	bool open, stopping, reload;
	void *probe;          /* under way */
	int64_t size_max;     /* of the submission server */
	int64_t probed_s;     /* when; 0: not by this config */
	int64_t expired_s;    /* when */
	const char *obstacle; /* as it was told */
};

static int64_t
wall_s(void)
{
	return clock_wall_ms(clock_system()) / 1000;
}

static void
look_in(struct sender *s, int64_t ms)
{
	const struct timeval tv = { .tv_sec = ms / 1000,
		.tv_usec = ms % 1000 * 1000 };

	(void)event_add(s->look, &tv);
}

/* delivery_env.own */
static void
tell_own(void *ctx, const char *domain)
{
	struct sender *s = ctx;
	const struct side_record r = { .kind = SIDE_OWN,
		.ms = clock_wall_ms(clock_system()),
		.text = domain,
		.len = strlen(domain) };
	struct err e = { 0 };

	if (s->child->side != -1 && side_send(s->child->side, &r, &e) == -1)
		log_write(s->child->log, LOG_LEVEL_ERROR,
		    "%s own session not announced: %s", domain, e.text);
}

/* delivery_env.step: within the delivery, so what follows waits a turn. */
static void
step(void *ctx)
{
	struct sender *s = ctx;

	if (s->stopping || s->reload)
		event_active(s->settled, EV_TIMEOUT, 0);
}

/* Opens everything by the config in force; not for want of a try. */
static bool
open_out(struct sender *s)
{
	const struct outgoing_env env = {
		.base = s->base,
		.db = s->db,
		.conf = s->child->conf,
		.keys = s->child->keys,
		.log = s->child->log,
		.shared = s->child->shared,
		.own = tell_own,
		.step = step,
		.ctx = s,
	};
	struct err e = { 0 };

	if (s->open)
		return true;
	s->open = outgoing_open(&s->out, &env, &e) == 0;
	if (s->open &&
	    report_db_get_int(s->db, SENDER_SIZE_NAME, 0, &s->size_max, &e) ==
		-1)
		log_write(s->child->log, LOG_LEVEL_ERROR, "sender: %s", e.text);
	if (s->open &&
	    report_db_put_int(s->db, SENDER_KEYS_NAME,
		(int64_t)s->child->keys->n, &e) == -1)
		log_write(s->child->log, LOG_LEVEL_ERROR, "sender: %s", e.text);
	s->probed_s = 0;
	s->obstacle = NULL;
	if (!s->open)
		log_write(s->child->log, LOG_LEVEL_ERROR,
		    "reports cannot be sent: %s", e.text);
	return s->open;
}

static void
close_out(struct sender *s)
{
	if (s->probe != NULL)
		s->out.mail.kind->cancel(s->out.mail.ctx, s->probe);
	s->probe = NULL;
	if (s->open)
		outgoing_close(&s->out);
	s->open = false;
}

/* Once an hour: octets of old reports, and then all of them. */
static void
expire(struct sender *s)
{
	int64_t now_s = wall_s();
	int64_t keep_s = s->child->conf->report.keep_sent_ms / 1000;
	struct err e = { 0 };

	if (now_s - s->expired_s < SENDER_HOUR_S && now_s >= s->expired_s)
		return;
	s->expired_s = now_s;
	if (outbox_expire(s->db, now_s - keep_s, now_s - SENDER_KEEP_S, &e) ==
	    -1)
		log_write(s->child->log, LOG_LEVEL_ERROR, "outbox error=\"%s\"",
		    e.text);
}

/* Why nothing can be sent, or NULL. */
static const char *
find_obstacle(const struct sender *s)
{
	const char *obstacle = report_make_obstacle(s->child->conf);

	/* RFC 8460 section 3: a mail without a signature is worth nothing */
	if (obstacle == NULL && s->child->keys->n == 0)
		obstacle = SENDER_NO_KEYS;
	return obstacle;
}

/* Makes what is due and has it delivered; when to look again. */
static int64_t
make(struct sender *s)
{
	struct report_make_stats stats = { 0 };
	const struct log *log = s->child->log;
	const char *obstacle = find_obstacle(s);
	int64_t now_s = wall_s(), ms = SENDER_LOOK_MS;
	struct err e = { 0 };

	if (obstacle != NULL &&
	    (s->obstacle == NULL || strcmp(obstacle, s->obstacle) != 0))
		log_write(log, LOG_LEVEL_WARN, "no reports are made: %s",
		    obstacle);
	s->obstacle = obstacle;
	/* sessions and reports wait for keys, which take a restart */
	if (s->child->keys->n == 0 &&
	    report_make_obstacle(s->child->conf) == NULL)
		return ms;
	if (report_make_due(s->db, s->child->conf, now_s, s->size_max, &stats,
		&e) == -1)
		log_write(log, LOG_LEVEL_ERROR, "reports are not made: %s",
		    e.text);
	else if (stats.next_s < now_s + ms / 1000)
		ms =
		    stats.next_s > now_s ? (stats.next_s - now_s) * 1000 : 1000;
	s->child->shared->reports_made += stats.reports;
	if (stats.reports > 0 || stats.expired > 0 || stats.failed > 0)
		log_write(log,
		    stats.failed > 0 ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO,
		    "made reports=%llu sessions=%llu expired=%llu failed=%llu"
		    "%s%s",
		    (unsigned long long)stats.reports,
		    (unsigned long long)stats.sessions,
		    (unsigned long long)stats.expired,
		    (unsigned long long)stats.failed,
		    stats.failed > 0 ? " why=" : "",
		    stats.failed > 0 ? stats.why.text : "");
	if (s->out.mail.kind != NULL)
		delivery_look(s->out.delivery);
	return ms;
}

/* transport_probed */
static void
probed(void *arg, int64_t size_max, const char *why)
{
	struct sender *s = arg;

	struct err e = { 0 };

	s->probe = NULL;
	s->probed_s = wall_s();
	if (*why == '\0' && s->size_max != size_max) {
		s->size_max = size_max;
		if (report_db_put_int(s->db, SENDER_SIZE_NAME, size_max, &e) ==
		    -1)
			log_write(s->child->log, LOG_LEVEL_ERROR, "sender: %s",
			    e.text);
	} else if (*why != '\0')
		log_write(s->child->log, LOG_LEVEL_WARN,
		    "the submission server does not tell its SIZE: %s", why);
	look_in(s, 0);
}

/* Asks how large a mail may be; true when the answer is awaited. */
static bool
probe(struct sender *s)
{
	const struct transport *mail = &s->out.mail;
	int64_t age_s = wall_s() - s->probed_s;

	if (s->probe != NULL)
		return true;
	if (find_obstacle(s) != NULL || mail->kind == NULL ||
	    mail->kind->probe == NULL ||
	    (s->probed_s != 0 && age_s >= 0 && age_s < SENDER_HOUR_S))
		return false;
	s->probe = mail->kind->probe(mail->ctx, probed, s);
	return s->probe != NULL;
}

/* The connection of a probe is not kept. */
static void
rest(const struct sender *s)
{
	const struct transport *mail = &s->out.mail;

	if (mail->kind != NULL && mail->kind->rest != NULL &&
	    delivery_busy(s->out.delivery) == 0)
		mail->kind->rest(mail->ctx);
}

static void
on_look(evutil_socket_t fd, short what, void *arg)
{
	struct sender *s = arg;
	struct err e = { 0 };

	(void)fd;
	(void)what;
	if (s->stopping || s->reload)
		return;
	if (s->lock == -1)
		s->lock = outgoing_lock(s->child->conf, &e);
	if (s->lock == -1) {
		look_in(s, SENDER_LOCK_MS);
	} else if (!open_out(s)) {
		look_in(s, SENDER_LOOK_MS);
	} else if (!probe(s)) {
		rest(s);
		look_in(s, make(s));
		expire(s);
	}
}

/* Whether nothing is under way any more. */
static bool
is_idle(const struct sender *s)
{
	return !s->open || delivery_busy(s->out.delivery) == 0;
}

static void
on_settled(evutil_socket_t fd, short what, void *arg)
{
	struct sender *s = arg;

	(void)fd;
	(void)what;
	if (!is_idle(s))
		return;
	if (s->stopping) {
		(void)event_base_loopbreak(s->base);
	} else if (s->reload) {
		s->reload = false;
		close_out(s);
		if (child_reload(s->child))
			log_write(s->child->log, LOG_LEVEL_INFO,
			    "sender: reloaded");
		s->view.conf = s->child->conf;
		look_in(s, 0);
	}
}

static void
on_stop(evutil_socket_t fd, short what, void *arg)
{
	struct sender *s = arg;

	(void)fd;
	(void)what;
	(void)event_base_loopbreak(s->base);
}

static void
on_signal(evutil_socket_t signo, short what, void *arg)
{
	const struct timeval stop = { .tv_sec = SENDER_STOP_MS / 1000 };
	struct sender *s = arg;

	(void)what;
	if (signo == SIGUSR2) {
		look_in(s, 0);
		return;
	}
	if (signo == SIGTERM) {
		s->stopping = true;
		(void)event_add(s->stop, &stop);
	} else {
		s->reload = true;
	}
	if (s->open)
		delivery_pause(s->out.delivery);
	event_active(s->settled, EV_TIMEOUT, 0);
}

/* http_page_text */
static char *
page_text(void *arg)
{
	struct sender *s = arg;

	return metrics_text(&s->view);
}

static void
open_page(struct sender *s)
{
	s->view = (struct metrics_view){ .conf = s->child->conf,
		.shared = s->child->shared,
		.db = s->db,
		.signs = s->child->keys->n > 0,
		.started = time(NULL) };
	if (s->child->metrics == -1)
		return;
	s->page = http_page_new(s->base, "/metrics",
	    "text/plain; version=0.0.4; charset=utf-8", page_text, s);
	http_page_add(s->page, s->child->metrics);
}

/* Says what is to be done on each event. */
static void
watch(struct sender *s)
{
	static const int signals[] = { SIGTERM, SIGHUP, SIGUSR2 };

	for (size_t i = 0; i < 3; i++) {
		s->signal[i] = evsignal_new(s->base, signals[i], on_signal, s);
		if (s->signal[i] == NULL || event_add(s->signal[i], NULL) == -1)
			abort();
	}
	s->look = evtimer_new(s->base, on_look, s);
	s->settled = event_new(s->base, -1, 0, on_settled, s);
	s->stop = evtimer_new(s->base, on_stop, s);
	if (s->look == NULL || s->settled == NULL || s->stop == NULL)
		abort();
	child_unblock();
	look_in(s, 0);
}

static void
clear(struct sender *s)
{
	close_out(s);
	http_page_free(s->page);
	for (size_t i = 0; i < 3; i++)
		if (s->signal[i] != NULL)
			event_free(s->signal[i]);
	if (s->look != NULL)
		event_free(s->look);
	if (s->settled != NULL)
		event_free(s->settled);
	if (s->stop != NULL)
		event_free(s->stop);
	report_db_close(s->db);
	if (s->lock != -1)
		close(s->lock);
	event_base_free(s->base);
}

int
sender_main(struct child *c)
{
	struct sender s = { .child = c, .lock = -1 };
	char *path = ask_db_path(c->conf);
	struct err e = { 0 };
	int status = EX_OK;

	s.base = event_base_new();
	if (s.base == NULL)
		abort();
	s.db = report_db_open(path, &e);
	free(path);
	if (s.db == NULL) {
		log_write(c->log, LOG_LEVEL_ERROR, "sender: %s", e.text);
		status = EX_TEMPFAIL;
	} else {
		open_page(&s);
		watch(&s);
		(void)event_base_dispatch(s.base);
	}
	clear(&s);
	return status;
}
