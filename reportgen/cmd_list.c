/* cmd_list: reports, what became of them and what is to come - cmd_reports.h */
#include "config.h"

#include "reportgen/ask.h"
#include "reportgen/cli.h"
#include "reportgen/cmd_reports.h"
#include "reportgen/report_plan.h"
#include "reportgen/report_text.h"
#include "share/app/term.h"
#include "share/base/clock.h"
#include "share/base/text.h"

#include <getopt.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define USAGE \
	"list [--from DAY] [--to DAY] [--domain D] [--state STATE] [--json]"
#define COLLECTED OUTBOX_STATES /* a state of what is not made yet */
#define DAYS_SHOWN 7
#define HOUR 3600

struct list {
	const struct conf *c;
	struct report_db *db;
	struct term term;
	json_t *reports; /* NULL: for people */
	size_t n;
	int64_t from, to, now_s;
	const char *domain; /* NULL: all */
	unsigned states;
	bool json;
	struct err e; /* of a destination's reading */
	json_t *destinations;
};

static json_t *
time_json(int64_t t)
{
	char text[32];

	if (t <= 0 || t == INT64_MAX)
		return json_null();
	return json_string(text_rfc3339(text, sizeof(text), (time_t)t));
}

/* "2026-11-20", of an hour "2026-11-20T13", of more days "2026-11-16+7d" */
static void
put_period(char *dst, size_t size, int64_t begin, int64_t end)
{
	char text[32];

	(void)text_rfc3339(text, sizeof(text), (time_t)begin);
	if (end - begin == HOUR)
		snprintf(dst, size, "%.13s", text);
	else if (end - begin <= CLI_DAY)
		snprintf(dst, size, "%.10s", text);
	else
		snprintf(dst, size, "%.10s+%lldd", text,
		    (long long)(end - begin) / CLI_DAY);
}

static bool
add_destination(void *arg, const struct outbox_destination *d)
{
	struct list *l = arg;

	json_array_append_new(l->destinations,
	    json_pack("{ss,ss,si,so,so,so,ss}", "uri", d->uri, "fate",
		report_text_fate(d->fate), "tries", d->tries, "first",
		time_json(d->first_s), "next",
		time_json(d->fate == OUTBOX_PENDING ? d->next_s : 0), "settled",
		time_json(d->settled_s), "error", d->error));
	return true;
}

static bool
print_destination(void *arg, const struct outbox_destination *d)
{
	struct list *l = arg;
	char when[32];

	term_print(&l->term, TERM_PLAIN, "    %s: ", d->uri);
	term_print(&l->term,
	    d->fate == OUTBOX_ACCEPTED      ? TERM_GOOD
		: d->fate == OUTBOX_PENDING ? TERM_PLAIN
					    : TERM_BAD,
	    "%s", report_text_fate(d->fate));
	if (d->fate == OUTBOX_PENDING && d->next_s > 0)
		term_print(&l->term, TERM_PLAIN, ", next try %s",
		    text_rfc3339(when, sizeof(when), (time_t)d->next_s));
	else if (d->settled_s > 0)
		term_print(&l->term, TERM_PLAIN, " %s",
		    text_rfc3339(when, sizeof(when), (time_t)d->settled_s));
	if (d->error[0] != '\0')
		term_print(&l->term, TERM_PLAIN, " (%d tries: %s)", d->tries,
		    d->error);
	fputc('\n', l->term.out);
	return true;
}

static void
print_line(struct list *l, int64_t begin, int64_t end, const char *domain,
    unsigned part, int64_t success, int64_t failure, const char *state)
{
	char period[32], number[24] = "";

	if (l->n++ == 0) {
		term_print(&l->term, TERM_HEAD, "%-14s %10s %10s %-9s %s",
		    "PERIOD", "GOOD", "FAILED", "STATE", "DOMAIN");
		fputc('\n', l->term.out);
	}
	put_period(period, sizeof(period), begin, end);
	if (part > 0)
		snprintf(number, sizeof(number), " part %03u", part);
	term_print(&l->term, TERM_PLAIN, "%-14s %10lld %10lld %-9s %s%s",
	    period, (long long)success, (long long)failure, state, domain,
	    number);
}

static bool
take_report(void *arg, const struct outbox_report *r)
{
	struct list *l = arg;
	int rc;

	if (l->json) {
		l->destinations = json_array();
		rc = outbox_destinations(l->db, r->number, add_destination, l,
		    &l->e);
		json_array_append_new(l->reports,
		    json_pack("{sI,ss,ss,ss,so,so,si,so,so,sI,sI,ss,so}",
			"number", (json_int_t)r->number, "id", r->id, "domain",
			r->domain, "state", report_text_state(r->state),
			"begin", time_json(r->begin), "end", time_json(r->end),
			"part", (int)r->part, "made", time_json(r->made_s),
			"due", time_json(r->due_s), "success",
			(json_int_t)r->success, "failure",
			(json_int_t)r->failure, "missing", r->missing,
			"destinations", l->destinations));
		return rc == 0;
	}
	print_line(l, r->begin, r->end, r->domain, r->part, r->success,
	    r->failure, report_text_state(r->state));
	if (r->missing[0] != '\0')
		term_print(&l->term, TERM_WARN, " without %s", r->missing);
	fputc('\n', l->term.out);
	return outbox_destinations(l->db, r->number, print_destination, l,
		   &l->e) == 0;
}

