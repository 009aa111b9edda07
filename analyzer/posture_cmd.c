/* posture_cmd: the commands posture and rollout - see posture_cmd.h */
#include "config.h"

#include "analyzer/posture_cmd.h"

#include "analyzer/posture.h"
#include "analyzer/posture_reports.h"
#include "analyzer/rows.h"
#include "analyzer/tally.h"
#include "analyzer/trust.h"
#include "share/app/control_json.h"
#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/store/analysis_store.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#define HISTORY_DAYS 90

struct options {
	const char *domain;
	bool all, offline;
	enum rows_form form;
	struct rows *csv; /* of posture; NULL: another form */
};

static const struct rows_column posture_columns[] = {
	{ "domain", NULL, ROWS_TEXT, 0 },
	{ "severity", NULL, ROWS_TEXT, 0 },
	{ "id", NULL, ROWS_TEXT, 0 },
	{ "what", NULL, ROWS_TEXT, 0 },
	{ "why", NULL, ROWS_TEXT, 0 },
	{ "fix", NULL, ROWS_TEXT, 0 },
};

static const struct rows_column rollout_columns[] = {
	{ "domain", NULL, ROWS_TEXT, 0 },
	{ "step", NULL, ROWS_TEXT, 0 },
	{ "why", NULL, ROWS_TEXT, 0 },
	{ "publish", NULL, ROWS_TEXT, 0 },
	{ "days", NULL, ROWS_COUNT, 0 },
	{ "senders", NULL, ROWS_COUNT, 0 },
	{ "sessions", NULL, ROWS_COUNT, 0 },
	{ "failures", NULL, ROWS_COUNT, 0 },
};

static int
usage(const char *name)
{
	fprintf(stderr,
	    strcmp(name, "rollout") == 0
		? "usage: tlsherald-analyzer rollout DOMAIN [--json | --csv]\n"
		: "usage: tlsherald-analyzer posture DOMAIN|--all "
		  "[--offline] [--json | --csv]\n");
	return EX_USAGE;
}

static bool
read_options(struct options *o, int argc, char **argv)
{
	bool rollout = strcmp(argv[0], "rollout") == 0;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			o->form = ROWS_JSON;
		else if (strcmp(argv[i], "--csv") == 0)
			o->form = ROWS_CSV;
		else if (!rollout && strcmp(argv[i], "--all") == 0)
			o->all = true;
		else if (!rollout && strcmp(argv[i], "--offline") == 0)
			o->offline = true;
		else if (argv[i][0] == '-' || o->domain != NULL)
			return false;
		else
			o->domain = argv[i];
	}
	return o->all != (o->domain != NULL);
}

/* Says what hinders us; the exit status. */
static int
complain(const struct err *e)
{
	fprintf(stderr, "tlsherald-analyzer: %s\n", e->text);
	if (e->code == ERR_SYNTAX)
		return EX_DATAERR;
	return e->code == ERR_TEMP ? EX_TEMPFAIL : EX_UNAVAILABLE;
}

static int
open_store(const struct conf *c, struct analysis_store *s, struct err *e)
{
	char *path = xasprintf("%s/analysis.db", c->server.state_dir);
	int rc = analysis_sqlite_open(path, NULL, s, e);

	free(path);
	return rc;
}

/* ---- posture ---- */

static void
print_json(const struct published *p, const struct findings *f)
{
	json_t *o = control_object();
	char *text;

	control_put_str(o, "domain", p->domain);
	control_put_int(o, "errors", (int64_t)findings_count(f, FINDING_ERROR));
	control_put_int(o, "warnings",
	    (int64_t)findings_count(f, FINDING_WARN));
	(void)json_object_set_new(o, "findings",
	    control_need(findings_json(f)));
	text = control_text(o);
	puts(text);
	free(text);
}

/* A row for each finding. */
static void
print_csv(struct rows *rows, const struct published *p,
    const struct findings *f)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct finding *x = &f->at[i];
		struct rows_cell cells[] = {
			{ .text = p->domain },
			{ .text = finding_severity_name(x->severity) },
			{ .text = x->id },
			{ .text = x->what },
			{ .text = x->why },
			{ .text = x->fix },
		};

		rows_add(rows, cells);
	}
}

/* One line: the domain, how it stands, and the first that is wrong. */
static void
print_line(const struct published *p, const struct findings *f, struct term *t)
{
	size_t errors = findings_count(f, FINDING_ERROR);
	size_t warnings = findings_count(f, FINDING_WARN);
	enum finding_severity worst = errors > 0 ? FINDING_ERROR
	    : warnings > 0                       ? FINDING_WARN
						 : FINDING_OK;
	static const enum term_tone tones[] = { [FINDING_OK] = TERM_GOOD,
		[FINDING_WARN] = TERM_WARN,
		[FINDING_ERROR] = TERM_BAD };

	term_print(t, tones[worst], "%-5s", finding_severity_name(worst));
	term_print(t, TERM_PLAIN, "  %s", p->domain);
	for (size_t i = 0; i < f->n && worst != FINDING_OK; i++)
		if (f->at[i].severity == worst) {
			term_print(t, TERM_PLAIN, ": %s", f->at[i].what);
			break;
		}
	if (errors + warnings > 1)
		term_print(t, TERM_PLAIN, " (%zu errors, %zu warnings)", errors,
		    warnings);
	fputc('\n', t->out);
}

