/* report_check_main: the sub-command "check" - see report_check.h */
#include "config.h"

#include "reportgen/cli.h"
#include "reportgen/report_check.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define USAGE "check [-C DIR] [--json]"

/* The file's own notices: worth knowing, not a fault; -T says the same. */
static void
config_findings(struct report_check *k, const char *conf_path)
{
	struct conf_mistakes mistakes = { NULL, 0 }, notices = { NULL, 0 };
	struct conf *again = conf_load(conf_path, &mistakes, &notices);
	size_t i;

	for (i = 0; i < notices.n; i++)
		findings_add(&k->out, "config", FINDING_OK, "%s",
		    notices.line[i]);
	if (notices.n == 0)
		findings_add(&k->out, "config", FINDING_OK, "%s.", conf_path);
	conf_unref(again);
	conf_mistakes_clear(&mistakes);
	conf_mistakes_clear(&notices);
}

static void
print(const struct report_check *k, bool json)
{
	size_t errors = findings_count(&k->out, FINDING_ERROR),
	       warns = findings_count(&k->out, FINDING_WARN),
	       good = findings_count(&k->out, FINDING_OK);
	struct term t;
	json_t *o;

	if (json) {
		o = json_pack("{s:i, s:{s:I, s:I, s:I}, s:o}", "schema", 1,
		    "summary", "error", (json_int_t)errors, "warn",
		    (json_int_t)warns, "ok", (json_int_t)good, "findings",
		    findings_json(&k->out));
		json_dumpf(o, stdout, JSON_INDENT(2));
		json_decref(o);
	} else {
		term_init(&t, stdout);
		findings_print(&k->out, &t);
		term_print(&t, TERM_HEAD, "%zu error, %zu warn, %zu ok", errors,
		    warns, good);
	}
	putchar('\n');
}

static int
check(const struct conf *c, const char *conf_path, const char *dir, bool json)
{
	struct report_check_host host;
	struct report_check k;
	struct postconf *p;
	struct err e;
	int status;

	p = postconf_read(dir, &e);
	report_check_host_system(&host, c);
	memset(&k, 0, sizeof(k));
	k.c = c;
	k.p = p;
	k.host = &host;
	report_check_run(&k);
	config_findings(&k, conf_path);
	print(&k, json);
	status = findings_count(&k.out, FINDING_OK) == k.out.n ? EX_OK : 1;
	findings_clear(&k.out);
	postconf_free(p);
	return status;
}

int
report_check_main(const struct conf *c, const char *conf_path, int argc,
    char **argv)
{
	static const struct option options[] = {
		{ "postfix-config", required_argument, NULL, 'C' },
		{ "json", no_argument, NULL, 'j' }, { NULL, 0, NULL, 0 }
	};
	const char *dir = NULL;
	bool json = false;
	int o;

	optind = 0;
	while ((o = getopt_long(argc, argv, "C:", options, NULL)) != -1) {
		if (o == 'C')
			dir = optarg;
		else if (o == 'j')
			json = true;
		else
			return cli_usage(USAGE);
	}
	if (optind != argc)
		return cli_usage(USAGE);
	return check(c, conf_path, dir, json);
}
