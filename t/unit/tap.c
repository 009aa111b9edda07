/* tap: the helper of all tests must fail where it should - see tap.h */
#include "config.h"

#include <sys/types.h>
#include <sys/wait.h>
#include <stdlib.h>
#include <unistd.h>

#include "t/unit/tap.h"

/*
 * Run checks in a child that starts from zero; its output goes to out (NUL
 * ended). Returns its exit status, -1 when it did not exit.
 */
static int
run(void (*checks)(void), char *out, size_t size)
{
	int fd[2], status;
	pid_t pid;
	ssize_t n;
	size_t len = 0;

	fflush(stdout);
	if (pipe(fd) == -1 || (pid = fork()) == -1)
		abort();
	if (pid == 0) {
		dup2(fd[1], STDOUT_FILENO);
		close(fd[0]);
		close(fd[1]);
		memset(tap_state(), 0, sizeof(*tap_state()));
		checks();
		exit(done_testing());
	}
	close(fd[1]);
	while ((n = read(fd[0], out + len, size - 1 - len)) > 0)
		len += (size_t)n;
	out[len] = '\0';
	close(fd[0]);
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static void
good_checks(void)
{
	ok(1, "a %s", "name");
	is_int(-1, -1, "int");
	is_str("x", "x", "str");
	is_str(NULL, NULL, "null");
	is_mem("a\0b", "a\0b", 3, "mem");
	has_str("abc", "bc", "part");
	pass("pass");
	skip("no reason", "skip");
}

static void
bad_checks(void)
{
	ok(0, "ok");
	is_int(1, 2, "int");
	is_str("x\n", "y", "str");
	is_str(NULL, "y", "null");
	is_mem("a\0b", "a\0c", 3, "mem");
	has_str("abc", "x", "part");
	fail("fail");
}

static void
one_bad_check(void)
{
	pass("one");
	fail("two");
	pass("three");
}

static void
no_checks(void)
{
}

int
main(void)
{
	char out[4096];

	is_int(run(good_checks, out, sizeof(out)), 0, "good checks pass");
	has_str(out, "ok 1 - a name\nok 2 - int\n", "and are numbered");
	has_str(out, "ok 8 - skip # SKIP no reason\n1..8\n", "with a plan");
	ok(strstr(out, "not ok") == NULL, "none failed");

	is_int(run(bad_checks, out, sizeof(out)), 1, "bad checks fail");
	is_str(strstr(out, "\nok "), NULL, "none passed");
	has_str(out, "not ok 7 - fail\n", "all seven are there");
	has_str(out, "# failed at ", "with their place");
	has_str(out, "#   got: 1\n#   want: 2\n", "integers are shown");
	has_str(out, "#   got: \"x\\x0a\"\n", "control characters escaped");
	has_str(out, "#   got: NULL\n", "NULL as such");

	is_int(run(one_bad_check, out, sizeof(out)), 1, "one of three fails");
	is_int(run(no_checks, out, sizeof(out)), 1, "no check is a failure");
	return done_testing();
}
