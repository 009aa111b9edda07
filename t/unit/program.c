/* program: options, the table of commands, exit status */
#include "config.h"

#include "share/app/program.h"
#include "t/unit/tap.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static char conf_path[] = "/tmp/program-XXXXXX";
static const char *ran; /* what ran last; NULL: nothing */
static int ran_argc;
static bool ran_foreground;

static int
run_hello(const struct conf *c, const char *path, int argc, char **argv)
{
	(void)c;
	(void)path;
	ran = strcmp(argv[0], "hello") == 0 ? "hello" : "another";
	ran_argc = argc;
	return 42;
}

static int
run_daemon(struct conf *c, const char *path, bool foreground)
{
	(void)path;
	ran = "daemon";
	ran_foreground = foreground;
	conf_unref(c);
	return 43;
}

static const struct program_command commands[] = {
	{ "hello", "", run_hello, "hello [WORLD]: says so" },
	{ "again", "owner", run_hello, "again: reads once more" },
};
static const struct program with_daemon = { "tlsherald-test", commands, 2,
	run_daemon, "Without a command it serves.", "again" };
static const struct program without = { "tlsherald-test", commands, 1, NULL,
	NULL, NULL };

/* Writes text to the config file. */
static void
write_conf(const char *text)
{
	FILE *f = fopen(conf_path, "w");

	if (f == NULL || fputs(text, f) == EOF || fclose(f) != 0)
		abort();
}

/* Runs p with the words of line; what it says on fd is in said. */
static int
call(const struct program *p, const char *line, int fd, char *said, size_t size)
{
	char words[256], *next = words;
	char name[] = "tlsherald-test", *argv[16] = { name, NULL };
	FILE *out = tmpfile();
	int argc = 1, old, status;
	ssize_t n;

	(void)snprintf(words, sizeof(words), "%s", line);
	while (argc < 15 && (argv[argc] = strsep(&next, " ")) != NULL)
		argc++;
	fflush(stdout);
	old = dup(fd);
	if (out == NULL || old == -1 || dup2(fileno(out), fd) == -1)
		abort();
	ran = NULL;
	status = program_main(p, argc, argv);
	fflush(stdout);
	(void)dup2(old, fd);
	close(old);
	n = pread(fileno(out), said, size - 1, 0);
	said[n > 0 ? n : 0] = '\0';
	fclose(out);
	return status;
}

static void
test_daemon(const char *with_conf)
{
	char line[128], said[4096];

	(void)snprintf(line, sizeof(line), "-f %s", with_conf);
	(void)signal(SIGCHLD, SIG_IGN);
	is_int(call(&with_daemon, line, STDERR_FILENO, said, sizeof(said)), 43,
	    "without a command the daemon runs");
	ok(ran != NULL && strcmp(ran, "daemon") == 0 && ran_foreground,
	    "in the foreground with -f");
	ok(signal(SIGCHLD, SIG_DFL) == SIG_DFL, "children tell their end");
	(void)call(&with_daemon, with_conf, STDERR_FILENO, said, sizeof(said));
	ok(ran != NULL && !ran_foreground, "in the background without");

	is_int(call(&without, with_conf, STDERR_FILENO, said, sizeof(said)),
	    EX_USAGE, "a program that is no daemon wants a command");
	ok(strstr(said, "usage: tlsherald-test [-TVh] [-c FILE] COMMAND") !=
		NULL,
	    "and says so");
	is_int(call(&without, "-f", STDERR_FILENO, said, sizeof(said)),
	    EX_USAGE, "it has no -f");
}

static void
test_commands(const char *with_conf)
{
	char line[128], said[4096];

	(void)snprintf(line, sizeof(line), "%s hello --big world", with_conf);
	is_int(call(&without, line, STDERR_FILENO, said, sizeof(said)), 42,
	    "a command's status is the program's");
	ok(ran != NULL && strcmp(ran, "hello") == 0 && ran_argc == 3,
	    "its options are its own");
	(void)snprintf(line, sizeof(line), "%s hullo", with_conf);
	is_int(call(&with_daemon, line, STDERR_FILENO, said, sizeof(said)),
	    EX_USAGE, "an unknown command");
	ok(strstr(said, "no command \"hullo\"") != NULL &&
		strstr(said, "again: reads once more (owner)") != NULL &&
		strstr(said, "who may ask the daemon") != NULL,
	    "is named, and the table is told");
	ok(ran == NULL, "and nothing runs");
}

static void
test_config(const char *with_conf)
{
	char line[128], said[65536];

	(void)snprintf(line, sizeof(line), "-T %s", with_conf);
	is_int(call(&without, line, STDOUT_FILENO, said, sizeof(said)), EX_OK,
	    "-T");
	ok(strstr(said, "hostname = \"mx.example.org\"") != NULL,
	    "prints the effective config");
	write_conf("[server]\nhostnam = \"mx.example.org\"\n");
	(void)snprintf(line, sizeof(line), "%s again", with_conf);
	is_int(call(&with_daemon, line, STDERR_FILENO, said, sizeof(said)),
	    EX_CONFIG, "a config that is refused");
	ok(strstr(said, "hostname") != NULL &&
		strstr(said, "refused: the config in force stays\n") != NULL,
	    "is told with what the command has to say to it");
	ok(ran == NULL, "and nothing runs");
	is_int(call(&with_daemon, with_conf, STDERR_FILENO, said, sizeof(said)),
	    EX_CONFIG, "nor does the daemon");
	ok(ran == NULL, "at all");
}

int
main(void)
{
	char said[4096], with_conf[64];
	int fd = mkstemp(conf_path);

	if (fd == -1)
		abort();
	close(fd);
	write_conf("[server]\nhostname = \"mx.example.org\"\n");
	(void)snprintf(with_conf, sizeof(with_conf), "-c %s", conf_path);
	is_int(call(&without, "-V", STDOUT_FILENO, said, sizeof(said)), EX_OK,
	    "-V");
	is_str(said, PACKAGE_STRING "\n", "prints the version");
	is_int(call(&with_daemon, "-h", STDOUT_FILENO, said, sizeof(said)),
	    EX_OK, "-h");
	ok(strstr(said, "Without a command it serves. Commands:\n") != NULL,
	    "prints what there is");
	test_daemon(with_conf);
	test_commands(with_conf);
	test_config(with_conf);
	unlink(conf_path);
	return done_testing();
}
