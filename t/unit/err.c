/* err: codes, texts, context, and a caller that wants none */
#include "config.h"

#include "share/base/err.h"
#include "t/unit/tap.h"

#include <errno.h>

int
main(void)
{
	struct err e = { 0 };
	char big[2 * ERR_TEXT_MAX];

	is_int(e.code, ERR_NONE, "clear at first");
	is_int(err_set(&e, ERR_SYNTAX, "line %d", 7), -1, "set gives -1");
	is_int(e.code, ERR_SYNTAX, "the code");
	is_str(e.text, "line 7", "the text");
	is_int(err_wrap(&e, "file %s", "x"), -1, "wrap gives -1");
	is_str(e.text, "file x: line 7", "context before the text");
	is_int(e.code, ERR_SYNTAX, "the code stays");
	errno = ENOENT;
	is_int(err_sys(&e, "cannot open %s", "y"), -1, "sys gives -1");
	is_str(e.text, "cannot open y: No such file or directory", "its text");
	is_int(e.code, ERR_SYS, "its code");
	err_clear(&e);
	is_int(e.code, ERR_NONE, "cleared");
	is_str(e.text, "", "no text");

	is_int(err_set(NULL, ERR_TEMP, "x"), -1, "nobody wants the text");
	is_int(err_sys(NULL, "x"), -1, "of the system neither");
	is_int(err_wrap(NULL, "x"), -1, "nor context");
	err_clear(NULL);

	memset(big, 'a', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	err_set(&e, ERR_LIMIT, "%s", big);
	is_int(strlen(e.text), ERR_TEXT_MAX - 1, "cut at its size");
	err_wrap(&e, "%s", "context");
	ok(strncmp(e.text, "context: aaa", 12) == 0, "context before that");
	is_int(strlen(e.text), ERR_TEXT_MAX - 1, "cut again");
	errno = EPERM;
	err_sys(&e, "%s", big);
	is_int(strlen(e.text), ERR_TEXT_MAX - 1, "and with errno");
	return done_testing();
}
