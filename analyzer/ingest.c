/* ingest: takes the reports of mailboxes into the store - see ingest.h */
#include "config.h"

#include "analyzer/ingest.h"
#include "analyzer/ingest_print.h"
#include "analyzer/trust.h"

#include "share/app/privilege.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MS 30000 /* for another writer */
#define EXPIRE_AT_ONCE 500

struct ingest {
	const struct conf *conf;
	struct ingest_options o;
	struct analysis_store store;
	struct own_domains own;
	struct intake *in;
	struct source_run run;
	struct ingest_bar bar;
	struct trust *trust; /* made when there is a signature */
	struct intake_judge judge;
};

static void
say(const struct err *e)
{
	fprintf(stderr, "tlsherald-analyzer: %s\n", e->text);
}

/* ---- the store ---- */

/* What a failure of the store means for who started us. */
static int
status_of(const struct err *e)
{
	switch (e->code) {
	case ERR_PERM:
		return EX_DATAERR;
	case ERR_TEMP:
	case ERR_LIMIT:
	case ERR_SYS:
	default:
		return EX_TEMPFAIL;
	}
}

/* Root's files are of no use to the user that the others run as. */
static void
give_away(const struct privilege *p, const char *path)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };

	for (size_t i = 0; p->root && i < 3; i++) {
		char *name = xasprintf("%s%s", path, suffixes[i]);

		/* one that is not there, or of a file system without owners */
		if (lchown(name, p->uid, p->gid) == -1)
			errno = 0;
		free(name);
	}
}

static int
open_store(struct ingest *g, struct err *e)
{
	const struct conf *c = g->conf;
	const struct analysis_limits limits = {
		.octets_max = c->report.store_size,
		.per_sender_max = c->report.per_organization,
		.wait_ms = WAIT_MS,
	};
	struct privilege who;
	struct err ignored;
	char *path;
	int ret;

	/* root without that user keeps what it makes */
	if (privilege_find(c, &who, &ignored) == -1)
		who = (struct privilege){ .root = false };
	if (privilege_make_state_dir(c, &who, e) == -1)
		return EX_CANTCREAT;
	path = xasprintf("%s/analysis.db", c->server.state_dir);
	ret = analysis_sqlite_open(path, &limits, &g->store, e);
	if (ret == 0)
		give_away(&who, path);
	free(path);
	if (ret == 0)
		return EX_OK;
	return e->code == ERR_SYS ? EX_CANTCREAT : status_of(e);
}

static void
take_result(void *arg, const struct intake_result *r)
{
	struct ingest *g = arg;

	if (g->o.json)
		ingest_print_json(stdout, r);
}

static void
show_progress(void *arg, size_t done, size_t total)
{
	struct ingest *g = arg;

	ingest_bar_show(&g->bar, done, total);
}

static void
complain(void *arg, const char *text)
{
	struct ingest *g = arg;

	ingest_bar_end(&g->bar);
	fprintf(stderr, "tlsherald-analyzer: %s\n", text);
}

/* ---- signatures ---- */

static void
submit(void *ctx, const char *mail, size_t n, const char *submitter,
    int64_t now, uint64_t token)
{
	trust_submit(ctx, mail, n, submitter, now, token);
}

static bool
next_proof(void *ctx, uint64_t *token, enum analysis_trust *trust,
    char domain[HOSTNAME_SIZE], bool wait)
{
	struct trust_result r;

	if (!trust_next(ctx, &r, wait))
		return false;
	*token = r.token;
	*trust = r.trust;
	(void)text_copy(domain, HOSTNAME_SIZE, r.domain);
	return true;
}

/* Without a resolver mails are taken in, and who sent them is unknown. */
static const struct intake_judge *
make_judge(void *arg)
{
	struct ingest *g = arg;
	struct err e;

	g->trust = trust_new(g->conf, &e);
	if (g->trust == NULL) {
		(void)err_wrap(&e, "signatures are not checked");
		say(&e);
		return NULL;
	}
	g->judge = (struct intake_judge){ submit, next_proof, g->trust };
	return &g->judge;
}

