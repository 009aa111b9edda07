/* cmd_bounce: a bounce suppresses its address - see cmd_outbox.h */
#include "config.h"

#include "reportgen/bounce.h"
#include "reportgen/cli.h"
#include "reportgen/cmd_outbox.h"
#include "share/base/buf.h"
#include "share/base/clock.h"
#include "share/store/report_outbox.h"

#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define KEPT_DAYS 30 /* on the list; and since when it counts as sent to */

/* Reads all of standard input; what is too much is read and forgotten. */
static int
read_mail(struct buf *mail, struct err *e)
{
	char piece[16384];
	ssize_t n;

	while ((n = read(STDIN_FILENO, piece, sizeof(piece))) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_sys(e, "standard input");
		buf_add(mail, piece, (size_t)n);
	}
	return 0;
}

/* Suppresses those of b that a report went to; *list (not NULL) names them. */
static int
suppress(struct report_db *db, const struct bounce *b, json_t *list,
    struct err *e)
{
	int64_t now_s = clock_wall_ms(clock_system()) / 1000, n;

	for (size_t i = 0; i < b->n; i++) {
		const struct outbox_suppressed s = { b->address[i],
			now_s + KEPT_DAYS * CLI_DAY, "bounced", now_s };

		/* who wrote the mail is not known: only what we sent counts */
		if (outbox_count_target(db, s.target,
			now_s - KEPT_DAYS * CLI_DAY, &n, e) == -1)
			return -1;
		if (n == 0)
			continue;
		if (outbox_suppress(db, &s, e) == -1)
			return -1;
		json_array_append_new(list, json_string(s.target));
	}
	return 0;
}

static int
print(json_t *list, bool json)
{
	json_t *o;
	char *text;

	if (json) {
		o = json_pack("{si,sO}", "schema", 1, "suppressed", list);
		text = json_dumps(o, JSON_COMPACT);
		json_decref(o);
		return cli_put_json(text);
	}
	for (size_t i = 0; i < json_array_size(list); i++)
		printf("%s: no reports for %d days\n",
		    json_string_value(json_array_get(list, i)), KEPT_DAYS);
	return EX_OK;
}

/* An MTA's pipe is behind us: what cannot be done now is for later. */
static int
try_later(const struct err *e)
{
	(void)cli_fail(e);
	return EX_TEMPFAIL;
}

int
cmd_bounce(const struct conf *c, const char *conf_path, int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	struct report_db *db = NULL;
	json_t *list = json_array();
	struct bounce b;
	struct buf mail;
	struct err e;
	bool json = false;
	int opt, status;

	(void)conf_path;
	buf_init(&mail, BOUNCE_MAIL_MAX);
	optind = 0;
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		json = opt == 'j';
		if (!json)
			optind = argc + 1;
	}
	if (optind != argc)
		status = cli_usage("bounce [--json] <MAIL");
	else if (read_mail(&mail, &e) == -1 ||
	    (db = cli_open(c, true, &e)) == NULL)
		status = try_later(&e);
	else {
		bounce_read(buf_str(&mail), mail.len, &b);
		status = suppress(db, &b, list, &e) == -1 ? try_later(&e)
							  : print(list, json);
	}
	report_db_close(db);
	json_decref(list);
	buf_clear(&mail);
	return status;
}
