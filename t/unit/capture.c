/* capture: programs that print, fail, are missing, print too much */
#include "config.h"

#include "share/app/capture.h"
#include "t/unit/tap.h"

#include <stdlib.h>

/* Runs sh -c script. */
static char *
shell(const char *script, int *status, struct err *e)
{
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)script, NULL };

	return capture_output(argv, status, e);
}

int
main(void)
{
	char *missing[] = { (char *)"tlsherald-no-such-program", NULL };
	struct err e;
	int status = -1;
	char *out;

	out = shell("printf 'a\\nb'; echo err >&2; exit 3", &status, &e);
	is_str(out, "a\nb", "standard output alone");
	is_int(status, 3, "and the exit status");
	free(out);

	out = shell("cat", &status, &e);
	is_str(out, "", "standard input is empty");
	free(out);

	err_clear(&e);
	out = capture_output(missing, &status, &e);
	ok(out == NULL, "a program that is not there");
	is_int(e.code, ERR_NOENT, "NOENT");
	free(out);

	err_clear(&e);
	out = shell("kill -9 $$", &status, &e);
	ok(out == NULL, "a program that was killed");
	is_int(e.code, ERR_TEMP, "TEMP");
	has_str(e.text, "signal 9", "names the signal");
	free(out);

	err_clear(&e);
	out = shell("while :; do printf '%4096s' x; done", &status, &e);
	ok(out == NULL, "a program that does not stop printing");
	is_int(e.code, ERR_LIMIT, "LIMIT");
	free(out);
	return done_testing();
}
