/* receiver: takes datagrams - see receiver.h */
#include "config.h"

#include "reportgen/receiver.h"

#include "reportgen/ask.h"
#include "reportgen/checkpoint.h"
#include "reportgen/intake.h"
#include "reportgen/receive.h"
#include "share/base/clock.h"
#include "share/base/xmem.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define STOP_MS 20000 /* for the last checkpoint */
#define TELL_EVERY_MS 60000
#define DRAIN_BATCHES 64 /* of what waited when somebody asked */

enum { FD_COLLECTOR, FD_SIDE, FD_SIGNAL, FD_WAKE, FDS };

struct receiver {
	struct child *child;
	char *dir;
	struct intake in;
	struct receive *batch, *side;
	struct journal journal;
	struct checkpoint *cp;
	int signal_fd, wake_fd;
	bool ready; /* journals of the past are in; the side may speak */
	bool asked, stopping;
	bool journal_failed; /* and it was told */
	int64_t swapped_ms;
	uint64_t malformed[DATAGRAM_FAULTS]; /* not told yet */
	int64_t told_ms;                     /* when that was, 0: never */
};

static int64_t
now_ms(void)
{
	return clock_mono_ms(clock_system());
}

/*
 * Of the two aggregates that there may be, one; the rest of what memory may
 * take is for what surrounds them.
 */
static size_t
aggregate_max(const struct receiver *r)
{
	return (size_t)r->child->conf->report.memory / 8 * 3;
}

/* ---- the journal ---- */

static void
write_journal(struct receiver *r)
{
	struct err e;
	int rc;

	if (r->journal.size >= RECEIVER_JOURNAL_LIMIT) {
		buf_reset(&r->journal.batch);
		rc = err_set(&e, ERR_LIMIT, "journal.%" PRIu64 " is full",
		    r->journal.number);
	} else {
		rc = journal_write(&r->journal, &e);
	}
	r->child->shared->journal_octets = (uint64_t)r->journal.size;
	if (rc == -1 && !r->journal_failed)
		log_write(r->child->log, LOG_LEVEL_ERROR,
		    "collecting goes on in memory only: %s", e.text);
	else if (rc == 0 && r->journal_failed)
		log_write(r->child->log, LOG_LEVEL_INFO,
		    "the journal is written again");
	r->journal_failed = rc == -1;
}

static void
put_credit(void *arg, const char *domain, int64_t ms)
{
	const struct side_record rec = { .kind = SIDE_OWN,
		.ms = ms,
		.text = domain,
		.len = strlen(domain) };
	struct receiver *r = arg;
	struct buf b;

	buf_init(&b, SIDE_MAX);
	side_write(&rec, &b);
	(void)journal_add(&r->journal, JOURNAL_SIDE, ms, b.data, b.len);
	buf_clear(&b);
}

/* What a later process must know of the journals that are gone. */
static void
put_credits(struct receiver *r)
{
	filter_each_credit(r->in.filter, clock_wall_ms(clock_system()),
	    put_credit, r);
	if (r->journal.batch.len > 0)
		write_journal(r);
}

/* A new journal begins with what the old ones leave to remember. */
static void
begin_journal(struct receiver *r, uint64_t number)
{
	struct err e;

	if (journal_begin(&r->journal, r->dir, number, &e) == -1 &&
	    !r->journal_failed) {
		log_write(r->child->log, LOG_LEVEL_ERROR,
		    "collecting goes on in memory only: %s", e.text);
		r->journal_failed = true;
	}
	checkpoint_sync(r->cp, journal_dup(&r->journal));
	put_credits(r);
}

/* ---- checkpoints ---- */

static bool
has_news(const struct receiver *r)
{
	return r->asked || r->in.positions.changed ||
	    r->in.unstored.datagrams > 0 ||
	    aggregate_octets(r->in.aggregate) > 0;
}

static bool
is_due(const struct receiver *r)
{
	return r->asked || r->stopping ||
	    now_ms() - r->swapped_ms >= RECEIVER_CHECKPOINT_MS ||
	    r->journal.size >= RECEIVER_JOURNAL_MAX ||
	    aggregate_octets(r->in.aggregate) >=
	    (size_t)r->child->conf->report.memory / 4;
}

/* Says at most once a minute what is dropped: no report will tell of it. */
static void
tell_malformed(struct receiver *r)
{
	size_t most = DATAGRAM_GOOD;
	uint64_t sum = 0;

	for (size_t i = DATAGRAM_GOOD + 1; i < DATAGRAM_FAULTS; i++) {
		r->malformed[i] += r->in.unstored.fault[i];
		sum += r->malformed[i];
		if (most == DATAGRAM_GOOD ||
		    r->malformed[i] > r->malformed[most])
			most = i;
	}
	if (sum == 0 ||
	    (r->told_ms != 0 && now_ms() - r->told_ms < TELL_EVERY_MS))
		return;
	log_write(r->child->log, LOG_LEVEL_WARN,
	    "%" PRIu64 " malformed datagrams were dropped, %" PRIu64
	    " of them as %s: does another program send to [report.collect] "
	    "socket?",
	    sum, r->malformed[most],
	    datagram_fault_name((enum datagram_fault)most));
	memset(r->malformed, 0, sizeof(r->malformed));
	r->told_ms = now_ms();
}

