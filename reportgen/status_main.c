/* status_main: the sub-command "status" - see status.h */
#include "config.h"

#include "reportgen/ask.h"
#include "reportgen/cli.h"
#include "reportgen/log_tally.h"
#include "reportgen/report_make.h"
#include "reportgen/sender.h"
#include "reportgen/status.h"
#include "share/app/control_json.h"
#include "share/app/term.h"
#include "share/base/clock.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define USAGE "status [--days N] [--json]"
#define HOUR 3600

/* What is known beside the store. */
struct around {
	bool running;
	const char *obstacle; /* or NULL */
	const char *notice;   /* why figures may be old, or NULL */
	struct log_tally told;
	json_t *dropped; /* since the store was made: reason -> how many */
};

static void
put_s(json_t *o, const char *name, int64_t s)
{
	control_put_time(o, name, s == INT64_MAX ? 0 : s * 1000);
}

static json_t *
period_json(const struct status_period *p)
{
	json_t *o = control_need(json_object());

	put_s(o, "begin", p->begin);
	put_s(o, "end", p->end);
	control_put_int(o, "domains", (int64_t)p->domains);
	control_put_int(o, "success", p->success);
	control_put_int(o, "failure", p->failure);
	control_put_int(o, "waiting", (int64_t)p->waiting);
	control_put_int(o, "pending", (int64_t)p->pending);
	control_put_int(o, "sent", (int64_t)p->sent);
	control_put_int(o, "failed", (int64_t)p->failed);
	control_put_int(o, "withdrawn", (int64_t)p->withdrawn);
	control_put_int(o, "held", (int64_t)p->held);
	put_s(o, "next", p->next_s);
	return o;
}

/* What Postfix told of by its log, a day each. */
static json_t *
told_json(const struct log_tally *t)
{
	json_t *list = control_need(json_array());

	for (size_t i = t->n; i > 0; i--) {
		const struct log_tally_day *d = &t->day[i - 1];
		json_t *o = control_need(json_object());

		put_s(o, "begin", d->day * CLI_DAY);
		control_put_int(o, "told", (int64_t)d->told);
		control_put_int(o, "lost", (int64_t)d->lost);
		json_array_append_new(list, o);
	}
	return list;
}

static int
print_json(const struct status *s, const struct around *a)
{
	json_t *o = control_object(), *list = control_need(json_array());
	size_t i;

	control_put_bool(o, "running", a->running);
	control_put_str(o, "obstacle", a->obstacle);
	control_put_str(o, "notice", a->notice);
	put_s(o, "next", s->next_s);
	control_put_bool(o, "held", s->all_held);
	control_put_int(o, "suppressed", (int64_t)s->suppressed);
	for (i = 0; i < s->n; i++)
		json_array_append_new(list, period_json(&s->period[i]));
	json_object_set_new(o, "periods", list);
	json_object_set_new(o, "told", told_json(&a->told));
	json_object_set(o, "dropped", a->dropped);
	return cli_put_json(control_text(o));
}

/* "2026-11-20", of an hour "2026-11-20T13", of more days "2026-11-16+7d" */
static void
name_period(const struct status_period *p, char *name, size_t size)
{
	char time[32];
	int64_t length = p->end - p->begin;

	(void)text_rfc3339(time, sizeof(time), (time_t)p->begin);
	if (length <= CLI_DAY)
		(void)snprintf(name, size, "%.*s", length == HOUR ? 13 : 10,
		    time);
	else
		(void)snprintf(name, size, "%.10s+%" PRId64 "d", time,
		    length / CLI_DAY);
}

static void
print_period(const struct status_period *p)
{
	char name[64], next[32] = "-";

	name_period(p, name, sizeof(name));
	if (p->next_s != INT64_MAX)
		(void)text_rfc3339(next, sizeof(next), (time_t)p->next_s);
	printf("%-13s %7zu %8" PRId64 " %6" PRId64
	       " %7zu %5zu %6zu %4zu %.16s\n",
	    name, p->domains, p->success + p->failure, p->failure,
	    p->waiting + p->pending, p->sent, p->failed, p->withdrawn + p->held,
	    next);
}

/* What was received and not counted: datagrams with a fault, and sessions. */
static void
take_dropped(void *arg, const char *name, int64_t value)
{
	static const char fault[] = "collected-fault-";
	static const char dropped[] = "collected-dropped-";
	const char *reason = NULL;

	if (strncmp(name, fault, strlen(fault)) == 0)
		reason = name + strlen(fault);
	else if (strncmp(name, dropped, strlen(dropped)) == 0)
		reason = name + strlen(dropped);
	if (reason != NULL && value > 0)
		json_object_set_new(arg, reason,
		    control_need(json_integer((json_int_t)value)));
}

