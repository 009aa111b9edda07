/* check_sendmail: this host's Sendmail, judged - see check_sendmail.h */
#include "config.h"

#include "milter/check_sendmail.h"

#include "milter/check_host.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* In the order in which an administrator would mend things. */
static void (*const table[])(struct check_sendmail *) = {
	check_sendmail_build,
	check_sendmail_rulesets,
	check_sendmail_maps,
	check_sendmail_reachable,
	check_sendmail_certificates,
	check_sendmail_dane,
	check_sendmail_sts,
	check_sendmail_connection,
	check_sendmail_milter,
	check_sendmail_queue,
	check_sendmail_reuse,
	check_sendmail_routing,
};

void
check_sendmail_run(struct check_sendmail *k)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		table[i](k);
}

long
check_sendmail_version(const char *version)
{
	int major = 0, minor = 0, patch = 0;

	if (sscanf(version, "%d.%d.%d", &major, &minor, &patch) < 2)
		return 0;
	return major * 10000L + minor * 100L + patch;
}

static void
print_json(const struct check_sendmail *k)
{
	json_t *o = json_pack("{s:i, s:{s:s}, s:{s:I, s:I, s:I}, s:o}",
	    "schema", 1, "sendmail", "version", k->s->version, "summary",
	    "error", (json_int_t)findings_count(&k->out, FINDING_ERROR), "warn",
	    (json_int_t)findings_count(&k->out, FINDING_WARN), "ok",
	    (json_int_t)findings_count(&k->out, FINDING_OK), "findings",
	    findings_json(&k->out));

	json_dumpf(o, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(o);
}

static void
print_text(const struct check_sendmail *k)
{
	struct term t;

	term_init(&t, stdout);
	findings_print(&k->out, &t);
	term_print(&t, TERM_HEAD, "Sendmail %s: %zu error, %zu warn, %zu ok",
	    k->s->version, findings_count(&k->out, FINDING_ERROR),
	    findings_count(&k->out, FINDING_WARN),
	    findings_count(&k->out, FINDING_OK));
	putchar('\n');
}

int
check_sendmail_main(const struct conf *c, const char *conf_path, const char *cf,
    bool json)
{
	struct check_sendmail k;
	struct sendmail_host s;
	struct check_host host;
	int rc;

	sendmail_host_find(&s, cf);
	if (!s.found || !s.cf_found)
		return EX_UNAVAILABLE;
	check_host_system(&host, NULL);
	memset(&k, 0, sizeof(k));
	k.c = c;
	k.s = &s;
	k.host = &host;
	check_sendmail_run(&k);
	check_config(&k.out, c, conf_path);
	if (json)
		print_json(&k);
	else
		print_text(&k);
	rc = findings_count(&k.out, FINDING_OK) == k.out.n ? 0 : 1;
	findings_clear(&k.out);
	return rc;
}