/* Hands over what was counted, and begins anew. */
static void
swap(struct receiver *r)
{
	uint64_t number = r->journal.number;
	struct aggregate *full = r->in.aggregate;
	struct intake_counts counts = r->in.unstored;
	bool asked = r->asked;

	tell_malformed(r);
	memset(&r->in.unstored, 0, sizeof(r->in.unstored));
	r->in.aggregate = aggregate_new(aggregate_max(r));
	r->in.positions.changed = false;
	r->asked = false;
	r->swapped_ms = now_ms();
	begin_journal(r, number + 1);
	checkpoint_give(r->cp, full, number, &r->in.positions, &counts, asked);
}

static void
swap_if_due(struct receiver *r)
{
	r->child->shared->memory_octets = aggregate_octets(r->in.aggregate);
	if (is_due(r) && checkpoint_is_idle(r->cp)) {
		if (has_news(r))
			swap(r);
		else
			r->swapped_ms = now_ms();
	}
}

/* ---- what comes in ---- */

/* One batch of the collector's socket; how many there were. */
static int
take_batch(struct receiver *r)
{
	int64_t ms = clock_wall_ms(clock_system());
	const char *data;
	struct err e;
	size_t len;
	bool cut;
	int n = receive_batch(r->batch, r->child->collector, &e);

	if (n == -1) {
		log_write(r->child->log, LOG_LEVEL_ERROR, "collector: %s",
		    e.text);
		r->stopping = true;
		return 0;
	}
	for (int i = 0; i < n; i++) {
		data = receive_data(r->batch, i, &len, &cut);
		if (intake_datagram(&r->in, ms, data, len, cut))
			(void)journal_add(&r->journal, JOURNAL_DATAGRAM, ms,
			    data, len);
	}
	if (n > 0) {
		write_journal(r);
		intake_flush(&r->in, r->child->shared);
	}
	return n;
}

/* Lets a few more come after a batch of n. */
static void
nap(const struct receiver *r, int n)
{
	const struct timespec t = { 0, RECEIVER_NAP_US * 1000L };

	if (n < RECEIVER_NAP_BATCH && !r->stopping && !r->asked &&
	    r->child->shared->qlen >= RECEIVER_NAP_QUEUE)
		(void)nanosleep(&t, NULL);
}

static bool
take_side(struct receiver *r)
{
	const char *data;
	struct err e;
	size_t len;
	bool cut;
	int n = receive_batch(r->side, r->child->side_in, &e);

	for (int i = 0; i < n; i++) {
		data = receive_data(r->side, i, &len, &cut);
		if (!cut && intake_side(&r->in, data, len))
			(void)journal_add(&r->journal, JOURNAL_SIDE,
			    clock_wall_ms(clock_system()), data, len);
	}
	if (n > 0) {
		write_journal(r);
		intake_flush(&r->in, r->child->shared);
	}
	return n > 0;
}

/* What waits in the sockets, at most so many batches. */
static void
take_all(struct receiver *r)
{
	int batches = DRAIN_BATCHES;

	while (batches-- > 0) {
		bool more = take_batch(r) > 0;

		if (r->ready)
			more = take_side(r) || more;
		if (!more)
			break;
	}
}

static void
reload(struct receiver *r)
{
	struct conf *old = conf_ref(r->child->conf);

	if (child_reload(r->child)) {
		intake_set_conf(&r->in, r->child->conf);
		/* how often a domain is told of may have changed */
		r->asked = true;
	} else {
		log_write(r->child->log, LOG_LEVEL_WARN,
		    "receiver: cannot read %s again, the config in force "
		    "stays",
		    r->child->conf_path);
	}
	conf_unref(old);
}

static void
take_signals(struct receiver *r)
{
	struct signalfd_siginfo info;

	while (read(r->signal_fd, &info, sizeof(info)) == sizeof(info))
		switch (info.ssi_signo) {
		case SIGTERM:
			r->stopping = true;
			break;
		case SIGUSR1:
			r->asked = true;
			break;
		case SIGHUP:
			reload(r);
			break;
		default:
			break;
		}
}

static void
take_wake(struct receiver *r)
{
	uint64_t n;

	(void)!read(r->wake_fd, &n, sizeof(n));
	if (r->ready)
		return;
	r->ready = checkpoint_is_ready(r->cp, &r->in.positions, r->in.filter);
	if (r->ready)
		put_credits(r);
}

static int
wait_ms(const struct receiver *r)
{
	int64_t left = r->swapped_ms + RECEIVER_CHECKPOINT_MS - now_ms();

	if (!has_news(r) || !checkpoint_is_idle(r->cp))
		return -1; /* something will happen */
	return left < 0 ? 0 : (int)left;
}

