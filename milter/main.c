/* main: tlsherald-milter(8) and its sub-commands */
#include "config.h"

#include "milter/check.h"
#include "milter/ctl_milter.h"
#include "milter/daemon.h"
#include "milter/explain.h"
#include "milter/stats.h"
#include "share/app/program.h"

/* A new command is one row. */
static const struct program_command commands[] = {
	{ "explain", "", explain_main,
	    "explain DOMAIN [--strategy ID] [--sender A] [--key KEY] [--json]:\n"
	    "    what a delivery needs, and why" },
	{ "check", "", check_main,
	    "check [-C DIR | -S FILE] [--json]: is the MTA set up as decided?" },
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

int
main(int argc, char **argv)
{
	static const struct program program = { "tlsherald-milter", commands,
		sizeof(commands) / sizeof(commands[0]), daemon_main,
		"Without a command it runs as the daemon.", "reload" };

	return program_main(&program, argc, argv);
}
