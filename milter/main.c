/* main: tlsherald-milter(8), its options and sub-commands */
#include "config.h"

#include "milter/check.h"
#include "milter/ctl.h"
#include "milter/daemon.h"
#include "milter/explain.h"
#include "milter/stats.h"
#include "share/conf/conf.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define CONF_PATH SYSCONFDIR "/tlsherald/tlsherald.toml"

/* A new command is one row. */
static const struct command {
	const char *name;
	const char *who; /* may, of those that ask the daemon */
	int (*run)(const struct conf *c, const char *conf_path, int argc,
	    char **argv);
	const char *help;
} commands[] = {
	{ "explain", "", explain_main,
	    "explain DOMAIN [--strategy ID] [--sender A] [--key KEY] [--json]:\n"
	    "    what a delivery needs, and why" },
	{ "check", "", check_main,
	    "check [-C DIR] [--json]: is Postfix set up as decided?" },
	{ "stats", "group", stats_main,
	    "stats [--json]: the daemon's counters" },
	{ "dump", "group", ctl_dump, "dump [--json]: what is in the cache" },
	{ "list", "group", ctl_policies,
	    "list [--json]: the MTA-STS policies that are held" },
	{ "downgrades", "group", ctl_downgrades,
	    "downgrades [--json]: what domains had and have no more" },
	{ "purge", "owner", ctl_purge,
	    "purge DOMAIN [--policy] [--json]: forget what is cached of it" },
	{ "reload", "owner", ctl_reload,
	    "reload [--json]: read the config file again" },
	{ "export", "group", ctl_export,
	    "export: MTA-STS policies, a JSON line each" },
	{ "import", "owner", ctl_import,
	    "import FILE|- [--json]: take in what export wrote" },
	{ "override", "owner", ctl_override,
	    "override add DOMAIN --level may|encrypt|none --for 24h\n"
	    "    --reason TEXT [--force] [--json]\n"
	    "  override list [--json] | remove DOMAIN [--json]:\n"
	    "    deliver otherwise than decided, for a time" },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void
usage(FILE *out)
{
	size_t i;

	fprintf(out,
	    "usage: tlsherald-milter [-fTVh] [-c FILE] [COMMAND [ARG...]]\n"
	    "  -c FILE  config file (%s)\n"
	    "  -f       stay in the foreground, log to stderr\n"
	    "  -T       check the config and print the effective one\n"
	    "  -V       print the version\n"
	    "  -h       print this\n"
	    "Without a command it runs as the daemon. Commands:\n",
	    CONF_PATH);
	for (i = 0; i < COMMANDS; i++)
		fprintf(out, "  %s%s%s%s\n", commands[i].help,
		    commands[i].who[0] != '\0' ? " (" : "", commands[i].who,
		    commands[i].who[0] != '\0' ? ")" : "");
	fputs(
	    "(group, owner): who may ask the daemon: the group of its control\n"
	    "socket; root and the daemon's own user\n",
	    out);
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
print_conf(const char *path)
{
	struct conf *c = load(path, true);

	if (c == NULL)
		return EX_CONFIG;
	conf_dump(c, stdout);
	conf_unref(c);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("tlsherald-milter: standard output");
		return EX_IOERR;
	}
	return EX_OK;
}

static int
run_command(const char *path, int argc, char **argv)
{
	struct conf *c;
	size_t i;
	int status;

	for (i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, argv[0]) == 0)
			break;
	if (i == COMMANDS) {
		fprintf(stderr, "tlsherald-milter: no command \"%s\"\n",
		    argv[0]);
		usage(stderr);
		return EX_USAGE;
	}
	c = load(path, false);
	if (c == NULL) {
		if (commands[i].run == ctl_reload)
			fprintf(stderr, "refused: the config in force stays\n");
		return EX_CONFIG;
	}
	status = commands[i].run(c, path, argc, argv);
	conf_unref(c);
	return status;
}

int
main(int argc, char **argv)
{
	const char *path = CONF_PATH;
	bool foreground = false, check_only = false;
	struct conf *c;
	int opt;

	while ((opt = getopt(argc, argv, "+c:fTVh")) != -1)
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
			usage(stdout);
			return EX_OK;
		default:
			usage(stderr);
			return EX_USAGE;
		}
	if (check_only)
		return print_conf(path);
	argc -= optind;
	argv += optind;
	if (argc > 0) {
		optind = 1; /* commands may have options of their own */
		return run_command(path, argc, argv);
	}
	c = load(path, true);
	if (c == NULL)
		return EX_CONFIG;
	return daemon_main(c, path, foreground);
}
