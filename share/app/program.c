/* program: options and sub-commands of a program - see program.h */
#include "config.h"

#include "share/app/program.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define CONF_PATH SYSCONFDIR "/tlsherald/tlsherald.toml"

/* How the commands are told of; those that ask a daemon with who may. */
static void
print_commands(const struct program *p, FILE *out)
{
	bool asks = false;
	size_t i;

	for (i = 0; i < p->ncommands; i++) {
		const char *who = p->commands[i].who;

		asks = asks || who[0] != '\0';
		fprintf(out, "  %s%s%s%s\n", p->commands[i].help,
		    who[0] != '\0' ? " (" : "", who, who[0] != '\0' ? ")" : "");
	}
	if (asks)
		fputs("(group, owner): who may ask the daemon: the group of "
		      "its control\n"
		      "socket; root and the daemon's own user\n",
		    out);
}

static void
usage(const struct program *p, FILE *out)
{
	bool daemon = p->daemon != NULL;

	fprintf(out,
	    "usage: %s [-%sTVh] [-c FILE] %sCOMMAND [ARG...]%s\n"
	    "  -c FILE  config file (%s)\n",
	    p->name, daemon ? "f" : "", daemon ? "[" : "", daemon ? "]" : "",
	    CONF_PATH);
	if (daemon)
		fputs("  -f       stay in the foreground, log to stderr\n",
		    out);
	fputs("  -T       check the config and print the effective one\n"
	      "  -V       print the version\n"
	      "  -h       print this\n",
	    out);
	fprintf(out, "%s%sCommands:\n", daemon ? p->daemon_help : "",
	    daemon ? " " : "");
	print_commands(p, out);
}

static void
print_lines(const struct conf_mistakes *m, const char *kind)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		fprintf(stderr, "%s%s\n", m->line[i], kind);
}

/* Loads path; says on stderr what is wrong, and what is odd if wanted. */
static struct conf *
load(const char *path, bool with_notices)
{
	struct conf_mistakes mistakes, notices;
	struct conf *c;

	memset(&mistakes, 0, sizeof(mistakes));
	memset(&notices, 0, sizeof(notices));
	c = conf_load(path, &mistakes, &notices);
	print_lines(&mistakes, "");
	if (with_notices)
		print_lines(&notices, " (notice)");
	conf_mistakes_clear(&mistakes);
	conf_mistakes_clear(&notices);
	return c;
}

static int
print_conf(const struct program *p, const char *path)
{
	struct conf *c = load(path, true);

	if (c == NULL)
		return EX_CONFIG;
	conf_dump(c, stdout);
	conf_unref(c);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "%s: standard output: %m\n", p->name);
		return EX_IOERR;
	}
	return EX_OK;
}

static int
run_command(const struct program *p, const char *path, int argc, char **argv)
{
	const struct program_command *command = NULL;
	struct conf *c;
	size_t i;
	int status;

	for (i = 0; i < p->ncommands && command == NULL; i++)
		if (strcmp(p->commands[i].name, argv[0]) == 0)
			command = &p->commands[i];
	if (command == NULL) {
		fprintf(stderr, "%s: no command \"%s\"\n", p->name, argv[0]);
		usage(p, stderr);
		return EX_USAGE;
	}
	c = load(path, false);
	if (c == NULL) {
		if (p->reload != NULL && strcmp(p->reload, argv[0]) == 0)
			fprintf(stderr, "refused: the config in force stays\n");
		return EX_CONFIG;
	}
	status = command->run(c, path, argc, argv);
	conf_unref(c);
	return status;
}

static int
run_daemon(const struct program *p, const char *path, bool foreground)
{
	struct conf *c;

	if (p->daemon == NULL) {
		usage(p, stderr);
		return EX_USAGE;
	}
	c = load(path, true);
	return c != NULL ? p->daemon(c, path, foreground) : EX_CONFIG;
}

int
program_main(const struct program *p, int argc, char **argv)
{
	const char *path = CONF_PATH;
	bool foreground = false, check_only = false;
	int opt;

	/* who ignores it passes that on, and no child would tell its end */
	(void)signal(SIGCHLD, SIG_DFL);
	optind = 0; /* glibc: begin anew */
	while ((opt = getopt(argc, argv,
		    p->daemon != NULL ? "+c:fTVh" : "+c:TVh")) != -1)
		switch (opt) {
		case 'c':
			path = optarg;
			break;
		case 'f':
			foreground = true;
			break;
		case 'T':
			check_only = true;
			break;
		case 'V':
			puts(PACKAGE_STRING);
			return EX_OK;
		case 'h':
			usage(p, stdout);
			return EX_OK;
		default:
			usage(p, stderr);
			return EX_USAGE;
		}
	if (check_only)
		return print_conf(p, path);
	argc -= optind;
	argv += optind;
	if (argc == 0)
		return run_daemon(p, path, foreground);
	optind = 1; /* commands may have options of their own */
	return run_command(p, path, argc, argv);
}