/* A site without a store has no reports to show. */
static int
add_reports(const struct conf *c, const struct published *p, struct findings *f,
    struct err *e)
{
	struct analysis_store s;
	int rc;

	if (open_store(c, &s, e) == -1)
		return e->code == ERR_NOENT ? 0 : -1;
	rc = posture_add_reports(p, &s, trust_counted(c), (int64_t)time(NULL),
	    f, e);
	s.free(s.ctx);
	return rc;
}

/* One domain; the exit status. */
static int
show_posture(const struct conf *c, const char *domain, const struct options *o)
{
	struct findings f = { 0 };
	struct published p;
	struct err e = { 0 };
	struct term t;
	int status = EX_OK;

	if (published_learn(c, domain, !o->offline, &p, &e) == -1) {
		published_clear(&p);
		return complain(&e);
	}
	posture_judge(&p, (int64_t)time(NULL), &f);
	if (add_reports(c, &p, &f, &e) == -1) {
		findings_clear(&f);
		published_clear(&p);
		return complain(&e);
	}
	term_init(&t, stdout);
	if (o->form == ROWS_JSON)
		print_json(&p, &f);
	else if (o->form == ROWS_CSV)
		print_csv(o->csv, &p, &f);
	else if (o->all)
		print_line(&p, &f, &t);
	else
		findings_print(&f, &t);
	if (findings_count(&f, FINDING_ERROR) > 0)
		status = 1;
	findings_clear(&f);
	published_clear(&p);
	return fflush(stdout) == 0 ? status : EX_IOERR;
}

static bool
take_domain(void *arg, const struct analysis_sum *s)
{
	char name[HOSTNAME_SIZE];

	if (hostname_normalize(s->domain, strlen(s->domain), name, NULL) == 0)
		(void)tally_get(arg, name);
	return true;
}

/* Own domains, as the header says. */
static int
own_domains(const struct conf *c, struct tally *names, struct err *e)
{
	const struct analysis_filter all = { .until = ANALYSIS_DAYS_ALL };
	struct analysis_store s;
	char name[HOSTNAME_SIZE];
	int rc;

	for (size_t i = 0; i < c->server.domains.n; i++) {
		const char *item = c->server.domains.item[i];

		if (strpbrk(item, "*?:/") == NULL && strchr(item, '.') &&
		    hostname_normalize(item, strlen(item), name, NULL) == 0)
			(void)tally_get(names, name);
	}
	if (names->n > 0)
		return 0;
	if (open_store(c, &s, e) == -1)
		return -1;
	rc = s.sums(s.ctx, &all, ANALYSIS_BY_DOMAIN, take_domain, names, e);
	s.free(s.ctx);
	return rc;
}

static int
show_all(const struct conf *c, const struct options *o)
{
	struct tally names;
	struct err e = { 0 };
	int status = EX_OK;

	tally_init(&names);
	if (own_domains(c, &names, &e) == -1)
		status = complain(&e);
	else if (names.n == 0)
		fprintf(stderr,
		    "tlsherald-analyzer: no own domains are known:"
		    " name them in [server] domains\n");
	tally_sort(&names);
	for (size_t i = 0; i < names.n && status <= 1; i++) {
		int one = show_posture(c, names.item[i]->name, o);

		if (one != EX_OK)
			status = one;
	}
	tally_clear(&names);
	return status;
}

int
posture_main(const struct conf *c, const char *conf_path, int argc, char **argv)
{
	struct options o = { 0 };
	int status;

	(void)conf_path;
	if (!read_options(&o, argc, argv))
		return usage(argv[0]);
	(void)signal(SIGPIPE, SIG_IGN); /* libcurl and wolfSSL */
	if (o.form == ROWS_CSV)
		o.csv = rows_new(stdout, ROWS_CSV, "posture", posture_columns,
		    sizeof(posture_columns) / sizeof(posture_columns[0]));
	status = o.all ? show_all(c, &o) : show_posture(c, o.domain, &o);
	rows_free(o.csv);
	return status;
}

/* ---- rollout ---- */

/* Sessions under MTA-STS by day, the latest ones behind the last failure. */
struct history {
	struct tally days, senders;
	int64_t today, since; /* counted from this day on */
	int64_t last_failure;
	struct posture_reports *r;
};

static bool
find_failure(void *arg, const struct analysis_sum *s)
{
	struct history *h = arg;

	if (s->failure > 0 && s->day > h->last_failure)
		h->last_failure = s->day;
	return true;
}

