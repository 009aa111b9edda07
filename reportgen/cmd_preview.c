/* cmd_preview: what a domain would be told - see cmd_reports.h */
#include "config.h"

#include "reportgen/ask.h"
#include "reportgen/cli.h"
#include "reportgen/cmd_reports.h"
#include "reportgen/day_reports.h"
#include "reportgen/report_mail.h"
#include "reportgen/report_text.h"
#include "share/app/term.h"
#include "share/base/clock.h"
#include "share/base/text.h"
#include "share/rpt/gz.h"
#include "share/rpt/report_fit.h"
#include "share/rpt/report_read.h"

#include <getopt.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define USAGE "preview DAY DOMAIN [--json]"

struct preview {
	const struct conf *c;
	struct term term;
	json_t *list; /* NULL: for people */
	size_t n;
};

/* The report itself; NULL when its octets were forgotten. */
static json_t *
load_report(const struct outbox_report *r)
{
	const struct gz_limits limits = { REPORT_FIT_JSON_MAX, GZ_RATIO_MAX };
	struct gz *z;
	struct buf json;
	json_t *o = NULL;

	if (r->packed == NULL)
		return NULL;
	z = gz_new();
	buf_init(&json, REPORT_FIT_JSON_MAX);
	if (gz_inflate(z, GZ_GZIP, r->packed, r->packed_len, &limits, &json) ==
	    GZ_DONE)
		o = json_loadb(buf_str(&json), json.len, JSON_REJECT_DUPLICATES,
		    NULL);
	buf_clear(&json);
	gz_free(z);
	return o;
}

static json_t *
time_json(int64_t t)
{
	char text[32];

	return json_string(text_rfc3339(text, sizeof(text), (time_t)t));
}

static void
add_json(struct preview *p, const struct outbox_report *r,
    const struct report_job *job)
{
	json_t *report = load_report(r);

	json_array_append_new(p->list,
	    json_pack("{ss,ss,ss,so,so,si,so,sI,sI,ss,so}", "id", r->id,
		"domain", r->domain, "state",
		job != NULL ? "collected" : report_text_state(r->state),
		"begin", time_json(r->begin), "end", time_json(r->end), "part",
		(int)r->part, "due",
		time_json(job != NULL ? job->due : r->due_s), "success",
		(json_int_t)r->success, "failure", (json_int_t)r->failure,
		"missing", r->missing, "report",
		report != NULL ? report : json_null()));
}

static void
print_text(struct preview *p, const struct outbox_report *r)
{
	struct report_reader *rr = report_reader_new();
	struct report report;
	struct defects d;
	struct buf text;

	report_init(&report, REPORT_POOL_MAX);
	buf_init(&text, REPORT_MAIL_TEXT_MAX);
	if (r->packed != NULL &&
	    report_read_packed(rr, r->packed, r->packed_len, &report, &d) !=
		REPORT_REJECTED)
		report_mail_text(&report, &text);
	else
		buf_puts(&text, "What was in it is not kept any more.\n");
	/* line by line: a terminal gets no control character of a stranger */
	for (char *line = text.data, *end; line != NULL && *line != '\0';
	     line = end + 1) {
		end = strchr(line, '\n');
		*end = '\0';
		term_print(&p->term, TERM_PLAIN, "%s", line);
		fputc('\n', p->term.out);
	}
	buf_clear(&text);
	report_clear(&report);
	report_reader_free(rr);
}

static void
print_report(struct preview *p, const struct outbox_report *r,
    const struct report_job *job)
{
	char when[32];

	if (p->n > 0)
		puts("");
	if (job != NULL)
		term_print(&p->term, TERM_HEAD, "Not reported yet; due %s",
		    text_rfc3339(when, sizeof(when), (time_t)job->due));
	else
		term_print(&p->term, TERM_HEAD, "Made %s, state: %s",
		    text_rfc3339(when, sizeof(when), (time_t)r->made_s),
		    report_text_state(r->state));
	puts("\n");
	if (r->missing[0] != '\0') {
		term_print(&p->term, TERM_WARN, "Not in it yet: sessions of %s",
		    r->missing);
		puts("\n");
	}
	print_text(p, r);
}

static int
take(void *arg, const struct outbox_report *r, const struct report_job *job,
    struct err *e)
{
	struct preview *p = arg;

	(void)e;
	if (p->list != NULL)
		add_json(p, r, job);
	else
		print_report(p, r, job);
	p->n++;
	return 0;
}

static int
finish(struct preview *p, const char *domain, int64_t day_s)
{
	const char *obstacle = report_mail_obstacle(p->c);
	char day[32];
	char *text;
	json_t *o;

	(void)text_rfc3339(day, sizeof(day), (time_t)day_s);
	if (p->list == NULL) {
		if (p->n == 0)
			printf("%s: no session on %.10s\n", domain, day);
		if (obstacle != NULL)
			fprintf(stderr,
			    CLI_PROGRAM ": reports cannot be sent: %s\n",
			    obstacle);
		return EX_OK;
	}
	o = json_pack("{si,ss,ss%,ss*,sO}", "schema", 1, "domain", domain,
	    "day", day, (size_t)10, "obstacle", obstacle, "reports", p->list);
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return cli_put_json(text);
}

static int
run_preview(struct preview *p, const char *domain, int64_t day_s, int64_t now_s)
{
	struct report_db *db;
	struct err e;
	uint64_t failed = 0;
	int rc;

	if (ask_checkpoint(p->c, &e) == -1)
		fprintf(stderr, CLI_PROGRAM ": %s\n", e.text);
	if ((db = cli_open(p->c, false, &e)) == NULL)
		return cli_fail(&e);
	rc = day_reports_each(db, p->c, domain, day_s, day_s + CLI_DAY, now_s,
	    take, p, &failed, &e);
	report_db_close(db);
	if (rc == -1)
		return cli_fail(&e);
	if (failed > 0) {
		(void)err_set(&e, ERR_LIMIT,
		    "%s: the report does not fit in max-size", domain);
		return cli_fail(&e);
	}
	return finish(p, domain, day_s);
}

int
cmd_preview(const struct conf *c, const char *conf_path, int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	struct preview p = { .c = c };
	char domain[HOSTNAME_SIZE];
	int64_t day_s, now_s = clock_wall_ms(clock_system()) / 1000;
	struct err e;
	int opt, status;

	(void)conf_path;
	term_init(&p.term, stdout);
	optind = 0; /* begins anew: options may stand behind words */
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt != 'j' || p.list != NULL)
			return cli_usage(USAGE);
		p.list = json_array();
	}
	if (argc - optind != 2)
		status = cli_usage(USAGE);
	else if (cli_day(argv[optind], now_s, &day_s, &e) == -1 ||
	    cli_domain(argv[optind + 1], domain, &e) == -1)
		status = cli_fail(&e);
	else
		status = run_preview(&p, domain, day_s, now_s);
	json_decref(p.list);
	return status;
}
