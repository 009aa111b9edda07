/* log_source: the process that reads the MTA's log - see log_source.h */
#include "config.h"

#include "reportgen/log_source.h"
#include "reportgen/log_reader.h"
#include "share/base/xmem.h"
#include "share/dns/resolver_ub.h"
#include "share/net/socketmap_client.h"

#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define SAVE_MS 2000
#define LOOK_MS 5000 /* at the log, when nothing tells of it */
#define CONNECT_MS 1000
#define ANSWER_MS 5000
#define SAY_EVERY_MS INT64_C(60000)

/* One life: until the config is read anew, or the input breaks. */
struct life {
	struct child *child;
	struct conf *conf; /* a reference: the child's may be a newer one */
	struct event_base *base;
	struct resolver_ub *resolver;
	struct log_domains *domains;
	struct log_reader *reader;
	struct event *work, *input, *save;
	struct event *term, *hup;
	char *state;
	int64_t said_ms; /* when a trouble was logged, 0: none is */
	bool stop, anew, broken;
};

bool
log_source_wanted(const struct conf *c)
{
	return c->report.log[0] != '\0';
}

/* ---- what the reader asks of us ---- */

static char *
ask_policy(void *arg, const char *domain, struct err *e)
{
	const struct life *l = arg;
	const struct conf *c = l->conf;
	const char *where = c->report.policy[0] != '\0' ? c->report.policy
	    : c->policy.listen.n > 0 ? c->policy.listen.item[0]
				     : "";

	return socketmap_ask(where, "json", domain, CONNECT_MS, ANSWER_MS, e);
}

static int
send_record(struct life *l, enum side_kind kind, int64_t ms,
    const struct side_position *position, const char *text, size_t len,
    struct err *e)
{
	struct side_record r = { .kind = kind,
		.ms = ms,
		.position = *position,
		.text = text,
		.len = len };

	(void)snprintf(r.source, sizeof(r.source), "%s",
	    log_reader_source(l->reader));
	return side_send(l->child->side, &r, e);
}

static int
send_session(void *arg, const struct log_session *s, const char *json,
    size_t len, struct err *e)
{
	return send_record(arg, SIDE_LOG, s->ms, &s->position, json, len, e);
}

static void
work_in(struct life *l, int64_t ms)
{
	struct timeval tv = { ms / 1000, (suseconds_t)(ms % 1000) * 1000 };

	evtimer_add(l->work, &tv);
}

static void
on_ready(void *arg)
{
	work_in(arg, 0);
}

/* ---- events ---- */

/* Once a minute, and once when it is over. */
static void
say_trouble(struct life *l, const struct err *e)
{
	int64_t now = clock_mono_ms(clock_system());

	if (l->said_ms != 0 && now - l->said_ms < SAY_EVERY_MS)
		return;
	l->said_ms = now;
	log_write(l->child->log, LOG_LEVEL_WARN,
	    "log=%s waits, nothing is lost: %s", l->conf->report.log, e->text);
}

static void
say_over(struct life *l)
{
	if (l->said_ms != 0)
		log_write(l->child->log, LOG_LEVEL_INFO, "log=%s goes on",
		    l->conf->report.log);
	l->said_ms = 0;
}

static void
on_work(evutil_socket_t fd, short what, void *arg)
{
	struct life *l = arg;
	struct err e = { 0 };

	(void)fd;
	(void)what;
	switch (log_reader_step(l->reader, &e)) {
	case LOG_STEP_MORE:
		say_over(l);
		work_in(l, 0);
		break;
	case LOG_STEP_INPUT:
		say_over(l);
		if (l->input != NULL)
			event_add(l->input, NULL);
		work_in(l, LOOK_MS);
		break;
	case LOG_STEP_READY:
		break;
	case LOG_STEP_RETRY:
		say_trouble(l, &e);
		work_in(l, LOG_RETRY_MS);
		break;
	case LOG_STEP_BROKEN:
		say_trouble(l, &e);
		l->broken = true;
		event_base_loopbreak(l->base);
		break;
	}
}