/*
 * Until told to stop. What waits in the sockets is taken before a checkpoint
 * that was asked for, so that it is in.
 */
static void
run(struct receiver *r)
{
	struct pollfd p[FDS] = {
		[FD_COLLECTOR] = { r->child->collector, POLLIN, 0 },
		[FD_SIDE] = { -1, POLLIN, 0 },
		[FD_SIGNAL] = { r->signal_fd, POLLIN, 0 },
		[FD_WAKE] = { r->wake_fd, POLLIN, 0 },
	};

	while (!r->stopping) {
		p[FD_SIDE].fd = r->ready ? r->child->side_in : -1;
		if (poll(p, FDS, wait_ms(r)) == -1 && errno != EINTR)
			break;
		if (p[FD_SIGNAL].revents != 0)
			take_signals(r);
		if (p[FD_WAKE].revents != 0)
			take_wake(r);
		if (p[FD_COLLECTOR].revents != 0)
			nap(r, take_batch(r));
		if (p[FD_SIDE].revents != 0)
			(void)take_side(r);
		if (r->asked)
			take_all(r);
		swap_if_due(r);
	}
}

/* ---- start and end ---- */

/* The number of the first journal: behind all that are there or were. */
static int
first_number(struct receiver *r, uint64_t *number, struct err *e)
{
	char *path = ask_db_path(r->child->conf);
	struct report_db *db;
	uint64_t *numbers;
	int64_t applied = -1;
	struct err why;
	size_t n;

	if (journal_list(r->dir, &numbers, &n, e) == -1) {
		free(path);
		return -1;
	}
	db = report_db_open(path, &why);
	if (db != NULL && why.code != ERR_NONE)
		log_write(r->child->log, LOG_LEVEL_ERROR, "%s", why.text);
	if (db == NULL ||
	    report_db_get_int(db, "journal", 0, &applied, &why) == -1)
		applied = -1;
	report_db_close(db);
	/* seconds of now: more than there ever were journals */
	if (applied == -1)
		applied = clock_wall_ms(clock_system()) / 1000;
	*number = (uint64_t)applied + 1;
	if (n > 0 && numbers[n - 1] >= *number)
		*number = numbers[n - 1] + 1;
	free(numbers);
	free(path);
	return 0;
}

static int
open_signals(struct receiver *r, struct err *e)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	r->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	r->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (r->signal_fd == -1 || r->wake_fd == -1)
		return err_sys(e, "cannot wait for signals");
	return 0;
}

static int
start(struct receiver *r, struct err *e)
{
	uint64_t number;

	r->batch = receive_new(RECEIVER_BATCH, e);
	r->side = receive_new(1, e);
	if (r->batch == NULL || r->side == NULL || open_signals(r, e) == -1 ||
	    first_number(r, &number, e) == -1)
		return -1;
	intake_init(&r->in, r->child->conf, aggregate_new(aggregate_max(r)));
	r->cp = checkpoint_start(r->dir, number, r->child->conf,
	    r->child->shared, r->child->log, r->wake_fd, e);
	if (r->cp == NULL)
		return -1;
	begin_journal(r, number);
	r->swapped_ms = now_ms();
	return 0;
}

/* What is in memory goes into report.db, unless that takes nothing. */
static void
stop(struct receiver *r)
{
	int64_t end = now_ms() + STOP_MS;
	struct pollfd p = { r->wake_fd, POLLIN, 0 };
	bool stored;

	take_all(r);
	while (!checkpoint_is_idle(r->cp) && now_ms() < end)
		if (poll(&p, 1, 100) > 0)
			take_wake(r);
	if (has_news(r) && checkpoint_is_idle(r->cp))
		swap(r);
	stored = checkpoint_stop(r->cp, end - now_ms());
	r->cp = NULL;
	if (!stored)
		log_write(r->child->log, LOG_LEVEL_WARN,
		    "what is not in report.db yet stays in the journal");
	else if (r->journal.size == 0)
		journal_remove(r->dir, r->journal.number);
}

int
receiver_main(struct child *c)
{
	struct receiver r;
	struct err e;
	int status = EX_OK;

	memset(&r, 0, sizeof(r));
	r.child = c;
	r.dir = xstrdup(c->conf->server.state_dir);
	r.signal_fd = r.wake_fd = -1;
	journal_init(&r.journal);
	/* one thread allocates little: it needs no arena of its own */
	(void)mallopt(M_ARENA_MAX, 1);
	if (start(&r, &e) == -1) {
		log_write(c->log, LOG_LEVEL_ERROR, "receiver: %s", e.text);
		status = EX_OSERR;
		goto out;
	}
	run(&r);
	status = r.stopping ? EX_OK : EX_OSERR;
	stop(&r);
out:
	aggregate_free(r.in.aggregate);
	intake_clear(&r.in);
	journal_clear(&r.journal);
	receive_free(r.batch);
	receive_free(r.side);
	if (r.signal_fd != -1)
		close(r.signal_fd);
	if (r.wake_fd != -1)
		close(r.wake_fd);
	free(r.dir);
	return status;
}