static void
set_up(struct ingest *g, bool (*stopped)(void))
{
	const struct intake_options o = {
		.addresses = &g->conf->report.addresses,
		.own = &g->own,
		.keep_raw = g->conf->report.keep_raw,
		.judge = g->conf->report.dkim != CONF_DKIM_IGNORE ? make_judge
								  : NULL,
		.each = take_result,
		.arg = g,
	};

	g->in = intake_new(&g->store, &o);
	g->run = (struct source_run){ .in = g->in,
		.again = g->o.again,
		.after = g->o.after,
		.move_to = g->o.move_to,
		.stopped = stopped,
		.settle = g->o.settle,
		.complain = complain,
		.arg = g };
}

struct ingest *
ingest_open(const struct conf *c, const struct ingest_options *o,
    bool (*stopped)(void), int *status)
{
	struct ingest *g = xcalloc(1, sizeof(*g));
	struct err e = { 0 };

	g->conf = c;
	g->o = *o;
	if (own_domains_init(&g->own, c, &e) == -1)
		*status = EX_CONFIG;
	else
		*status = open_store(g, &e);
	if (*status != EX_OK) {
		say(&e);
		own_domains_clear(&g->own);
		free(g);
		return NULL;
	}
	set_up(g, stopped);
	return g;
}

void
ingest_close(struct ingest *g)
{
	if (g == NULL)
		return;
	intake_free(g->in);
	trust_free(g->trust);
	g->store.free(g->store.ctx);
	own_domains_clear(&g->own);
	free(g);
}

/* ---- sources ---- */

/* Leaves a note that the store is full, for alerts. */
static void
note_full(struct ingest *g)
{
	char now[32];
	struct err e;

	if (g->store.note(g->store.ctx, "cap.store",
		text_rfc3339(now, sizeof(now), time(NULL)), &e) == -1)
		say(&e);
}

static int
fail(struct ingest *g, const struct err *e)
{
	say(e);
	if (!intake_store_failed(g->in))
		return EX_NOINPUT;
	if (e->code == ERR_LIMIT)
		note_full(g);
	return status_of(e);
}

/* Where an MTA's pipe says whom the mail is for (local(8), pipe(8)). */
static const char *
recipient(void)
{
	const char *s = getenv("ORIGINAL_RECIPIENT");

	return s != NULL ? s : getenv("RECIPIENT");
}

int
ingest_source(struct ingest *g, const char *path)
{
	const struct source_kind *kind;
	struct err e = { 0 };
	int ret = -1;

	ingest_bar_begin(&g->bar, stderr, !g->o.json && !g->o.quiet);
	g->run.progress = g->bar.out != NULL ? show_progress : NULL;
	g->run.recipient = strcmp(path, "-") == 0 ? recipient() : NULL;
	g->run.complaints = 0;
	kind = source_find(path, &e);
	if (kind != NULL)
		ret = kind->ingest(&g->run, path, &e);
	/* what was read before a fault is good */
	if (ret == 0 || !intake_store_failed(g->in)) {
		struct err late;

		if (intake_commit(g->in, &late) == -1) {
			ret = -1;
			e = late;
		}
	}
	ingest_bar_end(&g->bar);
	if (ret == -1)
		return fail(g, &e);
	return g->run.complaints > 0 ? EX_NOINPUT : EX_OK;
}

bool
ingest_unsettled(struct ingest *g)
{
	bool was = g->run.unsettled;

	g->run.unsettled = false;
	return was;
}

bool
ingest_failed(const struct ingest *g)
{
	return intake_store_failed(g->in);
}

const struct intake_totals *
ingest_totals(const struct ingest *g)
{
	return intake_totals(g->in);
}

/* ---- what is too old ---- */

struct last {
	char text[32];
};

static bool
take_last(void *arg, const char *key, const char *value)
{
	struct last *last = arg;

	(void)key;
	(void)text_copy(last->text, sizeof(last->text), value);
	return false;
}

