/*
 * week: two simulated weeks of collecting and reporting, by the real modules
 * over a real report.db, its journals and a clock of ours.
 *
 * Hourly, daily and weekly domains side by side, and one that is never told.
 * The host's zone has daylight saving, which ends in the first week. The sender
 * is down for three days, all is down for an hour; the clock jumps two days
 * ahead and five hours back, each for a while. The receiver dies in the midst of
 * everything, also in a checkpoint and just after one; the sender is killed
 * while it makes reports. Each report that is made is sent, which causes a
 * session of its own.
 *
 * In the end every session is in exactly one report on the period it belongs
 * to, and none of those that reports caused.
 */
#include "config.h"

#include "reportgen/checkpoint.h"
#include "reportgen/intake.h"
#include "reportgen/journal.h"
#include "reportgen/report_make.h"
#include "share/rpt/datagram.h"
#include "t/unit/report_world.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#define HOUR WORLD_HOUR
#define DAY WORLD_DAY
#define START INT64_C(1792368000) /* Monday, 2026-10-19 */
#define DAYS 14
#define STEP INT64_C(300)
#define HOURS ((DAYS + 4) * 24)
#define MEMORY (4u << 20)
#define OWN_LINE "mx: own.invalid"
#define RULES                                                             \
	"send = [ { if = \"ends_with(rcpt_domain, '.hourly.example')\", " \
	"then = \"'hourly'\" }, "                                         \
	"{ if = \"ends_with(rcpt_domain, '.weekly.example')\", "          \
	"then = \"'weekly'\" }, "                                         \
	"{ if = \"ends_with(rcpt_domain, '.never.example')\", "           \
	"then = \"'never'\" }, { else = \"'daily'\" } ]\n"

static const char *const domains[] = { "a.hourly.example", "b.hourly.example",
	"a.example", "b.example", "c.example", "d.example", "a.weekly.example",
	"b.weekly.example", "a.never.example" };
#define DOMAINS (sizeof(domains) / sizeof(domains[0]))
#define NEVER (DOMAINS - 1)

struct count {
	int64_t success, failure;
};

struct site {
	struct report_world w;
	struct intake in;
	struct journal journal;
	int64_t now_s; /* as the host's clock has it */
	uint32_t random;
	struct count want[DOMAINS][HOURS]; /* by the clock's hours */
	int64_t sessions, own, kills, made_again;
};

static uint32_t
rnd(struct site *s, uint32_t n)
{
	s->random = s->random * 1664525 + 1013904223;
	return (s->random >> 8) % n;
}

/* ---- the receiver ---- */

static void
put_credit(void *arg, const char *domain, int64_t ms)
{
	struct site *s = arg;
	char *own = xasprintf("OWN %lld %s\n", (long long)ms, domain);

	(void)journal_add(&s->journal, JOURNAL_SIDE, ms, own, strlen(own));
	free(own);
}

/* What a later process must know of the journals that are gone. */
static void
put_credits(struct site *s)
{
	struct err e;

	filter_each_credit(s->in.filter, s->now_s * 1000, put_credit, s);
	if (journal_write(&s->journal, &e) == -1)
		fail("%s", e.text);
}

static void
begin_journal(struct site *s, uint64_t number)
{
	struct err e;

	if (journal_begin(&s->journal, s->w.dir, number, &e) == -1)
		fail("journal: %s", e.text);
	put_credits(s);
}

/* Begins with what an earlier process left behind. */
static void
start_receiver(struct site *s)
{
	struct position_set set;
	uint64_t *numbers, number;
	int64_t applied = 0;
	struct err e;
	size_t n, found;

	intake_init(&s->in, s->w.c, aggregate_new(MEMORY));
	journal_init(&s->journal);
	if (journal_list(s->w.dir, &numbers, &n, &e) == -1 ||
	    report_db_get_int(s->w.db, "journal", 0, &applied, &e) == -1)
		fail("%s", e.text);
	number = (uint64_t)applied + 1;
	if (n > 0 && numbers[n - 1] >= number)
		number = numbers[n - 1] + 1;
	free(numbers);
	begin_journal(s, number);
	if (checkpoint_replay(s->w.db, s->w.dir, number, s->w.c, &set,
		s->in.filter, &found, &e) == -1)
		fail("replay: %s", e.text);
	put_credits(s);
}

static void
forget_receiver(struct site *s)
{
	aggregate_free(s->in.aggregate);
	intake_clear(&s->in);
	journal_clear(&s->journal);
}

