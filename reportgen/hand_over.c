/* hand_over: has reports go out now - see hand_over.h */
#include "config.h"

#include "reportgen/hand_over.h"

#include "reportgen/ask.h"
#include "reportgen/cli.h"
#include "reportgen/outgoing.h"
#include "reportgen/report_text.h"
#include "share/app/privilege.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

struct watch {
	struct hand_over *h;
	struct report_db *db;
	struct delivery *delivery; /* NULL: the daemon's */
	struct event_base *base;
	struct cli_progress progress;
	int64_t end_ms;
	bool paused;
	int rc;
	struct err *e;
};

void
hand_over_add(struct hand_over *h, int64_t number)
{
	if (h->n == h->cap) {
		h->cap = h->cap * 2 + 64;
		h->number =
		    xreallocarray(h->number, h->cap, sizeof(*h->number));
	}
	h->number[h->n++] = number;
}

void
hand_over_clear(struct hand_over *h)
{
	free(h->number);
	*h = (struct hand_over){ 0 };
}

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* How many of them are due still, and so were not tried or not to the end. */
static int
count_due(const struct hand_over *h, struct report_db *db, size_t *left,
    struct err *e)
{
	int64_t at_s = clock_wall_ms(clock_system()) / 1000;
	size_t max = h->n * 2 + 1024, n;
	int64_t *due = xcalloc(max, sizeof(*due));
	int rc = outbox_due(db, at_s, due, max, &n, e);

	*left = 0;
	for (size_t i = 0; rc == 0 && i < n; i++)
		*left += bsearch(&due[i], h->number, h->n, sizeof(*due),
			     compare) != NULL;
	free(due);
	return rc;
}

/* Whether all has its end, or cannot be waited for any more. */
static bool
is_over(struct watch *w)
{
	size_t left = 0;

	if (!w->paused) {
		w->rc = count_due(w->h, w->db, &left, w->e);
		cli_progress(&w->progress, w->h->n - left);
	}
	if (w->rc == 0 && left > 0 &&
	    clock_mono_ms(clock_system()) >= w->end_ms)
		w->rc = err_set(w->e, ERR_TEMP,
		    "%zu reports are under way still", left);
	if (w->rc == 0 && left > 0)
		return false;
	/* others that are under way end as well */
	if (w->delivery != NULL && !w->paused)
		delivery_pause(w->delivery);
	w->paused = true;
	return w->rc == -1 || w->delivery == NULL ||
	    delivery_busy(w->delivery) == 0;
}

static void
on_look(evutil_socket_t fd, short what, void *arg)
{
	struct watch *w = arg;

	(void)fd;
	(void)what;
	if (is_over(w))
		(void)event_base_loopbreak(w->base);
}

/* Asks the daemon, and looks at the outbox until it has done it. */
static int
by_daemon(struct watch *w, const struct conf *c)
{
	const struct timespec look = { 0, HAND_OVER_LOOK_MS * 1000000L };

	if (ask_look(c, w->e) == -1)
		return -1;
	while (!is_over(w))
		(void)nanosleep(&look, NULL);
	return w->rc;
}

/* Root is needed for the keys and the lock, and for nothing after. */
static int
become_user(const struct conf *c, struct err *e)
{
	struct privilege who;

	if (privilege_find(c, &who, e) == -1)
		return -1;
	who.may_gain = transport_runs_program(c);
	return who.root ? privilege_drop(c, &who, e) : 0;
}

static int
deliver_here(struct watch *w, struct conf *c, struct keyring *keys)
{
	const struct timeval tv = { .tv_usec = HAND_OVER_LOOK_MS * 1000 };
	struct log log;
	struct outgoing_env env = { .base = w->base,
		.db = w->db,
		.conf = c,
		.keys = keys,
		.log = &log };
	struct outgoing out;
	struct event *look;

	log_open(&log, CLI_PROGRAM, c->log.to != CONF_LOG_STDERR,
	    (enum log_level)c->log.level);
	if (outgoing_open(&out, &env, w->e) == -1)
		return -1;
	if (out.mail.kind == NULL) {
		outgoing_close(&out);
		return err_set(w->e, ERR_PERM, "[report.deliver] via is none");
	}
	w->delivery = out.delivery;
	look = event_new(w->base, -1, EV_PERSIST, on_look, w);
	if (look == NULL || event_add(look, &tv) == -1)
		abort();
	delivery_look(out.delivery);
	(void)event_base_dispatch(w->base);
	event_free(look);
	outgoing_close(&out);
	return w->rc;
}

