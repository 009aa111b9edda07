/* views: over a real store with a small history */
#include "config.h"

#include "analyzer/changes.h"
#include "analyzer/policy_mode.h"
#include "analyzer/view.h"
#include "share/base/xmem.h"
#include "t/unit/tap.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TODAY INT64_C(20000)

static char dir[] = "/tmp/views-XXXXXX";
static char path[64];
static struct analysis_store store;
static int serial;

/* A report of one sts policy with one kind of failure. */
static void
put(int64_t day, const char *sender, const char *domain, int64_t good,
    int64_t bad, const char *result, enum analysis_trust trust,
    const char *strings)
{
	struct analysis_failure f = { .result = result,
		.mx = "mx.example.org",
		.reason = "certificate has expired",
		.sessions = bad };
	struct analysis_policy p = { .type = "sts",
		.domain = domain,
		.mail_domain = domain,
		.strings = strings,
		.mx = "*.example.org",
		.success = good,
		.failure = bad,
		.failures = &f,
		.nfailures = bad > 0 };
	char *id = xasprintf("id-%d", serial++);
	struct analysis_report r = { .organization = sender,
		.report_id = id,
		.begin = day * ANALYSIS_DAY,
		.end = (day + 1) * ANALYSIS_DAY,
		.trust = trust,
		.defects = "date-form",
		.success = good,
		.failure = bad,
		.details = bad,
		.ndetails = bad > 0,
		.npolicies = 1,
		.policies = &p };
	enum analysis_put what;
	struct err e;

	if (store.begin(store.ctx, &e) == -1 ||
	    store.put(store.ctx, &r, &what, NULL, &e) == -1 ||
	    store.commit(store.ctx, &e) == -1) {
		diag("%s", e.text);
		abort();
	}
	free(id);
}

/*
 * Big reports every day and sees a new failure yesterday; Old reported until
 * six days ago and knew a failure that Big no longer sees; a forger.
 */
static void
fill(void)
{
	static const char testing[] = "version: STSv1\nmode: testing";
	static const char enforce[] = "version: STSv1\nmode: enforce";

	for (int64_t d = TODAY - 12; d < TODAY - 1; d++)
		put(d, "Big", "example.org", 100, d < TODAY - 6 ? 3 : 0,
		    "starttls-not-supported", ANALYSIS_VERIFIED, testing);
	put(TODAY - 1, "Big", "example.org", 90, 10, "certificate-expired",
	    ANALYSIS_VERIFIED, enforce);
	for (int64_t d = TODAY - 12; d < TODAY - 5; d++)
		put(d, "Old", "example.org", 10, 0, "", ANALYSIS_SIGNED,
		    testing);
	put(TODAY - 1, "Forger", "example.org", 0, 1000, "dnssec-invalid",
	    ANALYSIS_UNSIGNED, testing);
}

/* The output of a view; freed. */
static char *
show(const struct view *w, int64_t since, enum rows_form form, int *status)
{
	struct query q = { .filter = { .since = since,
			       .until = TODAY + 1,
			       .trust = QUERY_TRUST_DEFAULT },
		.form = form,
		.today = TODAY };
	struct view_call v = { .store = &store,
		.q = &q,
		.now_s = TODAY * ANALYSIS_DAY };
	char *text = NULL;
	size_t n = 0;
	struct err e = { 0 };

	v.out = open_memstream(&text, &n);
	is_int(w->show(&v, &e), 0, "%s: %s", w->name, e.text);
	(void)fclose(v.out);
	*status = v.status;
	return text;
}

static void
test_summary(void)
{
	int status;
	char *s = show(&view_summary, TODAY - 6, ROWS_JSON, &status);

	has_str(s, "\"group\":\"all\",\"name\":\"\",\"reports\":7,", "all");
	has_str(s, "\"sessions\":610,\"failures\":10,", "sums");
	has_str(s, "\"success_percent_before\":97.3451", "the time before");
	has_str(s, "\"group\":\"sender\",\"name\":\"Old\"", "by sender");
	ok(strstr(s, "Forger") == NULL, "unsigned ones are left out");
	free(s);
	s = show(&view_summary, TODAY - 6, ROWS_TABLE, &status);
	has_str(s, "Not counted: 1 unsigned report with 1000 sessions",
	    "and told of");
	free(s);
}

static void
test_failures(void)
{
	int status;
	char *s = show(&view_failures, TODAY - 12, ROWS_JSON, &status);

	has_str(s, "\"result\":\"starttls-not-supported\",\"sessions\":18,",
	    "sessions add up");
	has_str(s, "\"title\":\"certificate expired\"", "explained");
	has_str(s, "mode enforce", "by the policy that is held now");
	free(s);
	s = show(&view_failures, TODAY - 1, ROWS_TABLE, &status);
	has_str(s, "they say: certificate has expired", "the reason");
	has_str(s,
	    "openssl s_client -starttls smtp -connect "
	    "mx.example.org:25",
	    "a command to paste, not wrapped");
	free(s);
}

static void
test_changes(void)
{
	int status;
	char *s = show(&view_changes, TODAY - 1, ROWS_CSV, &status);

	has_str(s,
	    "\"new-failure\",\"example.org\",\"\",\"sts\","
	    "\"mx.example.org\",\"certificate-expired\",10,",
	    "a new failure");
	has_str(s, "\"rate\",\"example.org\",\"\",\"\",\"\",\"\",100,90.0000",
	    "a rate");
	has_str(s, "\"silent\",\"\",\"Old\"", "who fell silent");
	has_str(s, "\"policy\",\"example.org\",\"Big\",\"sts\"", "a policy");
	has_str(s,
	    "\"recovered\",\"example.org\",\"Big\",\"sts\","
	    "\"mx.example.org\",\"starttls-not-supported\"",
	    "what is over");
	is_int(status, 1, "wants attention");
	free(s);
	s = show(&view_changes, TODAY, ROWS_TABLE, &status);
	ok(strstr(s, "recovered") == NULL,
	    "nothing is over while nobody reported");
	free(s);
}

static void
test_senders(void)
{
	int status;
	char *s = show(&view_senders, TODAY - 30, ROWS_JSON, &status);

	has_str(s, "\"sender\":\"Big\",\"reports\":12,\"verified\":12,",
	    "trust");
	has_str(s, "\"defects\":\"date-form:12\"", "defects");
	has_str(s, "\"sender\":\"Forger\"", "the unsigned, too");
	free(s);
}

static void
test_mode(void)
{
	is_int(policy_mode_parse("version: STSv1\nmode:enforce"),
	    ADVICE_MODE_ENFORCE, "enforce");
	is_int(policy_mode_parse("mode : Testing\nmx: a"), ADVICE_MODE_TESTING,
	    "with blanks and case");
	is_int(policy_mode_parse("mx: mode"), ADVICE_MODE_UNKNOWN, "none");
	is_int(policy_mode_parse(NULL), ADVICE_MODE_UNKNOWN, "nothing");
}

int
main(void)
{
	const struct analysis_limits limits = { .wait_ms = 1000 };
	struct err e;

	if (mkdtemp(dir) == NULL)
		return 1;
	(void)snprintf(path, sizeof(path), "%s/a.db", dir);
	if (analysis_sqlite_open(path, &limits, &store, &e) == -1) {
		diag("%s", e.text);
		return 1;
	}
	fill();
	test_summary();
	test_failures();
	test_changes();
	test_senders();
	test_mode();
	store.free(store.ctx);
	(void)unlink(path);
	(void)rmdir(dir);
	return done_testing();
}
