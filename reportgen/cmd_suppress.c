/* cmd_suppress: what gets no reports - see cmd_outbox.h */
#include "config.h"

#include "reportgen/cli.h"
#include "reportgen/cmd_outbox.h"
#include "share/base/clock.h"
#include "share/base/text.h"
#include "share/mail/address.h"
#include "share/store/report_outbox.h"

#include <getopt.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define USAGE \
	"suppress [ADDRESS|HOST... [--days N] [--why TEXT] [--remove]] [--json]"
#define DAYS_USUAL 30
#define DAYS_MOST 36500

struct suppress {
	struct report_db *db;
	int64_t now_s, days;
	const char *why;
	bool remove, json;
	json_t *list;
	size_t n;
};

/* An address or host as it was typed, in normal form. */
static int
read_target(const char *s, char target[ADDRESS_SIZE], struct err *e)
{
	struct address a;
	char host[HOSTNAME_SIZE];

	if (text_starts_nocase(s, "mailto:"))
		s += strlen("mailto:");
	if (strchr(s, '@') != NULL) {
		if (address_parse(s, strlen(s), &a, e) == -1)
			return err_wrap(e, "%s", s);
		(void)address_format(&a, target);
		return 0;
	}
	if (cli_domain(s, host, e) == -1)
		return -1;
	return text_copy(target, ADDRESS_SIZE, host);
}

static bool
show(void *arg, const struct outbox_suppressed *o)
{
	struct suppress *s = arg;
	char until[32], since[32], why[300];

	if (o->until_s <= s->now_s)
		return true;
	s->n++;
	(void)text_rfc3339(until, sizeof(until), (time_t)o->until_s);
	(void)text_rfc3339(since, sizeof(since), (time_t)o->since_s);
	if (s->json)
		json_array_append_new(s->list,
		    json_pack("{ss,ss,ss,ss}", "target", o->target, "since",
			since, "until", until, "why", o->why));
	else
		printf("%s until %s%s%s\n", o->target, until,
		    o->why[0] != '\0' ? ": " : "",
		    text_escape(why, sizeof(why), o->why, strlen(o->why)));
	return true;
}

/* Lists what is suppressed now; an exit status. */
static int
list(struct suppress *s)
{
	struct err e;
	json_t *o;
	char *text;

	s->list = json_array();
	if (outbox_suppressed_each(s->db, show, s, &e) == -1) {
		json_decref(s->list);
		return cli_fail(&e);
	}
	if (!s->json) {
		json_decref(s->list);
		if (s->n == 0)
			puts("nothing is suppressed");
		return EX_OK;
	}
	o = json_pack("{si,so}", "schema", 1, "suppressed", s->list);
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return cli_put_json(text);
}

/* Changes all of them or none. */
static int
change(struct suppress *s, char **words, int n, struct err *e)
{
	char target[ADDRESS_SIZE];
	int rc = 0;

	if (report_db_begin(s->db, e) == -1)
		return -1;
	for (int i = 0; i < n && rc == 0; i++) {
		const struct outbox_suppressed o = { target,
			s->now_s + s->days * CLI_DAY, s->why, s->now_s };

		rc = read_target(words[i], target, e);
		if (rc == 0 && s->remove)
			rc = outbox_unsuppress(s->db, target, e);
		else if (rc == 0)
			rc = outbox_suppress(s->db, &o, e);
	}
	if (rc == 0)
		return report_db_commit(s->db, e);
	report_db_rollback(s->db);
	return -1;
}

/* One option; false: none of ours, or wrong. */
static bool
take_option(struct suppress *s, int opt)
{
	char *end;

	switch (opt) {
	case 'd':
		s->days = strtol(optarg, &end, 10);
		return *end == '\0' && s->days > 0 && s->days <= DAYS_MOST;
	case 'w':
		s->why = optarg;
		return true;
	case 'r':
		s->remove = true;
		return true;
	case 'j':
		s->json = true;
		return true;
	default:
		return false;
	}
}

int
cmd_suppress(const struct conf *c, const char *conf_path, int argc, char **argv)
{
	static const struct option options[] = {
		{ "days", required_argument, NULL, 'd' },
		{ "why", required_argument, NULL, 'w' },
		{ "remove", no_argument, NULL, 'r' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	struct suppress s = { .now_s = clock_wall_ms(clock_system()) / 1000,
		.days = DAYS_USUAL,
		.why = "by an operator" };
	struct err e;
	int opt, status = EX_OK;

	(void)conf_path;
	optind = 0;
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!take_option(&s, opt))
			return cli_usage(USAGE);
	if (s.remove && optind == argc)
		return cli_usage(USAGE);
	s.db = cli_open(c, true, &e);
	if (s.db == NULL)
		return cli_fail(&e);
	if (optind < argc && change(&s, argv + optind, argc - optind, &e) == -1)
		status = cli_fail(&e);
	else if (optind == argc || s.json)
		status = list(&s);
	report_db_close(s.db);
	return status;
}