static bool
count(void *arg, const struct analysis_sum *s)
{
	struct history *h = arg;
	char day[32];

	if (s->day < h->since)
		return true;
	(void)snprintf(day, sizeof(day), "%" PRId64, s->day);
	(void)tally_get(&h->days, day);
	(void)tally_get(&h->senders, s->sender);
	h->r->sessions += s->success + s->failure;
	h->r->failures += s->failure;
	return true;
}

static int
read_history(const struct conf *c, const char *domain,
    struct posture_reports *r, struct err *e)
{
	const unsigned by = ANALYSIS_BY_DAY | ANALYSIS_BY_SENDER;
	int64_t today = (int64_t)time(NULL) / ANALYSIS_DAY;
	struct history h = { .today = today, .last_failure = -1, .r = r };
	struct analysis_filter f = { .since = today - HISTORY_DAYS,
		.until = today + 1,
		.domain = domain,
		.type = "sts",
		.trust = trust_counted(c) };
	struct analysis_store s;
	int rc;

	memset(r, 0, sizeof(*r));
	if (open_store(c, &s, e) == -1)
		return e->code == ERR_NOENT ? 0 : -1;
	tally_init(&h.days);
	tally_init(&h.senders);
	rc = s.sums(s.ctx, &f, by, find_failure, &h, e);
	/* what failed long ago was mended: count from there */
	h.since = h.last_failure < today - POSTURE_DAYS ? h.last_failure + 1
							: today - POSTURE_DAYS;
	if (rc == 0)
		rc = s.sums(s.ctx, &f, by, count, &h, e);
	r->days = (int64_t)h.days.n;
	r->senders = (int64_t)h.senders.n;
	tally_clear(&h.days);
	tally_clear(&h.senders);
	s.free(s.ctx);
	return rc;
}

static void
print_rollout_csv(const char *domain, enum posture_step step,
    const struct posture_reports *r, const struct buf *why,
    const struct buf *publish)
{
	struct rows *rows =
	    rows_new(stdout, ROWS_CSV, "rollout", rollout_columns,
		sizeof(rollout_columns) / sizeof(rollout_columns[0]));
	struct rows_cell cells[] = {
		{ .text = domain },
		{ .text = posture_step_name(step) },
		{ .text = buf_str(why) },
		{ .text = publish->len > 0 ? buf_str(publish) : NULL },
		{ .n = r->days },
		{ .n = r->senders },
		{ .n = r->sessions },
		{ .n = r->failures },
	};

	rows_add(rows, cells);
	rows_free(rows);
}

static void
print_rollout(const struct options *o, const char *domain,
    enum posture_step step, const struct posture_reports *r,
    const struct buf *why, const struct buf *publish)
{
	struct term t;
	json_t *j;
	char *text;

	if (o->form == ROWS_CSV) {
		print_rollout_csv(domain, step, r, why, publish);
		return;
	}
	if (o->form == ROWS_TABLE) {
		term_init(&t, stdout);
		term_print(&t, step == POSTURE_MEND ? TERM_BAD : TERM_HEAD,
		    "%s", posture_step_name(step));
		fputc('\n', stdout);
		term_fill(&t, 2, "", buf_str(why));
		if (publish->len > 0)
			printf("\nPublish:\n\n%s", buf_str(publish));
		return;
	}
	j = control_object();
	control_put_str(j, "domain", domain);
	control_put_str(j, "step", posture_step_name(step));
	control_put_str(j, "why", buf_str(why));
	control_put_str(j, "publish",
	    publish->len > 0 ? buf_str(publish) : NULL);
	control_put_int(j, "days", r->days);
	control_put_int(j, "senders", r->senders);
	control_put_int(j, "sessions", r->sessions);
	control_put_int(j, "failures", r->failures);
	text = control_text(j);
	puts(text);
	free(text);
}

static int
roll_out(const struct conf *c, const struct options *o,
    const struct published *p)
{
	struct findings f = { 0 };
	struct posture_reports r;
	struct buf why, publish;
	struct err e = { 0 };
	int64_t now_s = (int64_t)time(NULL);
	enum posture_step step;

	if (read_history(c, p->domain, &r, &e) == -1)
		return complain(&e);
	buf_init(&why, 4096);
	buf_init(&publish, 65536);
	posture_judge(p, now_s, &f);
	step = posture_rollout(p, &f, &r, now_s, &why, &publish);
	print_rollout(o, p->domain, step, &r, &why, &publish);
	buf_clear(&why);
	buf_clear(&publish);
	findings_clear(&f);
	if (fflush(stdout) != 0)
		return EX_IOERR;
	return step == POSTURE_WAIT || step == POSTURE_MEND ? 1 : EX_OK;
}

int
rollout_main(const struct conf *c, const char *conf_path, int argc, char **argv)
{
	struct options o = { 0 };
	struct published p;
	struct err e = { 0 };
	int status;

	(void)conf_path;
	if (!read_options(&o, argc, argv))
		return usage(argv[0]);
	(void)signal(SIGPIPE, SIG_IGN);
	if (published_learn(c, o.domain, true, &p, &e) == -1)
		status = complain(&e);
	else
		status = roll_out(c, &o, &p);
	published_clear(&p);
	return status;
}