static void
print_dropped(const json_t *dropped)
{
	const char *sep = "Received and not counted: ", *reason;
	json_t *n;

	json_object_foreach((json_t *)(uintptr_t)dropped, reason, n)
	{
		printf("%s%lld %s", sep, (long long)json_integer_value(n),
		    reason);
		sep = ", ";
	}
	if (json_object_size(dropped) > 0)
		puts(".");
	if (json_object_get(dropped, "testing") != NULL)
		puts("Successes under policies in mode testing count only with "
		     "[report.collect] log.");
}

/* Today's, and those of days on which something was lost. */
static void
print_told(const struct log_tally *t)
{
	char day[32];

	for (size_t i = t->n; i > 0; i--) {
		const struct log_tally_day *d = &t->day[i - 1];

		if (i < t->n && d->lost == 0)
			continue;
		(void)text_rfc3339(day, sizeof(day),
		    (time_t)(d->day * CLI_DAY));
		printf("%.10s: collected %" PRIu64 " of %" PRIu64
		       " outcomes that Postfix told%s.\n",
		    day, d->told > d->lost ? d->told - d->lost : 0, d->told,
		    d->lost > 0 ? "; the log stands in for the rest" : "");
	}
}

static int
print_text(const struct status *s, const struct around *a)
{
	struct term t;
	char next[32], *text;
	size_t i;

	term_init(&t, stdout);
	term_print(&t, a->running ? TERM_GOOD : TERM_WARN, "The daemon %s.",
	    a->running ? "runs" : "does not run");
	putchar('\n');
	if (a->notice != NULL)
		term_fill(&t, 0, "", a->notice);
	if (a->obstacle != NULL) {
		text = xasprintf("Nothing is sent: %s.", a->obstacle);
		term_fill(&t, 0, "", text);
		free(text);
	}
	if (s->all_held)
		puts(
		    "All reports are held back: \"release all\" lets them go.");
	if (s->suppressed > 0)
		printf("%zu addresses or hosts get nothing: suppress lists "
		       "them.\n",
		    s->suppressed);
	if (s->next_s != INT64_MAX)
		printf("Next: %s\n",
		    text_rfc3339(next, sizeof(next), (time_t)s->next_s));
	print_told(&a->told);
	print_dropped(a->dropped);
	if (s->n == 0) {
		puts("No sessions, no reports.");
		return EX_OK;
	}
	puts("PERIOD, UTC   DOMAINS SESSIONS FAILED TO SEND  SENT GAVEUP HELD "
	     "NEXT");
	for (i = 0; i < s->n; i++)
		print_period(&s->period[i]);
	return EX_OK;
}

/* What the config does not tell: the daemon's keys, at its last start. */
static const char *
keys_obstacle(struct report_db *db)
{
	struct err e;
	int64_t n;

	return report_db_get_int(db, SENDER_KEYS_NAME, -1, &n, &e) == 0 &&
		n == 0
	    ? SENDER_NO_KEYS
	    : NULL;
}

static int
run(const struct conf *c, int64_t days, bool json)
{
	struct around a = { ask_running(c), report_make_obstacle(c), NULL,
		{ .n = 0 }, control_need(json_object()) };
	int64_t now_s = clock_wall_ms(clock_system()) / 1000;
	struct status s = { 0 };
	struct err old, e;
	struct report_db *db;
	int status;

	s.next_s = INT64_MAX;
	if (ask_checkpoint(c, &old) == -1)
		a.notice = old.text;
	log_tally_read(c->server.state_dir, &a.told);
	db = cli_open(c, false, &e);
	if (db == NULL && e.code != ERR_NOENT) {
		json_decref(a.dropped);
		return cli_fail(&e);
	}
	if (db == NULL)
		a.notice = NULL; /* there is nothing that could be old */
	else if (a.obstacle == NULL)
		a.obstacle = keys_obstacle(db);
	if (db != NULL &&
	    (report_db_each_int(db, "collected-", take_dropped, a.dropped,
		 &e) == -1 ||
		status_read(db, c, now_s - days * CLI_DAY, &s, &e) == -1))
		status = cli_fail(&e);
	else
		status = json ? print_json(&s, &a) : print_text(&s, &a);
	json_decref(a.dropped);
	status_clear(&s);
	report_db_close(db);
	return status;
}

int
status_main(const struct conf *c, const char *conf_path, int argc, char **argv)
{
	static const struct option options[] = { { "days", required_argument,
						     NULL, 'd' },
		{ "json", no_argument, NULL, 'j' }, { NULL, 0, NULL, 0 } };
	long days = STATUS_DAYS;
	bool json = false;
	char *end;
	int o;

	(void)conf_path;
	optind = 0;
	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (o == 'j') {
			json = true;
			continue;
		}
		if (o != 'd')
			return cli_usage(USAGE);
		days = strtol(optarg, &end, 10);
		if (*end != '\0' || days < 1 || days > 3650)
			return cli_usage(USAGE);
	}
	return optind == argc ? run(c, days, json) : cli_usage(USAGE);
}
