/* report_check: is everything there? - see report_check.h */
#include "config.h"

#include "reportgen/report_check.h"

#include "reportgen/report_make.h"

#include <string.h>

static void (*const parts[])(struct report_check *) = {
	report_check_identity,
	report_check_keys,
	report_check_way,
	report_check_own,
	report_check_socket,
	report_check_postfix,
};

void
report_check_run(struct report_check *k)
{
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		parts[i](k);
}

void
report_check_identity(struct report_check *k)
{
	const char *obstacle = report_make_obstacle(k->c);
	struct finding *f;

	if (strcmp(k->c->report.deliver_via, "none") == 0) {
		findings_add(&k->out, "identity", FINDING_OK,
		    "[report.deliver] via = \"none\": sessions are kept for "
		    "export, another host reports.");
		return;
	}
	if (obstacle == NULL) {
		findings_add(&k->out, "identity", FINDING_OK,
		    "Reports are of \"%s\", contact %s, from %s.",
		    k->c->report.org_name, k->c->report.contact_info,
		    k->c->report_from_address);
		return;
	}
	f = findings_add(&k->out, "identity", FINDING_ERROR,
	    "Nothing is sent: %s.", obstacle);
	finding_why(f,
	    "Sessions are kept for %lld days and reported as soon as this is "
	    "mended.",
	    (long long)(k->c->report.keep_ms / 86400000));
}
