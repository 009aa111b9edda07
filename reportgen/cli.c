/* cli: what sub-commands have in common - see cli.h */
#include "config.h"

#include "reportgen/cli.h"
#include "share/base/clock.h"
#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/rpt/report_time.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define SHOW_EVERY_MS 200

int
cli_day(const char *s, int64_t now_s, int64_t *day_s, struct err *e)
{
	static const char form[] = "0000-00-00";
	char text[60];
	int64_t today = now_s - now_s % CLI_DAY;

	if (strcmp(s, "today") == 0 || strcmp(s, "yesterday") == 0) {
		*day_s = today - (s[0] == 'y' ? CLI_DAY : 0);
		return 0;
	}
	for (size_t i = 0; i < sizeof(form); i++)
		if (form[i] == '0' ? s[i] < '0' || s[i] > '9' : s[i] != form[i])
			return err_set(e, ERR_SYNTAX,
			    "\"%s\" is no day: write 2026-11-20, today or "
			    "yesterday",
			    text_escape(text, sizeof(text), s, strlen(s)));
	if (report_time_parse(s, strlen(s), day_s) == REPORT_TIME_BAD)
		return err_set(e, ERR_SYNTAX, "there is no day %s", s);
	return 0;
}

int
cli_domain(const char *s, char domain[HOSTNAME_SIZE], struct err *e)
{
	char text[100];

	if (hostname_normalize(s, strlen(s), domain, NULL) == -1)
		return err_set(e, ERR_SYNTAX, "no domain: %s",
		    text_escape(text, sizeof(text), s, strlen(s)));
	return 0;
}

char *
cli_db_path(const struct conf *c)
{
	return xasprintf("%s/report.db", c->server.state_dir);
}

struct report_db *
cli_open(const struct conf *c, bool write, struct err *e)
{
	char *path = cli_db_path(c);
	struct report_db *db;

	db = write ? report_db_open(path, e) : report_db_open_ro(path, e);
	if (db == NULL && e->code == ERR_NOENT)
		(void)err_set(e, ERR_NOENT,
		    "nothing was collected yet: there is no %s", path);
	else if (db == NULL && strstr(e->text, path) == NULL)
		(void)err_wrap(e, "%s", path);
	free(path);
	return db;
}

int
cli_fail(const struct err *e)
{
	fprintf(stderr, CLI_PROGRAM ": %s\n", e->text);
	switch (e->code) {
	case ERR_TEMP:
		return EX_TEMPFAIL;
	case ERR_PERM:
	case ERR_SYS:
		return EX_UNAVAILABLE;
	case ERR_SYNTAX:
	case ERR_LIMIT:
		return EX_DATAERR;
	case ERR_NOENT:
		return EX_NOINPUT;
	default:
		return EX_SOFTWARE;
	}
}

int
cli_usage(const char *text)
{
	fprintf(stderr, "usage: " CLI_PROGRAM " %s\n", text);
	return EX_USAGE;
}

int
cli_put_json(char *text)
{
	if (text == NULL)
		abort(); /* jansson has no memory */
	puts(text);
	free(text);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror(CLI_PROGRAM ": standard output");
		return EX_IOERR;
	}
	return EX_OK;
}

void
cli_progress_start(struct cli_progress *p, const char *what, size_t total)
{
	*p = (struct cli_progress){ .what = what,
		.out = isatty(STDERR_FILENO) ? stderr : NULL,
		.total = total };
	/* what is done at once needs no line */
	p->shown_ms = clock_mono_ms(clock_system());
}

void
cli_progress(struct cli_progress *p, size_t n)
{
	int64_t now;

	if (p->out == NULL)
		return;
	now = clock_mono_ms(clock_system());
	if (now - p->shown_ms < SHOW_EVERY_MS)
		return;
	p->shown_ms = now;
	if (p->total > 0)
		fprintf(p->out, "\r%zu of %zu %s", n, p->total, p->what);
	else
		fprintf(p->out, "\r%zu %s", n, p->what);
	fflush(p->out);
}

void
cli_progress_end(struct cli_progress *p)
{
	if (p->out != NULL)
		fputs("\r\033[K", p->out);
}
