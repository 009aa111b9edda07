/* watch: takes reports in as they arrive - see watch.h */
#include "config.h"

#include "analyzer/watch.h"

#include "analyzer/ingest.h"
#include "share/base/xmem.h"
#include "share/net/notify.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <unistd.h>

/*
 * Signals come by a descriptor, so that none is missed and no thread of the
 * resolver takes one. The program has one watch: who asks has no argument.
 */
static int signals = -1;

static bool
is_stopped(void)
{
	static bool stopped;
	struct signalfd_siginfo info;

	if (!stopped && signals != -1 &&
	    read(signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		stopped = true;
	return stopped;
}

/* A mailbox, and whether it may have changed. */
struct watched {
	const char *path;
	bool changed;
};

/* A directory that inotify looks at. */
struct directory {
	int wd;
	size_t source;
};

struct watch {
	const struct conf *conf;
	struct ingest_options o;
	struct watched *source;
	size_t nsources;
	struct directory *directory;
	size_t ndirectories;
	size_t adding; /* the source whose directories are being added */
	int inotify;
	struct ingest *ingest;
	struct notify notify;
};

static void
say(const char *what, const char *path)
{
	fprintf(stderr, "tlsherald-analyzer: %s %s: %s\n", what, path,
	    strerror(errno));
}

/* ---- what to look at ---- */

static void
add_directory(void *arg, const char *path)
{
	struct watch *w = arg;
	int wd = inotify_add_watch(w->inotify, path,
	    IN_MOVED_TO | IN_CLOSE_WRITE | IN_ONLYDIR);

	if (wd == -1) {
		say("cannot watch", path);
		return;
	}
	w->directory = xreallocarray(w->directory, w->ndirectories + 1,
	    sizeof(*w->directory));
	w->directory[w->ndirectories++] = (struct directory){ wd, w->adding };
}

/* Sources that are not there, or tell nothing, are looked at in turn. */
static int
add_sources(struct watch *w)
{
	for (size_t i = 0; i < w->nsources; i++) {
		const struct source_kind *kind;
		struct err e;

		w->adding = i;
		kind = source_find(w->source[i].path, &e);
		if (kind == NULL) {
			fprintf(stderr, "tlsherald-analyzer: %s\n", e.text);
			return EX_NOINPUT;
		}
		if (kind->watch == NULL) {
			fprintf(stderr,
			    "tlsherald-analyzer: %s is no mailbox to watch\n",
			    w->source[i].path);
			return EX_USAGE;
		}
		kind->watch(w->source[i].path, add_directory, w);
		w->source[i].changed = true;
	}
	return EX_OK;
}

static void
all_changed(struct watch *w)
{
	for (size_t i = 0; i < w->nsources; i++)
		w->source[i].changed = true;
}

/* Takes what inotify has to say. */
static void
read_events(struct watch *w)
{
	char events[4096]
	    __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t n;

	while ((n = read(w->inotify, events, sizeof(events))) > 0)
		for (ssize_t i = 0; i < n;) {
			const struct inotify_event *event =
			    (const void *)(events + i);

			if ((event->mask & IN_Q_OVERFLOW) != 0)
				all_changed(w);
			for (size_t k = 0; k < w->ndirectories; k++)
				if (w->directory[k].wd == event->wd)
					w->source[w->directory[k].source]
					    .changed = true;
			i += (ssize_t)(sizeof(*event) + event->len);
		}
}

/* ---- taking in ---- */

static void
print_taken(struct watch *w, const struct intake_totals *before)
{
	const struct intake_totals *now = ingest_totals(w->ingest);
	const char *between = "";

	for (int v = 0; v < ANALYSIS_VERDICTS; v++) {
		int64_t n = now->mails[v] - before->mails[v];

		if (n > 0) {
			printf("%s%" PRId64 " %s", between, n,
			    analysis_verdict_name((enum analysis_verdict)v));
			between = ", ";
		}
	}
	if (*between != '\0')
		printf("\n");
}

static int
take_sources(struct watch *w)
{
	int status = EX_OK;

	for (size_t i = 0; i < w->nsources && !is_stopped(); i++) {
		if (!w->source[i].changed)
			continue;
		w->source[i].changed = false;
		status = ingest_source(w->ingest, w->source[i].path);
		if (ingest_failed(w->ingest)) {
			all_changed(w);
			return EX_TEMPFAIL;
		}
	}
	return status == EX_NOINPUT ? EX_OK : status;
}

/* One look at what changed; EX_OK, or that it is to be tried again. */
static int
look(struct watch *w)
{
	struct intake_totals before;
	int status;

	if (w->ingest == NULL)
		w->ingest = ingest_open(w->conf, &w->o, is_stopped, &status);
	if (w->ingest == NULL)
		return status;
	before = *ingest_totals(w->ingest);
	status = take_sources(w);
	if (status == EX_OK && !is_stopped())
		status = ingest_expire(w->ingest);
	if (!w->o.json)
		print_taken(w, &before);
	(void)fflush(stdout);
	if (status != EX_OK) {
		ingest_close(w->ingest);
		w->ingest = NULL;
	}
	return status;
}

/* Waits for the next change, or as long as seconds. */
static void
await(struct watch *w, int seconds)
{
	struct pollfd fd[2] = { { .fd = w->inotify, .events = POLLIN },
		{ .fd = signals, .events = POLLIN } };
	int n = poll(fd, 2, seconds * 1000);

	if (n > 0)
		read_events(w);
	else if (n == 0)
		all_changed(w);
}

static int
run(struct watch *w)
{
	int status = look(w);

	/* what is wrong at the start, people want to know */
	if (status != EX_OK && status != EX_TEMPFAIL)
		return status;
	notify_send(&w->notify, "READY=1\nSTATUS=watching");
	while (!is_stopped()) {
		int seconds = WATCH_RESCAN_S;

		if (status != EX_OK)
			seconds = WATCH_RETRY_S;
		else if (ingest_unsettled(w->ingest))
			seconds = SOURCE_SETTLED_S;
		await(w, seconds);
		if (!is_stopped())
			status = look(w);
	}
	notify_send(&w->notify, "STOPPING=1");
	return EX_OK;
}

/* ---- the command ---- */

static const char usage[] =
    "usage: tlsherald-analyzer watch [--json] [--delete | --move DIR]\n"
    "    [SOURCE...]\n"
    "SOURCE is a Maildir, an mbox or a directory; without one, those of\n"
    "[report.analysis] sources.\n";

static int
read_options(struct ingest_options *o, int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "delete", no_argument, NULL, 'd' },
		{ "move", required_argument, NULL, 'm' },
		{ NULL, 0, NULL, 0 },
	};
	int opt;

	*o = (struct ingest_options){ .quiet = true, .settle = true };
	optind = 0; /* glibc: begin anew */
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 'j') {
			o->json = true;
			continue;
		}
		if (opt == '?' || o->after != SOURCE_KEEP)
			return -1;
		o->after = opt == 'd' ? SOURCE_DELETE : SOURCE_MOVE;
		o->move_to = optarg;
	}
	return optind;
}

static int
catch_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return signals;
}

int
watch_main(const struct conf *c, const char *conf_path, int argc, char **argv)
{
	struct watch w = { .conf = c };
	int status, first = read_options(&w.o, argc, argv);

	(void)conf_path;
	if (first == -1 || (first == argc && c->report.sources.n == 0)) {
		fputs(usage, stderr);
		return EX_USAGE;
	}
	w.nsources =
	    first < argc ? (size_t)(argc - first) : c->report.sources.n;
	w.source = xcalloc(w.nsources, sizeof(*w.source));
	for (size_t i = 0; i < w.nsources; i++)
		w.source[i].path = first < argc ? argv[(size_t)first + i]
						: c->report.sources.item[i];
	notify_init(&w.notify);
	w.inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (w.inotify == -1 || catch_signals() == -1) {
		say("cannot watch", "anything");
		status = EX_OSERR;
	} else {
		status = add_sources(&w);
	}
	if (status == EX_OK)
		status = run(&w);
	ingest_close(w.ingest);
	if (w.inotify != -1)
		close(w.inotify);
	notify_clear(&w.notify);
	free(w.directory);
	free(w.source);
	return status;
}