/* As the receiver does it: the next journal is begun first. */
static int
add_all(struct site *s, struct err *e)
{
	uint64_t number = s->journal.number;

	begin_journal(s, number + 1);
	if (report_db_begin(s->w.db, e) == -1 ||
	    checkpoint_add(s->w.db, s->in.aggregate, e) == -1 ||
	    position_store(s->w.db, &s->in.positions, e) == -1)
		return -1;
	return report_db_put_int(s->w.db, "journal", (int64_t)number, e);
}

static void
make_checkpoint(struct site *s)
{
	uint64_t number = s->journal.number;
	struct err e;

	if (add_all(s, &e) == -1 || report_db_commit(s->w.db, &e) == -1)
		fail("checkpoint: %s", e.text);
	journal_remove(s->w.dir, number);
	aggregate_free(s->in.aggregate);
	s->in.aggregate = aggregate_new(MEMORY);
}

/* Half a record at the end of the journal, as a crash of the host leaves it. */
static void
tear_journal(struct site *s)
{
	char *path = xasprintf("%s/journal.%llu", s->w.dir,
	    (unsigned long long)s->journal.number);
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);

	if (fd == -1 || write(fd, "\377\0\0\0torn", 8) != 8)
		fail("%s", path);
	close(fd);
	free(path);
}

/* The receiver dies somewhere and is started again. */
static void
kill_receiver(struct site *s)
{
	struct err e;

	switch (rnd(s, 4)) {
	case 0:
		break; /* with what is in memory */
	case 1:
		tear_journal(s);
		break;
	case 2: /* in a checkpoint: the transaction is abandoned */
		if (add_all(s, &e) == -1)
			fail("%s", e.text);
		report_db_close(s->w.db);
		s->w.db = NULL;
		world_open(&s->w);
		break;
	default: /* after it, before the journal is removed */
		if (add_all(s, &e) == -1 || report_db_commit(s->w.db, &e) == -1)
			fail("%s", e.text);
	}
	forget_receiver(s);
	start_receiver(s);
	s->kills++;
}

static void
take_datagram(struct site *s, const struct datagram *d)
{
	int64_t ms = s->now_s * 1000 + rnd(s, 1000);
	struct buf b;
	struct err e;

	buf_init(&b, DATAGRAM_MAX);
	datagram_write(d, rnd(s, 2) == 0, &b);
	if (!intake_datagram(&s->in, ms, b.data, b.len, false))
		fail("a datagram is taken: %s", buf_str(&b));
	if (!journal_add(&s->journal, JOURNAL_DATAGRAM, ms, b.data, b.len) ||
	    journal_write(&s->journal, &e) == -1)
		fail("a datagram is journaled");
	buf_clear(&b);
}

/* A delivery to some domain, good or not, under some policy. */
static void
deliver(struct site *s)
{
	static const char *const sts[] = { "version: STSv1", "mode: enforce",
		"mx: mx.d.example", "max_age: 86400" };
	static const char *const tlsa[2][2] = { { "3 1 1 AAAA", "2 1 1 BBBB" },
		{ "2 1 1 BBBB", "3 1 1 AAAA" } };
	static const enum datagram_policy_type types[] = { DATAGRAM_STS,
		DATAGRAM_TLSA, DATAGRAM_NO_POLICY_FOUND };
	uint32_t i = rnd(s, DOMAINS), type = rnd(s, 3);
	struct datagram_failure f = { .code =
					  (enum datagram_code)(201 + rnd(s, 5)),
		.mx = "mx.d.example" };
	struct datagram_policy p = { .type = types[type],
		.domain = domains[i],
		.failed = rnd(s, 5) == 0 };
	const struct datagram d = { domains[i],
		"v=TLSRPTv1; rua=mailto:t@d.example", &p, 1 };

	if (type == 0) {
		p.strings = sts;
		p.nstrings = 4;
	} else if (type == 1) {
		p.strings = tlsa[rnd(s, 2)];
		p.nstrings = 2;
	}
	p.failures = &f;
	p.nfailures = p.failed || rnd(s, 20) == 0;
	take_datagram(s, &d);
	if (i == NEVER)
		return;
	s->sessions++;
	if (p.failed)
		s->want[i][(s->now_s - START) / HOUR].failure++;
	else
		s->want[i][(s->now_s - START) / HOUR].success++;
}

/* ---- the sender ---- */

/* A child that makes reports until it is killed, some time soon. */
static void
make_and_die(struct site *s, int us)
{
	struct itimerval timer = { .it_value = { 0, us } };
	struct report_make_stats stats;
	struct err e;
	pid_t pid;
	int status = 0;

	/* no connection may be carried into a child */
	report_db_close(s->w.db);
	s->w.db = NULL;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		signal(SIGALRM, SIG_DFL);
		if (setitimer(ITIMER_REAL, &timer, NULL) == 0) {
			world_open(&s->w);
			(void)!report_make_due(s->w.db, s->w.c, s->now_s, 0,
			    &stats, &e);
		}
		_exit(0);
	}
	if (pid == -1 || waitpid(pid, &status, 0) != pid)
		fail("a child");
	s->made_again += WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM;
	world_open(&s->w);
}

