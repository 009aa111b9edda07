/* main: tlsherald-reportgen(8) and its sub-commands */
#include "config.h"

#include "reportgen/cmd_outbox.h"
#include "reportgen/cmd_reports.h"
#include "reportgen/daemon.h"
#include "reportgen/export.h"
#include "reportgen/keygen.h"
#include "reportgen/report_check.h"
#include "reportgen/status.h"
#include "share/app/program.h"

#include <stdlib.h>

/* "run" is what it does without a command. */
static int
run_main(const struct conf *c, const char *path, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return daemon_main(conf_ref((struct conf *)(uintptr_t)c), path, true);
}

/* A new command is one row. */
static const struct program_command commands[] = {
	{ "run", "", run_main,
	    "run: as the daemon in the foreground, like -f" },
	{ "status", "", status_main,
	    "status [--days N] [--json]: how it stands, by period" },
	{ "check", "", report_check_main,
	    "check [-C DIR] [--json]: is all there that reports take?" },
	{ "list", "", cmd_list,
	    "list [--from DAY] [--to DAY] [--domain D] [--state S] [--json]:\n"
	    "    reports, what became of them, and what is to come" },
	{ "preview", "", cmd_preview,
	    "preview DAY DOMAIN [--json]: what would be reported" },
	{ "build", "", cmd_build,
	    "build --day D --dir DIR [--json]:\n"
	    "    all reports of a day as files and mails, nothing is sent" },
	{ "send", "", cmd_send,
	    "send [DAY [DOMAIN]] [--to ADDRESS] [--json]:\n"
	    "    the reports of a day, or all that are due, now; --to: copies" },
	{ "resend", "", cmd_resend,
	    "resend DAY|REPORT-ID [DOMAIN] [--all] [--json]:\n"
	    "    once more to whoever did not accept it, --all: to everyone" },
	{ "suppress", "", cmd_suppress,
	    "suppress [ADDRESS|HOST... [--days N] [--why TEXT] [--remove]]\n"
	    "  [--json]: who gets no reports" },
	{ "hold", "", cmd_hold,
	    "hold [DOMAIN...|all] [--json]: hold reports back" },
	{ "release", "", cmd_release,
	    "release DOMAIN...|all [--json]: let them go" },
	{ "bounce", "", cmd_bounce,
	    "bounce [--json] <MAIL: no reports to who bounced them, 30 days" },
	{ "export", "", export_main,
	    "export --day DAY: sessions for another host to report" },
	{ "import", "", import_main,
	    "import FILE|- [--json]: take in what export wrote" },
	{ "keygen", "", keygen_main,
	    "keygen SELECTOR [--domain D] [--algorithm rsa|ed25519]\n"
	    "  [--bits N] [--service tlsrpt] [--file PATH] [--json]:\n"
	    "    a key for signatures, and its DNS record" },
};

int
main(int argc, char **argv)
{
	static const struct program program = { "tlsherald-reportgen", commands,
		sizeof(commands) / sizeof(commands[0]), daemon_main,
		"Without a command it runs as the daemon.", NULL };

	return program_main(&program, argc, argv);
}