static void
take_job(struct list *l, const struct report_job *j)
{
	char when[32];

	if (l->json) {
		json_array_append_new(l->reports,
		    json_pack("{ss,ss,so,so,so,sI,sI}", "domain", j->domain,
			"state", "collected", "begin", time_json(j->begin),
			"end", time_json(j->end), "due", time_json(j->due),
			"success", (json_int_t)j->success, "failure",
			(json_int_t)j->failure));
		return;
	}
	print_line(l, j->begin, j->end, j->domain, 0, j->success, j->failure,
	    "collected");
	if (j->due == INT64_MAX)
		term_print(&l->term, TERM_PLAIN, ", never reported");
	else
		term_print(&l->term, TERM_PLAIN, ", due %s",
		    text_rfc3339(when, sizeof(when), (time_t)j->due));
	fputc('\n', l->term.out);
}

static int
show_all(struct list *l, struct err *e)
{
	struct report_plan plan = { 0 };
	int rc = 0;

	err_clear(&l->e);
	if ((l->states & ~(1u << COLLECTED)) != 0)
		rc = outbox_each(l->db, l->domain, l->from, l->to,
		    l->states & ~(1u << COLLECTED), take_report, l, e);
	if (rc == 0 && l->e.code != ERR_NONE) {
		*e = l->e;
		rc = -1;
	}
	if (rc == 0 && (l->states & 1u << COLLECTED) != 0)
		rc = report_plan_make(l->db, l->c, l->domain, l->from, l->to,
		    &plan, e);
	for (size_t i = 0; rc == 0 && i < plan.n; i++)
		take_job(l, &plan.job[i]);
	report_plan_clear(&plan);
	return rc;
}

static int
run_list(struct list *l)
{
	struct err e;
	json_t *o;
	char *text;
	int rc;

	if (ask_checkpoint(l->c, &e) == -1)
		fprintf(stderr, CLI_PROGRAM ": %s\n", e.text);
	if ((l->db = cli_open(l->c, false, &e)) == NULL)
		return cli_fail(&e);
	if (l->json)
		l->reports = json_array();
	rc = show_all(l, &e);
	report_db_close(l->db);
	if (rc == -1) {
		json_decref(l->reports);
		return cli_fail(&e);
	}
	if (!l->json) {
		if (l->n == 0)
			puts("no reports");
		return EX_OK;
	}
	o = json_pack("{si,so}", "schema", 1, "reports", l->reports);
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return cli_put_json(text);
}

static int
set_state(struct list *l, const char *word, struct err *e)
{
	for (int i = 0; i <= COLLECTED; i++)
		if (strcmp(word,
			i == COLLECTED
			    ? "collected"
			    : report_text_state((enum outbox_state)i)) == 0) {
			l->states = 1u << i;
			return 0;
		}
	return err_set(e, ERR_SYNTAX,
	    "states are new, going, sent, failed, withdrawn, held, collected");
}

/* One option; 1: none of ours. */
static int
take_option(struct list *l, int opt, char domain[HOSTNAME_SIZE], struct err *e)
{
	switch (opt) {
	case 'f':
		return cli_day(optarg, l->now_s, &l->from, e);
	case 't':
		if (cli_day(optarg, l->now_s, &l->to, e) == -1)
			return -1;
		l->to += CLI_DAY; /* the day itself too */
		return 0;
	case 'd':
		l->domain = domain;
		return cli_domain(optarg, domain, e);
	case 's':
		return set_state(l, optarg, e);
	case 'j':
		l->json = true;
		return 0;
	default:
		return 1;
	}
}

int
cmd_list(const struct conf *c, const char *conf_path, int argc, char **argv)
{
	static const struct option options[] = {
		{ "from", required_argument, NULL, 'f' },
		{ "to", required_argument, NULL, 't' },
		{ "domain", required_argument, NULL, 'd' },
		{ "state", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	struct list l = { .c = c,
		.now_s = clock_wall_ms(clock_system()) / 1000,
		.to = INT64_MAX,
		.states = (2u << COLLECTED) - 1 };
	char domain[HOSTNAME_SIZE];
	struct err e;
	int opt, rc;

	(void)conf_path;
	l.from = l.now_s - l.now_s % CLI_DAY - DAYS_SHOWN * CLI_DAY;
	term_init(&l.term, stdout);
	optind = 0; /* begins anew: options may stand behind words */
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		rc = take_option(&l, opt, domain, &e);
		if (rc == 1)
			return cli_usage(USAGE);
		if (rc == -1)
			return cli_fail(&e);
	}
	if (optind < argc)
		return cli_usage(USAGE);
	return run_list(&l);
}