struct unsent {
	struct {
		int64_t number;
		char domain[64];
	} at[64];
	size_t n;
};

static bool
take_unsent(void *arg, const struct outbox_report *r)
{
	struct unsent *u = arg;

	u->at[u->n].number = r->number;
	snprintf(u->at[u->n].domain, sizeof(u->at[u->n].domain), "%s",
	    r->domain);
	return ++u->n < sizeof(u->at) / sizeof(u->at[0]);
}

/* Hands one report over, of which the MTA tells as of any delivery. */
static void
send_report(struct site *s, int64_t number, const char *domain)
{
	static const char *const lines[] = { "version: STSv1", "mode: enforce",
		OWN_LINE, "max_age: 1" };
	struct datagram_policy p = { .type = DATAGRAM_STS,
		.domain = domain,
		.strings = lines,
		.nstrings = 4,
		.failed = rnd(s, 2) == 0 };
	const struct datagram d = { domain,
		"v=TLSRPTv1; rua=mailto:t@d.example", &p, 1 };
	char *own =
	    xasprintf("OWN %lld %s\n", (long long)s->now_s * 1000, domain);
	struct err e;

	if (!intake_side(&s->in, own, strlen(own)) ||
	    !journal_add(&s->journal, JOURNAL_SIDE, s->now_s * 1000, own,
		strlen(own)) ||
	    journal_write(&s->journal, &e) == -1)
		fail("what we send is told");
	/* a mail waits in a queue: anything may happen before it is delivered */
	for (uint32_t n = rnd(s, 4); n > 0; n--) {
		if (rnd(s, 4) == 0)
			make_checkpoint(s);
		if (rnd(s, 8) == 0)
			kill_receiver(s);
	}
	take_datagram(s, &d);
	s->own++;
	if (outbox_set_state(s->w.db, number, OUTBOX_SENT, s->now_s, &e) == -1)
		fail("%s", e.text);
	free(own);
}

static void
run_sender(struct site *s, int kill_after_us)
{
	struct report_make_stats stats;
	struct unsent u = { .n = 0 };
	struct err e;

	if (kill_after_us > 0)
		make_and_die(s, kill_after_us);
	if (report_make_due(s->w.db, s->w.c, s->now_s, 0, &stats, &e) == -1)
		fail("reports: %s", e.text);
	if (stats.failed > 0)
		fail("a report could not be made: %s", stats.why.text);
	if (stats.expired > 0)
		fail("sessions expired");
	do {
		u.n = 0;
		if (outbox_each(s->w.db, NULL, INT64_MIN, INT64_MAX,
			1u << OUTBOX_NEW, take_unsent, &u, &e) == -1)
			fail("%s", e.text);
		for (size_t i = 0; i < u.n; i++)
			send_report(s, u.at[i].number, u.at[i].domain);
	} while (u.n > 0);
}

/* ---- two weeks ---- */

static bool
is_between(int64_t t, int64_t begin, int64_t end)
{
	return t >= START + begin && t < START + end;
}

/* What the host's clock says at a true time. */
static int64_t
clock_at(int64_t t)
{
	if (is_between(t, 5 * DAY + 12 * HOUR, 5 * DAY + 13 * HOUR))
		return t + 2 * DAY;
	if (is_between(t, 5 * DAY + 20 * HOUR, 5 * DAY + 23 * HOUR))
		return t - 5 * HOUR;
	return t;
}

static void
live(struct site *s)
{
	int64_t step = 0;
	int us = 50;

	for (int64_t t = START; t < START + DAYS * DAY; t += STEP, step++) {
		bool dead =
		    is_between(t, 2 * DAY + 5 * HOUR, 2 * DAY + 6 * HOUR);
		bool sender =
		    !is_between(t, DAY + 10 * HOUR, 4 * DAY + 10 * HOUR);

		s->now_s = clock_at(t);
		if (dead)
			continue; /* nobody is there: the MTA's are lost */
		for (uint32_t n = rnd(s, 6); n > 0; n--)
			deliver(s);
		if (rnd(s, 40) == 0)
			kill_receiver(s);
		if (step % 6 == 5)
			make_checkpoint(s);
		if (sender && step % 3 == 0)
			run_sender(s, step % 45 == 0 ? (us += 60) : 0);
	}
	make_checkpoint(s);
	/* all periods are over, and nobody is waited for */
	for (int64_t t = 0; t < 2; t++) {
		s->now_s = START + (DAYS + 8 + t) * DAY;
		run_sender(s, 0);
		make_checkpoint(s);
	}
}

