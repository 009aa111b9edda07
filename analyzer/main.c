/* main: tlsherald-analyzer(1) and its sub-commands */
#include "config.h"

#include "analyzer/alert_cmd.h"
#include "analyzer/ingest.h"
#include "analyzer/metrics_page.h"
#include "analyzer/posture_cmd.h"
#include "analyzer/show.h"
#include "analyzer/view.h"
#include "analyzer/watch.h"
#include "share/app/program.h"

#include <sysexits.h>

/* A new command is one row. */
static const struct program_command commands[] = {
	{ "ingest", "", ingest_main,
	    "ingest [--json] [--again] [--delete | --move DIR] [SOURCE...]:\n"
	    "    take reports in from mailboxes, files, or a mail on - " },
	{ "watch", "", watch_main,
	    "watch [--json] [--delete | --move DIR] [SOURCE...]:\n"
	    "    take reports in as they arrive" },
	{ "summary", "", view_main,
	    "summary [OPTIONS]: sessions and success, by domain and sender" },
	{ "failures", "", view_main,
	    "failures [OPTIONS]: what failed, why, and what to do about it" },
	{ "changes", "", view_main,
	    "changes [OPTIONS]: what is new since yesterday, or --since" },
	{ "senders", "", view_main,
	    "senders [OPTIONS]: how well organisations report" },
	{ "list", "", view_main, "list [OPTIONS]: single reports" },
	{ "show", "", show_main,
	    "show [--json | --raw] REPORT: all of one report" },
	{ "html", "", view_main, "html DIR [OPTIONS]: all of it as a site" },
	{ "posture", "", posture_main,
	    "posture DOMAIN|--all [--offline] [--json | --csv]:\n"
	    "    what a domain publishes, and whether it holds together" },
	{ "rollout", "", rollout_main,
	    "rollout DOMAIN [--json | --csv]: is MTA-STS ready for mode enforce?" },
	{ "metrics", "", metrics_main,
	    "metrics [--file PATH | --listen]: figures for Prometheus" },
	{ "alert", "", alert_main,
	    "alert [--dry-run] [--json]: tell what is new or over" },
};

int
main(int argc, char **argv)
{
	static const struct program program = { "tlsherald-analyzer", commands,
		sizeof(commands) / sizeof(commands[0]), NULL, NULL, NULL };
	int status = program_main(&program, argc, argv);

	/*
	 * An MTA bounces at most other codes (Postfix: sys_exits.c): a mail is
	 * not lost for a mistake in the config.
	 */
	if (status != EX_OK && ingest_is_pipe(argc, argv))
		return EX_TEMPFAIL;
	return status;
}
