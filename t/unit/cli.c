/* cli: days and domains as people type them */
#include "config.h"

#include "reportgen/cli.h"
#include "t/unit/tap.h"

#include <sysexits.h>

#define NOW INT64_C(1795304033) /* 2026-11-21T23:33:53Z */

static void
check_day(const char *s, int64_t want)
{
	struct err e;
	int64_t day = -7;

	is_int(cli_day(s, NOW, &day, &e), want == -7 ? -1 : 0, "\"%s\"", s);
	is_int(day, want, "its first second");
	if (want == -7)
		is_int(e.code, ERR_SYNTAX, "is a syntax fault");
}

/* Long work says how far it is, a few times a second, and leaves no line. */
static void
test_progress(void)
{
	struct cli_progress p;
	char text[200] = "";
	FILE *f = tmpfile();

	if (f == NULL) {
		fail("a file");
		return;
	}
	cli_progress_start(&p, "reports", 9);
	p.out = f; /* as if it were a terminal */
	cli_progress(&p, 1);
	is_int(ftell(f), 0, "what is done at once shows nothing");
	p.shown_ms = INT64_MIN / 2;
	cli_progress(&p, 7);
	cli_progress(&p, 8);
	cli_progress_end(&p);
	rewind(f);
	(void)!fread(text, 1, sizeof(text) - 1, f);
	is_str(text, "\r7 of 9 reports\r\033[K", "later how far it is");
	p.out = NULL;
	p.shown_ms = INT64_MIN / 2;
	cli_progress(&p, 9);
	cli_progress_end(&p);
	pass("and nothing where there is no terminal");
	fclose(f);
}

int
main(void)
{
	char domain[HOSTNAME_SIZE];
	struct err e;

	check_day("2026-11-20", 1795132800);
	check_day("1970-01-01", 0);
	check_day("today", 1795219200);
	check_day("yesterday", 1795132800);
	check_day("tomorrow", -7);
	check_day("", -7);
	check_day("2026-11-2", -7);
	check_day("2026-11-20T00:00:00Z", -7);
	check_day("2026-13-20", -7);
	check_day("2026-02-30", -7);
	is_int(cli_domain("B\xc3\xbc"
			  "cher.Example.",
		   domain, &e),
	    0, "a domain as it is typed");
	is_str(domain, "xn--bcher-kva.example", "in normal form");
	is_int(cli_domain("a b\n", domain, &e), -1, "no domain");
	has_str(e.text, "a b\\x0a", "is told escaped");
	is_int(cli_fail(&e), EX_DATAERR, "its exit status");
	test_progress();
	return done_testing();
}