int
ingest_expire(struct ingest *g)
{
	const struct analysis_store *s = &g->store;
	int64_t today = (int64_t)time(NULL) / ANALYSIS_DAY, n;
	int64_t before =
	    today - g->conf->report.store_ms / (ANALYSIS_DAY * 1000);
	struct last last = { "" };
	char day[32];
	struct err e;

	(void)snprintf(day, sizeof(day), "%lld", (long long)today);
	if (s->notes(s->ctx, "expired", take_last, &last, &e) == -1) {
		say(&e);
		return status_of(&e);
	}
	if (strcmp(last.text, day) == 0)
		return EX_OK;
	do
		n = s->expire(s->ctx, before, EXPIRE_AT_ONCE, &e);
	while (n == EXPIRE_AT_ONCE);
	if (n == -1 || s->note(s->ctx, "expired", day, &e) == -1) {
		say(&e);
		return status_of(&e);
	}
	return EX_OK;
}

void
ingest_print_totals(struct ingest *g)
{
	if (g->o.json)
		ingest_print_json_totals(stdout, intake_totals(g->in));
	else if (!g->o.quiet)
		ingest_print_text_totals(stdout, intake_totals(g->in));
}

/* ---- the command ---- */

static const char usage[] =
    "usage: tlsherald-analyzer ingest [--json] [--again] [--quiet]\n"
    "    [--delete | --move DIR] [SOURCE...]\n"
    "SOURCE is a Maildir, an mbox, a mail, a report (.json, .json.gz, .zip), a\n"
    "directory of those, or - for a mail on standard input; without one, those\n"
    "of [report.analysis] sources.\n"
    "  --json      a line of JSON a mail, and one of totals\n"
    "  --again     read everything, also what was read before\n"
    "  --quiet     no totals, no progress\n"
    "  --delete    delete mails whose reports are in the store\n"
    "  --move DIR  move them to a directory or Maildir instead\n";

static int
read_options(struct ingest_options *o, int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "again", no_argument, NULL, 'a' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "delete", no_argument, NULL, 'd' },
		{ "move", required_argument, NULL, 'm' },
		{ NULL, 0, NULL, 0 },
	};
	int opt;

	memset(o, 0, sizeof(*o));
	optind = 0; /* glibc: begin anew */
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (opt) {
		case 'j':
			o->json = true;
			break;
		case 'a':
			o->again = true;
			break;
		case 'q':
			o->quiet = true;
			break;
		case 'd':
			if (o->after != SOURCE_KEEP)
				return -1;
			o->after = SOURCE_DELETE;
			break;
		case 'm':
			if (o->after != SOURCE_KEEP)
				return -1;
			o->after = SOURCE_MOVE;
			o->move_to = optarg;
			break;
		default:
			return -1;
		}
	return optind;
}

/* The worst of two: one that asks to be tried again comes first. */
static int
worse(int a, int b)
{
	if (a == EX_TEMPFAIL || b == EX_TEMPFAIL)
		return EX_TEMPFAIL;
	return a != EX_OK ? a : b;
}

static int
ingest_all(struct ingest *g, char *const *paths, size_t n)
{
	int status = EX_OK;

	for (size_t i = 0; i < n; i++) {
		status = worse(status, ingest_source(g, paths[i]));
		/* the next one would meet the same store */
		if (intake_store_failed(g->in))
			return status;
	}
	return worse(status, ingest_expire(g));
}

int
ingest_main(const struct conf *c, const char *conf_path, int argc, char **argv)
{
	struct ingest_options o;
	struct ingest *g;
	int status, first = read_options(&o, argc, argv);
	bool named = first > 0 && first < argc;

	(void)conf_path;
	if (first == -1 || (!named && c->report.sources.n == 0)) {
		fputs(usage, stderr);
		return EX_USAGE;
	}
	g = ingest_open(c, &o, NULL, &status);
	if (g == NULL)
		return status;
	status = named
	    ? ingest_all(g, argv + first, (size_t)(argc - first))
	    : ingest_all(g, c->report.sources.item, c->report.sources.n);
	ingest_print_totals(g);
	ingest_close(g);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("tlsherald-analyzer: standard output");
		status = worse(status, EX_IOERR);
	}
	return status;
}

bool
ingest_is_pipe(int argc, char **argv)
{
	int i = 1;

	while (i < argc && strcmp(argv[i], "ingest") != 0)
		i++;
	for (; i < argc; i++)
		if (strcmp(argv[i], "-") == 0)
			return true;
	return false;
}
