/* posture_reports: failures and policies that senders still hold */
#include "config.h"

#include "analyzer/posture_reports.h"
#include "t/unit/tap.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOW (INT64_C(20000) * 86400)

static struct analysis_store store;
static int serial;

static void
put(const char *sender, int64_t day, const char *strings, int64_t failed)
{
	struct analysis_failure f = { .result = "certificate-expired",
		.mx = "mx.example.org",
		.sessions = failed };
	struct analysis_policy p = { .type = "sts",
		.domain = "example.org",
		.mail_domain = "example.org",
		.strings = strings,
		.success = 5,
		.failure = failed,
		.failures = &f,
		.nfailures = failed > 0 };
	char id[16];
	struct analysis_report r = { .organization = sender,
		.report_id = id,
		.begin = day * 86400,
		.end = (day + 1) * 86400,
		.trust = ANALYSIS_VERIFIED,
		.success = 5,
		.failure = failed,
		.npolicies = 1,
		.policies = &p };
	enum analysis_put what;
	struct err e;

	(void)snprintf(id, sizeof(id), "%d", serial++);
	if (store.begin(store.ctx, &e) == -1 ||
	    store.put(store.ctx, &r, &what, NULL, &e) == -1 ||
	    store.commit(store.ctx, &e) == -1)
		abort();
}

/* How many findings have this id, and the text of the first that is bad. */
static int
count(const struct findings *f, const char *id, const char *text)
{
	int n = 0;

	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->at[i].id, id) == 0 &&
		    f->at[i].severity != FINDING_OK) {
			n++;
			has_str(f->at[i].what, text, "%s", f->at[i].what);
		}
	return n;
}

int
main(void)
{
	static const char body[] = "version: STSv1\nmode: enforce\nmx: "
				   "mx.example.org\nmax_age: 604800\n";
	char dir[] = "/tmp/posture-XXXXXX", path[64];
	const struct analysis_limits limits = { .wait_ms = 1000 };
	struct published p = { .domain = "example.org", .sts_known = true };
	struct findings f = { 0 };
	struct err e = { 0 };

	if (mkdtemp(dir) == NULL)
		return 1;
	(void)snprintf(path, sizeof(path), "%s/a.db", dir);
	if (analysis_sqlite_open(path, &limits, &store, &e) == -1)
		return 1;
	p.policy = sts_policy_parse(body, strlen(body), &e);
	put("New", 19998, "version: STSv1\nmode: enforce", 0);
	is_int(posture_add_reports(&p, &store, 0, NOW, &f, &e), 0, "asked");
	is_int(count(&f, "held", "x") + count(&f, "reported", "x"), 0,
	    "all is as it is published");
	findings_clear(&f);
	put("Old\033", 19998, "version: STSv1\nmode: testing", 3);
	put("Older", 19980, "version: STSv1\nmode: testing", 9);
	is_int(posture_add_reports(&p, &store, 0, NOW, &f, &e), 0, "asked");
	is_int(count(&f, "held",
		   "Old\\x1b held another MTA-STS policy on 2024-10-02: mode "
		   "testing"),
	    1, "who holds another one of late");
	is_int(count(&f, "reported",
		   "3 sessions of 1 sender failed: certificate-expired at "
		   "mx.example.org"),
	    1, "and what failed of late");
	findings_clear(&f);
	p.sts_known = false;
	is_int(posture_add_reports(&p, &store, 0, NOW, &f, &e), 0, "asked");
	is_int(count(&f, "held", "x"), 0, "what is not known contradicts none");
	findings_clear(&f);
	sts_policy_unref(p.policy);
	store.free(store.ctx);
	(void)unlink(path);
	(void)rmdir(dir);
	return done_testing();
}