/* ---- was each session reported once? ---- */

struct ranges {
	struct site *s;
	struct {
		size_t domain;
		int64_t begin, end;
		struct count got;
		size_t reports;
	} at[4096];
	size_t n;
	size_t odd; /* of no period, or of no domain of ours */
};

static bool
add_range(void *arg, const struct outbox_report *r)
{
	static const int64_t lengths[] = { HOUR, HOUR, DAY, DAY, DAY, DAY,
		7 * DAY, 7 * DAY, 0 };
	struct ranges *all = arg;
	size_t d = 0, i = 0;

	while (d < DOMAINS && strcmp(domains[d], r->domain) != 0)
		d++;
	if (d == DOMAINS || r->end - r->begin != lengths[d] ||
	    (r->begin - START) % lengths[d] != 0) {
		all->odd++;
		return true;
	}
	while (i < all->n &&
	    (all->at[i].domain != d || all->at[i].begin != r->begin))
		i++;
	if (i == all->n) {
		all->n++;
		all->at[i].domain = d;
		all->at[i].begin = r->begin;
		all->at[i].end = r->end;
	}
	all->at[i].got.success += r->success;
	all->at[i].got.failure += r->failure;
	all->at[i].reports++;
	return true;
}

static void
check_ranges(struct site *s)
{
	static struct ranges all;
	struct count sum = { 0, 0 }, total = { 0, 0 };
	size_t bad = 0, parts = 0;
	struct err e;

	all.s = s;
	if (outbox_each(s->w.db, NULL, INT64_MIN, INT64_MAX,
		(1u << OUTBOX_STATES) - 1, add_range, &all, &e) == -1)
		fail("%s", e.text);
	is_int(all.odd, 0, "every report is on a whole UTC period");
	for (size_t i = 0; i < all.n; i++) {
		struct count want = { 0, 0 };

		for (int64_t h = (all.at[i].begin - START) / HOUR;
		     h < (all.at[i].end - START) / HOUR && h < HOURS; h++) {
			want.success += s->want[all.at[i].domain][h].success;
			want.failure += s->want[all.at[i].domain][h].failure;
		}
		if (want.success != all.at[i].got.success ||
		    want.failure != all.at[i].got.failure) {
			bad++;
			diag("%s %lld: %lld + %lld, not %lld + %lld",
			    domains[all.at[i].domain],
			    (long long)(all.at[i].begin - START) / HOUR,
			    (long long)all.at[i].got.success,
			    (long long)all.at[i].got.failure,
			    (long long)want.success, (long long)want.failure);
		}
		parts += all.at[i].reports > 1;
		sum.success += want.success;
		sum.failure += want.failure;
	}
	for (size_t d = 0; d < DOMAINS; d++)
		for (int h = 0; h < HOURS; h++) {
			total.success += s->want[d][h].success;
			total.failure += s->want[d][h].failure;
		}
	is_int(bad, 0, "each of %zu periods has its own sessions, all of them",
	    all.n);
	is_int(sum.success, total.success, "no success is of a period without");
	is_int(sum.failure, total.failure, "nor a failure");
	is_int(total.success + total.failure, s->sessions, "of all sessions");
	ok(parts > 0, "%zu periods were reported in parts", parts);
}

static void
check_reports(struct site *s)
{
	struct report merged;
	struct report_sum sum;
	size_t own = 0;

	report_init(&merged, REPORT_POOL_MAX);
	world_sum(&s->w, NULL, &sum, &merged);
	is_int(sum.success + sum.failure, s->sessions,
	    "the reports themselves say so");
	for (size_t i = 0; i < merged.npolicies; i++)
		for (size_t k = 0; k < merged.policies[i].strings.n; k++)
			own += strcmp(merged.policies[i].strings.text[k],
				   OWN_LINE) == 0;
	is_int(own, 0, "none of %lld sessions that reports caused is in one",
	    (long long)s->own);
	ok(s->own > 500, "there were many");
	is_int(world_rows(&s->w, NULL), 0, "nothing is left over");
	report_clear(&merged);
}

int
main(void)
{
	static struct site s = { .random = 1 };

	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	world_init(&s.w, world_conf(RULES, ""));
	start_receiver(&s);
	live(&s);
	diag("%lld sessions, %lld of reports; the receiver died %lld times, "
	     "the sender %lld",
	    (long long)s.sessions, (long long)s.own, (long long)s.kills,
	    (long long)s.made_again);
	ok(s.kills > 50, "the receiver died often");
	ok(s.made_again > 5, "the sender too");
	check_ranges(&s);
	check_reports(&s);
	forget_receiver(&s);
	world_clear(&s.w);
	return done_testing();
}
