/* cmd_send: reports that go out now - see cmd_outbox.h */
#include "config.h"

#include "reportgen/ask.h"
#include "reportgen/cli.h"
#include "reportgen/cmd_outbox.h"
#include "reportgen/copies.h"
#include "reportgen/hand_over.h"
#include "reportgen/report_make.h"
#include "reportgen/sender.h"
#include "share/base/clock.h"
#include "share/mail/address.h"

#include <getopt.h>
#include <string.h>
#include <sysexits.h>

#define USAGE "send [DAY [DOMAIN]] [--to ADDRESS] [--json]"

struct send {
	const struct conf *c;
	struct report_db *db;
	struct hand_over h;
	int64_t now_s, day_s;
	bool all; /* no day was named: what is due */
	const char *domain;
	bool json;
};

static bool
take(void *arg, const struct outbox_report *r)
{
	struct send *s = arg;

	hand_over_add(&s->h, r->number);
	return true;
}

/* Makes the reports of the day, or those that are due. */
static int
make(struct send *s, struct err *e)
{
	struct report_make_stats stats;
	int64_t size_max = 0;
	int rc;

	if (report_db_get_int(s->db, SENDER_SIZE_NAME, 0, &size_max, e) == -1)
		return -1;
	rc = s->all
	    ? report_make_due(s->db, s->c, s->now_s, size_max, &stats, e)
	    : report_make_day(s->db, s->c, s->day_s, s->domain, s->now_s,
		  size_max, &stats, e);
	if (rc == 0 && stats.failed > 0)
		fprintf(stderr,
		    CLI_PROGRAM ": %llu reports cannot be made: %s\n",
		    (unsigned long long)stats.failed, stats.why.text);
	return rc;
}

static int
find(struct send *s, struct err *e)
{
	const unsigned states = 1u << OUTBOX_NEW | 1u << OUTBOX_GOING;
	int64_t due[4096];
	size_t n;

	if (!s->all)
		return outbox_each(s->db, s->domain, s->day_s,
		    s->day_s + CLI_DAY, states, take, s, e);
	if (outbox_due(s->db, s->now_s, due, 4096, &n, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		hand_over_add(&s->h, due[i]);
	return 0;
}

static int
run(struct send *s)
{
	struct err e;
	int status;

	if (ask_checkpoint(s->c, &e) == -1)
		fprintf(stderr, CLI_PROGRAM ": %s\n", e.text);
	s->db = cli_open(s->c, true, &e);
	if (s->db == NULL)
		return cli_fail(&e);
	if (make(s, &e) == -1 || find(s, &e) == -1 ||
	    hand_over_run(&s->h, s->c, s->db, &e) == -1)
		status = cli_fail(&e);
	else
		status = hand_over_print(&s->h, s->db, s->json);
	report_db_close(s->db);
	hand_over_clear(&s->h);
	return status;
}

/* What was meant by the words; an exit status. */
static int
read_words(struct send *s, char **words, int n, char domain[HOSTNAME_SIZE])
{
	struct err e;

	s->all = n == 0;
	if (n > 2)
		return cli_usage(USAGE);
	if (n > 0 && cli_day(words[0], s->now_s, &s->day_s, &e) == -1)
		return cli_fail(&e);
	if (n > 1 && cli_domain(words[1], domain, &e) == -1)
		return cli_fail(&e);
	s->domain = n > 1 ? domain : NULL;
	return EX_OK;
}

int
cmd_send(const struct conf *c, const char *conf_path, int argc, char **argv)
{
	static const struct option options[] = {
		{ "to", required_argument, NULL, 't' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	struct send s = { .c = c,
		.now_s = clock_wall_ms(clock_system()) / 1000 };
	char domain[HOSTNAME_SIZE];
	const char *to = NULL;
	int opt, status;

	(void)conf_path;
	optind = 0;
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt != 't' && opt != 'j')
			return cli_usage(USAGE);
		if (opt == 't')
			to = optarg;
		else
			s.json = true;
	}
	status = read_words(&s, argv + optind, argc - optind, domain);
	if (status != EX_OK)
		return status;
	if (to == NULL)
		return run(&s);
	if (s.all)
		return cli_usage("send DAY [DOMAIN] --to ADDRESS [--json]");
	return copies_send(c, to, s.day_s, s.domain, s.json);
}
