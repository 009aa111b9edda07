/* metrics_page: figures with labels that strangers wrote */
#include "config.h"

#include "analyzer/metrics_page.h"
#include "t/unit/tap.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOW (INT64_C(20000) * 86400)

int
main(void)
{
	char dir[] = "/tmp/metrics-XXXXXX", path[64];
	const struct analysis_limits limits = { .wait_ms = 1000 };
	struct analysis_failure f = { .result = "certificate-expired",
		.mx = "mx.example.org",
		.sessions = 3 };
	struct analysis_policy p = { .type = "sts",
		.domain = "example.org",
		.mail_domain = "example.org",
		.success = 7,
		.failure = 3,
		.failures = &f,
		.nfailures = 1 };
	struct analysis_report r = { .organization = "a\"b\\c\nd\xff",
		.report_id = "1",
		.begin = NOW - 86400,
		.end = NOW,
		.trust = ANALYSIS_VERIFIED,
		.success = 7,
		.failure = 3,
		.npolicies = 1,
		.policies = &p };
	struct conf *c = conf_parse("f", "", 0, NULL, NULL);
	struct analysis_store s;
	enum analysis_put what;
	struct buf out;
	struct err e = { 0 };

	if (mkdtemp(dir) == NULL)
		return 1;
	(void)snprintf(path, sizeof(path), "%s/a.db", dir);
	if (analysis_sqlite_open(path, &limits, &s, &e) == -1 ||
	    s.begin(s.ctx, &e) == -1 ||
	    s.put(s.ctx, &r, &what, NULL, &e) == -1 ||
	    s.count(s.ctx, 20000, ANALYSIS_OK, 1, &e) == -1 ||
	    s.commit(s.ctx, &e) == -1) {
		diag("%s", e.text);
		return 1;
	}
	buf_init(&out, 1 << 20);
	is_int(metrics_page_write(c, &s, NOW, &out, &e), 0, "%s", e.text);
	has_str(buf_str(&out),
	    "tlsherald_analysis_sessions{domain=\"example.org\",policy=\"sts\","
	    "sender=\"a\\\"b\\\\c\\nd",
	    "labels are escaped");
	has_str(buf_str(&out), "outcome=\"success\"} 7\n", "successes");
	has_str(buf_str(&out), "result=\"certificate-expired\"} 3\n",
	    "failures by result");
	has_str(buf_str(&out), "tlsherald_analysis_mails{verdict=\"ok\"} 1\n",
	    "mails");
	has_str(buf_str(&out), "tlsherald_analysis_reports 1\n", "reports");
	buf_reset(&out);
	is_int(metrics_page_write(c, &s, NOW + INT64_C(30) * 86400, &out, &e),
	    0, "a month later");
	ok(strstr(buf_str(&out), "outcome=") == NULL, "nothing of late");
	buf_clear(&out);
	s.free(s.ctx);
	conf_unref(c);
	(void)unlink(path);
	(void)rmdir(dir);
	return done_testing();
}