/* There is no daemon: this process is the one that sends. */
static int
by_us(struct watch *w, const struct conf *c)
{
	struct conf *conf = conf_ref((struct conf *)(uintptr_t)c);
	struct keyring keys = { 0 };
	int lock = outgoing_lock(c, w->e), rc = -1;

	(void)signal(SIGPIPE, SIG_IGN);
	w->base = event_base_new();
	if (w->base == NULL)
		abort();
	if (lock != -1 && keyring_load(&keys, conf, w->e) == 0) {
		if (become_user(c, w->e) == 0)
			rc = deliver_here(w, conf, &keys);
		keyring_clear(&keys);
	}
	event_base_free(w->base);
	if (lock != -1)
		close(lock);
	conf_unref(conf);
	return rc;
}

static int
make_due(const struct hand_over *h, struct report_db *db, int64_t now_s,
    struct err *e)
{
	int rc = 0;

	if (report_db_begin(db, e) == -1)
		return -1;
	for (size_t i = 0; i < h->n && rc == 0; i++)
		rc = outbox_hurry(db, h->number[i], now_s, e);
	if (rc == 0)
		return report_db_commit(db, e);
	report_db_rollback(db);
	return -1;
}

int
hand_over_run(struct hand_over *h, const struct conf *c, struct report_db *db,
    struct err *e)
{
	struct watch w = { .h = h, .db = db, .e = e };
	int rc;

	if (h->n == 0)
		return 0;
	qsort(h->number, h->n, sizeof(*h->number), compare);
	w.end_ms = clock_mono_ms(clock_system()) + HAND_OVER_MS;
	if (make_due(h, db, clock_wall_ms(clock_system()) / 1000, e) == -1)
		return -1;
	cli_progress_start(&w.progress, "reports", h->n);
	rc = ask_running(c) ? by_daemon(&w, c) : by_us(&w, c);
	cli_progress_end(&w.progress);
	return rc;
}

/* ---- what became of them ---- */

struct print {
	json_t *reports, *to; /* NULL: for people */
	size_t later, failed;
	enum outbox_state state;
};

static bool
print_destination(void *arg, const struct outbox_destination *d)
{
	struct print *p = arg;
	char error[300];

	if (p->reports != NULL)
		json_array_append_new(p->to,
		    json_pack("{ss,ss,si,ss}", "uri", d->uri, "fate",
			report_text_fate(d->fate), "tries", d->tries, "error",
			d->error));
	else
		printf("    %s: %s%s%s\n", d->uri, report_text_fate(d->fate),
		    d->error[0] != '\0' ? ": " : "",
		    text_escape(error, sizeof(error), d->error,
			strlen(d->error)));
	return true;
}

static int
print_report(void *arg, const struct outbox_report *r, struct err *e)
{
	struct print *p = arg;
	char day[32];

	(void)e;
	p->state = r->state;
	p->later += r->state == OUTBOX_GOING || r->state == OUTBOX_NEW;
	p->failed += r->state == OUTBOX_FAILED;
	(void)text_rfc3339(day, sizeof(day), (time_t)r->begin);
	p->to = NULL;
	if (p->reports == NULL) {
		printf("%s %.10s: %s\n", r->domain, day,
		    report_text_state(r->state));
		return 0;
	}
	p->to = json_array();
	json_array_append_new(p->reports,
	    json_pack("{sI,ss,ss,ss,so}", "number", (json_int_t)r->number, "id",
		r->id, "domain", r->domain, "state",
		report_text_state(r->state), "destinations", p->to));
	return 0;
}

int
hand_over_print(const struct hand_over *h, struct report_db *db, bool json)
{
	struct print p = { .reports = json ? json_array() : NULL };
	int rc = 0, status;
	struct err e;
	json_t *o;
	char *text;

	for (size_t i = 0; i < h->n && rc == 0; i++) {
		rc = outbox_with(db, h->number[i], print_report, &p, &e);
		if (rc == 0)
			rc = outbox_destinations(db, h->number[i],
			    print_destination, &p, &e);
	}
	status = p.later > 0 ? EX_TEMPFAIL : p.failed > 0 ? EX_UNAVAILABLE : 0;
	if (rc == -1) {
		json_decref(p.reports);
		return cli_fail(&e);
	}
	if (!json) {
		if (h->n == 0)
			puts("nothing is to be sent");
		return status;
	}
	o = json_pack("{si,so}", "schema", 1, "reports", p.reports);
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	rc = cli_put_json(text);
	return rc != EX_OK ? rc : status;
}
