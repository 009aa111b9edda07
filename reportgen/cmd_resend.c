/* cmd_resend: reports once more - see cmd_outbox.h */
#include "config.h"

#include "reportgen/cli.h"
#include "reportgen/cmd_outbox.h"
#include "reportgen/destination.h"
#include "reportgen/hand_over.h"
#include "share/base/clock.h"

#include <getopt.h>
#include <string.h>
#include <sysexits.h>

#define USAGE "resend DAY|REPORT-ID [DOMAIN] [--all] [--json]"
#define SETTLED \
	(1u << OUTBOX_SENT | 1u << OUTBOX_FAILED | 1u << OUTBOX_WITHDRAWN)

struct resend {
	struct report_db *db;
	struct hand_over h;
	int64_t now_s;
	bool all, json;
};

static bool
take(void *arg, const struct outbox_report *r)
{
	struct resend *s = arg;

	hand_over_add(&s->h, r->number);
	return true;
}

/* Whether a report's octets are there still. */
static int
has_octets(void *arg, const struct outbox_report *r, struct err *e)
{
	(void)e;
	*(bool *)arg = r->packed != NULL;
	return 0;
}

/* Makes the destinations of one report pending again; *any: some are. */
static int
begin_again(struct resend *s, int64_t number, bool *any, struct err *e)
{
	struct destinations d = { 0 };
	bool octets;
	int rc;

	*any = false;
	if (outbox_with(s->db, number, has_octets, &octets, e) == -1 ||
	    destinations_load(&d, s->db, number, e) == -1)
		return -1;
	for (size_t i = 0; i < d.n; i++) {
		struct destination *to = &d.at[i];

		if (to->fate == OUTBOX_ACCEPTED && !s->all)
			continue;
		to->fate = OUTBOX_PENDING;
		to->tries = 0;
		to->first_s = to->settled_s = 0;
		to->next_s = s->now_s;
		to->changed = *any = true;
	}
	*any = octets && (*any || d.n == 0);
	rc = 0;
	if (*any)
		rc = destinations_save(&d, s->db, number, e);
	if (rc == 0 && *any)
		rc = outbox_set_state(s->db, number,
		    d.n > 0 ? OUTBOX_GOING : OUTBOX_NEW, s->now_s, e);
	destinations_clear(&d);
	return rc;
}

/* Makes all of them ready, or none; those with nothing to do are left out. */
static int
prepare(struct resend *s, struct err *e)
{
	size_t n = 0;
	bool any;
	int rc = 0;

	if (report_db_begin(s->db, e) == -1)
		return -1;
	for (size_t i = 0; i < s->h.n && rc == 0; i++) {
		rc = begin_again(s, s->h.number[i], &any, e);
		if (any)
			s->h.number[n++] = s->h.number[i];
	}
	s->h.n = n;
	if (rc == 0)
		return report_db_commit(s->db, e);
	report_db_rollback(s->db);
	return -1;
}

/* Finds the reports that are meant. */
static int
find(struct resend *s, char **words, int n, struct err *e)
{
	char domain[HOSTNAME_SIZE];
	int64_t day_s, number;

	if (strchr(words[0], '@') != NULL) {
		if (n > 1)
			return err_set(e, ERR_SYNTAX,
			    "a report-id names one report");
		if (outbox_find(s->db, words[0], &number, e) == -1)
			return -1;
		hand_over_add(&s->h, number);
		return 0;
	}
	if (cli_day(words[0], s->now_s, &day_s, e) == -1 ||
	    (n > 1 && cli_domain(words[1], domain, e) == -1))
		return -1;
	return outbox_each(s->db, n > 1 ? domain : NULL, day_s, day_s + CLI_DAY,
	    SETTLED, take, s, e);
}

static int
run(struct resend *s, const struct conf *c, char **words, int n)
{
	struct err e;
	int status;

	s->db = cli_open(c, true, &e);
	if (s->db == NULL)
		return cli_fail(&e);
	if (find(s, words, n, &e) == -1 || prepare(s, &e) == -1 ||
	    hand_over_run(&s->h, c, s->db, &e) == -1)
		status = cli_fail(&e);
	else
		status = hand_over_print(&s->h, s->db, s->json);
	report_db_close(s->db);
	hand_over_clear(&s->h);
	return status;
}

int
cmd_resend(const struct conf *c, const char *conf_path, int argc, char **argv)
{
	static const struct option options[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	struct resend s = { .now_s = clock_wall_ms(clock_system()) / 1000 };
	int opt;

	(void)conf_path;
	optind = 0;
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt != 'a' && opt != 'j')
			return cli_usage(USAGE);
		s.all = s.all || opt == 'a';
		s.json = s.json || opt == 'j';
	}
	if (argc - optind < 1 || argc - optind > 2)
		return cli_usage(USAGE);
	return run(&s, c, argv + optind, argc - optind);
}
