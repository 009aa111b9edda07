/* metrics: each figure stands where it belongs */
#include "config.h"

#include "reportgen/metrics.h"
#include "share/base/xmem.h"
#include "share/store/report_outbox.h"
#include "t/unit/tap.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[] = "/tmp/metrics-XXXXXX";

static void
has(const char *page, const char *line)
{
	char *whole = xasprintf("\n%s\n", line);

	ok(strstr(page, whole) != NULL, "%s", line);
	free(whole);
}

static void
test_counts(struct metrics_view *v)
{
	struct shared *s = v->shared;
	char *page;

	s->datagrams = 12;
	s->fault[DATAGRAM_NOT_JSON] = 3;
	s->dropped[SHARED_OWN] = 4;
	s->sessions = 5;
	s->restarts[1] = 6;
	s->checkpoint_ms = 1795219200999;
	s->tlsrpt_lost = 7;
	page = metrics_text(v);
	has(page, "tlsherald_report_datagrams_total 12");
	has(page,
	    "tlsherald_report_datagram_faults_total{reason=\"not-json\"} 3");
	has(page, "tlsherald_report_sessions_dropped_total{reason=\"own\"} 4");
	has(page, "tlsherald_report_sessions_total 5");
	has(page, "tlsherald_reportgen_restarts_total{process=\"sender\"} 6");
	has(page, "tlsherald_report_checkpoint_time_seconds 1795219200");
	has(page, "tlsherald_report_tlsrpt_lost_total 7");
	has(page, "tlsherald_report_can_send 0");
	free(page);
}

/* Reports need the config and keys. */
static void
test_can_send(struct metrics_view *v)
{
	static const char toml[] =
	    "[report.tls.aggregate]\nfrom-address = \"tls@example.org\"\n"
	    "org-name = \"Example\"\ncontact-info = \"tls@example.org\"\n"
	    "sign = [\"a\"]\n[signature.a]\nalgorithm = \"rsa-sha256\"\n"
	    "domain = \"example.org\"\nselector = \"a\"\n"
	    "private-key = \"file:/x\"\n";
	struct conf_mistakes mistakes;
	struct conf *c = conf_parse("t", toml, strlen(toml), &mistakes, NULL);
	struct metrics_view full = *v;
	char *page;

	full.conf = c;
	page = metrics_text(&full);
	has(page, "tlsherald_report_can_send 0");
	free(page);
	full.signs = true;
	page = metrics_text(&full);
	has(page, "tlsherald_report_can_send 1");
	free(page);
	conf_unref(c);
}

static void
test_store(struct metrics_view *v)
{
	struct outbox_report r = { .id = "x",
		.domain = "example.net",
		.submitter = "example.org",
		.record = "v=TLSRPTv1",
		.begin = 1795219200,
		.end = 1795305600,
		.due_s = 1795306000,
		.missing = "",
		.packed = "x",
		.packed_len = 1 };
	struct err e;
	char *path = xasprintf("%s/report.db", dir), *page;

	page = metrics_text(v);
	has(page, "tlsherald_report_store_ok 0");
	ok(strstr(page, "tlsherald_report_reports") == NULL,
	    "without a store nothing is said of it");
	free(page);
	v->db = report_db_open(path, &e);
	if (v->db == NULL || report_db_begin(v->db, &e) == -1 ||
	    outbox_add(v->db, &r, &e) == -1 ||
	    report_db_commit(v->db, &e) == -1)
		fail("%s", e.text);
	page = metrics_text(v);
	has(page, "tlsherald_report_store_ok 1");
	has(page, "tlsherald_report_reports{state=\"new\"} 1");
	has(page, "tlsherald_report_reports{state=\"sent\"} 0");
	has(page, "tlsherald_report_next_due_time_seconds 1795306000");
	ok(strstr(page, "example") == NULL, "no domain is named");
	free(page);
	report_db_close(v->db);
	free(path);
}

int
main(void)
{
	struct metrics_view v = { .started = 1795219200 };
	struct conf_mistakes mistakes;
	struct conf *c = conf_parse("t", "", 0, &mistakes, NULL);
	struct err e;
	char *command;

	v.conf = c;
	v.shared = shared_new(&e);
	if (mkdtemp(dir) == NULL || c == NULL || v.shared == NULL)
		return 1;
	test_counts(&v);
	test_can_send(&v);
	test_store(&v);
	shared_free(v.shared);
	conf_unref(c);
	command = xasprintf("rm -r %s", dir);
	if (system(command) != 0)
		diag("%s is left", dir);
	free(command);
	return done_testing();
}