static void
on_input(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	work_in(arg, 0);
}

static void
save(struct life *l)
{
	struct side_position at;
	struct err e = { 0 };

	if (log_reader_save(l->reader, &at) &&
	    send_record(l, SIDE_AT, clock_wall_ms(clock_system()), &at, NULL, 0,
		&e) == -1)
		say_trouble(l, &e);
}

static void
on_save(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	save(arg);
}

static void
on_signal(evutil_socket_t number, short what, void *arg)
{
	struct life *l = arg;

	(void)what;
	if (number == SIGTERM)
		l->stop = true;
	else if (!child_reload(l->child))
		return;
	l->anew = true;
	event_base_loopbreak(l->base);
}

/* ---- a life ---- */

static int
open_resolver(struct life *l, struct err *e)
{
	struct log_domains_env env = { .clock = clock_system(),
		.ask = ask_policy,
		.ready = on_ready,
		.arg = l };

	l->resolver = resolver_ub_new(l->base, l->conf, e);
	if (l->resolver == NULL)
		return -1;
	env.dns = resolver_ub_iface(l->resolver);
	l->domains = log_domains_new(&env);
	return 0;
}

static int
open_reader(struct life *l, struct err *e)
{
	const struct conf *c = l->conf;
	struct log_reader_env env = { .conf = c,
		.journalctl = "journalctl",
		.state = l->state,
		.sender = c->report_from_address,
		.domains = l->domains,
		.clock = clock_system(),
		.log = l->child->log,
		.shared = l->child->shared,
		.send = send_session,
		.arg = l };
	int fd;

	l->reader = log_reader_new(&env, e);
	if (l->reader == NULL)
		return -1;
	fd = log_reader_fd(l->reader);
	if (fd != -1)
		l->input = event_new(l->base, fd, EV_READ, on_input, l);
	return 0;
}

static void
add_events(struct life *l)
{
	struct timeval every = { SAVE_MS / 1000, 0 };

	l->work = evtimer_new(l->base, on_work, l);
	l->save = event_new(l->base, -1, EV_PERSIST, on_save, l);
	l->term = evsignal_new(l->base, SIGTERM, on_signal, l);
	l->hup = evsignal_new(l->base, SIGHUP, on_signal, l);
	event_add(l->save, &every);
	event_add(l->term, NULL);
	event_add(l->hup, NULL);
}

static void
free_event(struct event *ev)
{
	if (ev != NULL)
		event_free(ev);
}

static void
end_life(struct life *l)
{
	if (l->reader != NULL)
		save(l);
	free_event(l->work);
	free_event(l->input);
	free_event(l->save);
	free_event(l->term);
	free_event(l->hup);
	log_reader_free(l->reader);
	log_domains_free(l->domains);
	resolver_ub_free(l->resolver);
	event_base_free(l->base);
	free(l->state);
	conf_unref(l->conf);
}

/* EX_OK: ended as asked; *again: and is to begin anew. */
static int
live(struct child *c, bool *again)
{
	struct life l = { .child = c, .conf = conf_ref(c->conf) };
	struct err e = { 0 };
	int status = EX_TEMPFAIL;

	l.base = event_base_new();
	l.state = xasprintf("%s/log.state", l.conf->server.state_dir);
	add_events(&l);
	child_unblock();
	if (open_resolver(&l, &e) == -1 || open_reader(&l, &e) == -1) {
		log_write(c->log, LOG_LEVEL_ERROR, "log=%s: %s",
		    l.conf->report.log, e.text);
		goto out;
	}
	/* where it began, so that a second life begins there too */
	save(&l);
	work_in(&l, 0);
	event_base_dispatch(l.base);
	status = l.broken ? EX_TEMPFAIL : EX_OK;
out:
	*again = l.anew && !l.stop && log_source_wanted(c->conf);
	end_life(&l);
	return status;
}

int
log_source_run(struct child *c)
{
	bool again;
	int status;

	do
		status = live(c, &again);
	while (again);
	return status;
}
