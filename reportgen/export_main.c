/* export_main: the sub-commands "export" and "import" - see export.h */
#include "config.h"

#include "reportgen/ask.h"
#include "reportgen/cli.h"
#include "reportgen/export.h"
#include "share/app/control_json.h"
#include "share/app/privilege.h"
#include "share/base/clock.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

/* As root: from here on the daemon's user, so that what is made is theirs. */
static int
become_user(const struct conf *c, struct err *e)
{
	struct privilege who;

	if (privilege_find(c, &who, e) == -1 ||
	    privilege_make_state_dir(c, &who, e) == -1)
		return -1;
	return who.root ? privilege_drop(c, &who, e) : 0;
}

/* ---- export ---- */

static int
export_day(const struct conf *c, int64_t day_s, int64_t now_s)
{
	char *dir = xasprintf("%s/export", c->server.state_dir);
	struct report_db *db = NULL;
	struct err e;
	int64_t last = 0, complete_s = now_s;
	int status = EX_OK;

	if (become_user(c, &e) == -1) {
		status = cli_fail(&e);
		goto out;
	}
	if (mkdir(dir, 0700) == -1 && errno != EEXIST) {
		(void)err_sys(&e, "%s", dir);
		status = cli_fail(&e);
		goto out;
	}
	if (ask_checkpoint(c, &e) == -1) {
		/* what is not stored yet follows in a later export */
		fprintf(stderr, CLI_PROGRAM ": %s\n", e.text);
		complete_s = now_s - CLI_DAY;
	}
	db = cli_open(c, true, &e);
	if (db == NULL ||
	    export_make(db, dir, c->server.hostname, day_s, complete_s, &last,
		&e) == -1 ||
	    export_print(dir, day_s, last, stdout, &e) == -1)
		status = cli_fail(&e);
	else if (last == 0)
		fprintf(stderr, CLI_PROGRAM ": no sessions on that day\n");
out:
	report_db_close(db);
	free(dir);
	return status;
}

int
export_main(const struct conf *c, const char *conf_path, int argc, char **argv)
{
	int64_t now_s = clock_wall_ms(clock_system()) / 1000, day_s;
	struct err e;

	(void)conf_path;
	if (argc != 3 || strcmp(argv[1], "--day") != 0)
		return cli_usage("export --day DAY");
	if (cli_day(argv[2], now_s, &day_s, &e) == -1) {
		(void)cli_fail(&e);
		return EX_USAGE;
	}
	if (strcmp(c->report.deliver_via, "none") != 0) {
		fprintf(stderr,
		    CLI_PROGRAM ": this host reports by itself: export is for "
				"one with [report.deliver] via = \"none\"\n");
		return EX_CONFIG;
	}
	return export_day(c, day_s, now_s);
}

/* ---- import ---- */

static void
tell(void *arg, const struct import_result *r)
{
	const bool *json = arg;
	char day[32];
	json_t *o;

	(void)text_rfc3339(day, sizeof(day), (time_t)r->day_s);
	day[10] = '\0';
	if (!*json) {
		printf("%s %s %" PRId64 ": ", r->host, day, r->sequence);
		if (r->known)
			puts("known already");
		else
			printf("%" PRIu64 " sessions in %" PRIu64 " rows\n",
			    r->sessions, r->rows);
		return;
	}
	o = control_object();
	control_put_str(o, "host", r->host);
	control_put_str(o, "day", day);
	control_put_int(o, "sequence", r->sequence);
	control_put_str(o, "result", r->known ? "known" : "imported");
	control_put_int(o, "rows", (int64_t)r->rows);
	control_put_int(o, "sessions", (int64_t)r->sessions);
	(void)cli_put_json(control_text(o));
}

int
import_main(const struct conf *c, const char *conf_path, int argc, char **argv)
{
	bool json = argc == 3 && strcmp(argv[2], "--json") == 0;
	struct report_db *db = NULL;
	struct err e;
	FILE *in;
	int status = EX_OK;

	(void)conf_path;
	if (argc != 2 && !json)
		return cli_usage("import FILE|- [--json]");
	in = strcmp(argv[1], "-") == 0 ? stdin : fopen(argv[1], "re");
	if (in == NULL) {
		(void)err_sys(&e, "%s", argv[1]);
		(void)cli_fail(&e);
		return EX_NOINPUT;
	}
	if (become_user(c, &e) == 0)
		db = cli_open(c, true, &e);
	if (db == NULL ||
	    import_read(db, c->server.hostname, in, tell, &json, &e) == -1)
		status = cli_fail(&e);
	report_db_close(db);
	if (in != stdin)
		fclose(in);
	/* without a daemon the next one looks at its start */
	if (status == EX_OK && ask_look(c, &e) == -1 && e.code != ERR_NOENT)
		fprintf(stderr, CLI_PROGRAM ": %s\n", e.text);
	return status;
}
