/* check: does this host's Postfix do what is decided? - see check.h */
#include "config.h"

#include "milter/check.h"
#include "milter/check_host.h"
#include "milter/check_parts.h"
#include "milter/check_sendmail.h"
#include "share/base/xmem.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* In the order in which an administrator would mend things. */
static void (*const table[])(struct check *) = {
	check_policy_maps,
	check_map_names,
	check_map_reachable,
	check_ca_file,
	check_dns_support,
	check_insecure_mx,
	check_resolver,
	check_security_level,
	check_log_level,
	check_routing,
	check_milters,
	check_steering,
	check_strip_headers,
	check_tls_required,
};

void
check_run(struct check *k)
{
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		table[i](k);
}

void
check_config(struct findings *out, const struct conf *c, const char *conf_path)
{
	struct conf_mistakes mistakes = { NULL, 0 }, notices = { NULL, 0 };
	struct conf *again = conf_load(conf_path, &mistakes, &notices);
	size_t i;

	for (i = 0; i < notices.n; i++)
		/* worth knowing, not a fault: -T says the same */
		findings_add(out, "config", FINDING_OK, "%s", notices.line[i]);
	if (c->policy.mode == CONF_OBSERVE)
		findings_add(out, "config", FINDING_OK,
		    "[policy] mode = \"observe\": everything is decided and "
		    "counted, nothing is demanded.");
	else if (notices.n == 0)
		findings_add(out, "config", FINDING_OK, "%s.", conf_path);
	conf_unref(again);
	conf_mistakes_clear(&mistakes);
	conf_mistakes_clear(&notices);
}

static void
print_json(const struct check *k)
{
	const char *version = postconf_get(k->p, "mail_version");
	json_t *o = json_pack("{s:i, s:{s:s}, s:{s:I, s:I, s:I}, s:o}",
	    "schema", 1, "postfix", "mail_version",
	    version != NULL ? version : "", "summary", "error",
	    (json_int_t)findings_count(&k->out, FINDING_ERROR), "warn",
	    (json_int_t)findings_count(&k->out, FINDING_WARN), "ok",
	    (json_int_t)findings_count(&k->out, FINDING_OK), "findings",
	    findings_json(&k->out));

	json_dumpf(o, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(o);
}

static void
print_text(const struct check *k)
{
	const char *version = postconf_get(k->p, "mail_version");
	struct term t;

	term_init(&t, stdout);
	findings_print(&k->out, &t);
	term_print(&t, TERM_HEAD, "Postfix %s: %zu error, %zu warn, %zu ok",
	    version != NULL ? version : "?",
	    findings_count(&k->out, FINDING_ERROR),
	    findings_count(&k->out, FINDING_WARN),
	    findings_count(&k->out, FINDING_OK));
	putchar('\n');
}

static int
usage(FILE *out)
{
	fputs("usage: tlsherald-milter [-c FILE] check [-C DIR | -S FILE] "
	      "[--json]\n"
	      "  -C, --postfix-config DIR  Postfix's configuration directory\n"
	      "  -S, --sendmail-cf FILE    Sendmail's sendmail.cf\n"
	      "  --json                    print JSON, tlsherald-json(7)\n",
	    out);
	return out == stdout ? EX_OK : EX_USAGE;
}

/* Does the whole; dir is Postfix's configuration directory or NULL. */
static int
run(const struct conf *c, const char *conf_path, const char *dir, bool json)
{
	struct check_host host;
	struct check k;
	struct postconf *p;
	struct err e;
	char *cmd;
	int rc;

	p = postconf_read(dir, &e);
	if (p == NULL) {
		rc = dir == NULL ? check_sendmail_main(c, conf_path, NULL, json)
				 : EX_UNAVAILABLE;
		if (rc == EX_UNAVAILABLE)
			fprintf(stderr,
			    "tlsherald-milter: check: %s; this command reads "
			    "a host with Postfix or Sendmail\n",
			    e.text);
		return rc;
	}
	cmd = dir != NULL ? xasprintf("postconf -c %s", dir)
			  : xstrdup("postconf");
	check_host_system(&host, dir);
	memset(&k, 0, sizeof(k));
	k.c = c;
	k.p = p;
	k.host = &host;
	k.postconf_cmd = cmd;
	check_run(&k);
	check_config(&k.out, c, conf_path);
	if (json)
		print_json(&k);
	else
		print_text(&k);
	rc = findings_count(&k.out, FINDING_OK) == k.out.n ? 0 : 1;
	findings_clear(&k.out);
	postconf_free(p);
	free(cmd);
	return rc;
}

int
check_main(const struct conf *c, const char *conf_path, int argc, char **argv)
{
	static const struct option options[] = {
		{ "postfix-config", required_argument, NULL, 'C' },
		{ "sendmail-cf", required_argument, NULL, 'S' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 }
	};
	const char *dir = NULL, *cf = NULL;
	bool json = false;
	int o;

	optind = 0; /* main parsed its own options before */
	while ((o = getopt_long(argc, argv, "C:S:h", options, NULL)) != -1) {
		switch (o) {
		case 'C':
			dir = optarg;
			break;
		case 'S':
			cf = optarg;
			break;
		case 'j':
			json = true;
			break;
		case 'h':
			return usage(stdout);
		default:
			return usage(stderr);
		}
	}
	if (optind != argc || (dir != NULL && cf != NULL))
		return usage(stderr);
	if (cf != NULL)
		return check_sendmail_main(c, conf_path, cf, json);
	return run(c, conf_path, dir, json);
}
