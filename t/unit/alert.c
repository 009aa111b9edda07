/* alert: told once, over once, digest and quiet hours */
#include "config.h"

#include "analyzer/alert.h"
#include "analyzer/alert_send.h"
#include "share/base/xmem.h"
#include "t/unit/tap.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOW (INT64_C(20000) * 86400 + 12 * 3600)
#define HOUR 3600
#define DIGEST_MS INT64_C(3600000)

static char dir[] = "/tmp/alert-XXXXXX";
static char path[64];
static struct analysis_store store;
static struct err e;

/*
 * One run with these conditions (NULL ends them): what is told, "" for
 * nothing; freed. State goes through the store.
 */
static char *
run(int64_t now_s, const char *quiet, const char *a, const char *b)
{
	struct alerts state, now = { 0 };
	struct buf out;
	char *text;

	if (a != NULL)
		alerts_add(&now, a, a);
	if (b != NULL)
		alerts_add(&now, b, b);
	buf_init(&out, 10000);
	is_int(alerts_load(&state, &store, &e), 0, "load");
	alerts_merge(&state, &now, now_s);
	if (alerts_due(&state, DIGEST_MS, quiet, now_s)) {
		alerts_write_text(&state, &out);
		alerts_mark(&state);
	}
	is_int(alerts_save(&state, &store, &e), 0, "save");
	alerts_clear(&state);
	alerts_clear(&now);
	text = xstrdup(buf_str(&out));
	buf_clear(&out);
	return text;
}

static void
told(int64_t hours, const char *quiet, const char *a, const char *b,
    const char *want, const char *what)
{
	char *s = run(NOW + hours * HOUR, quiet, a, b);

	is_str(s, want, "%s", what);
	free(s);
}

static void
test_life(void)
{
	told(0, "", "x", NULL, "", "a new one waits for the digest");
	told(1, "", "x", "y", "New:\n  x\n  y\n", "then all that waits");
	told(2, "", "x", "y", "", "no repeats");
	told(90, "", "x", "y", "", "however long it lasts");
	told(91, "", "y", NULL, "", "its end waits, too");
	told(92, "", "y", "z", "New:\n  z\n\nOver:\n  x\n", "and is told");
	told(93, "", "y", "z", "", "once");
	told(94, "", "y", "z", "", "and forgotten");
	told(95, "", "x", "y", "", "x anew, z about to end");
	told(96, "", "y", "z", "", "x ends untold, z goes on");
	told(99, "", "y", "z", "", "of which nobody is told");
	told(100, "", NULL, NULL, "", "all end");
	told(101, "", NULL, NULL, "Over:\n  y\n  z\n", "as is told");
	told(102, "", NULL, NULL, "", "once");
}

static void
test_quiet(void)
{
	/* NOW is noon */
	told(200, "", "q", NULL, "", "waits");
	told(205, "00:00-24:00", "q", NULL, "", "quiet all day");
	told(206, "", "q", NULL, "New:\n  q\n", "told behind it");
	ok(alert_is_quiet("22:00-07:00", NOW + 11 * HOUR), "before midnight");
	ok(alert_is_quiet("22:00-07:00", NOW - 6 * HOUR), "after midnight");
	ok(!alert_is_quiet("22:00-07:00", NOW), "at noon");
	ok(!alert_is_quiet("22:00-07:00", NOW - 5 * HOUR), "its end is out");
	ok(alert_is_quiet("11:30-12:01", NOW), "within a day");
	ok(!alert_is_quiet("", NOW), "never");
}

static void
test_hostile(void)
{
	struct alerts state = { 0 };
	struct buf out;

	alerts_add(&state, "k", "a\nBcc: x@example.org\033[1m\"");
	buf_init(&out, 10000);
	alerts_write_text(&state, &out);
	is_str(buf_str(&out), "New:\n  a\\x0aBcc: x@example.org\\x1b[1m\"\n",
	    "one line");
	buf_reset(&out);
	alerts_write_json(&state, NOW, &out);
	has_str(buf_str(&out),
	    "\"text\":\"a\\nBcc: x@example.org\\u001B[1m\\\"\"", "JSON");
	buf_clear(&out);
	alerts_clear(&state);
}

static void
test_find(void)
{
	struct conf *c = conf_parse("f", "", 0, NULL, NULL);
	struct analysis_failure f = { .result = "certificate-expired",
		.mx = "mx.example.org",
		.sessions = 20 };
	struct analysis_policy p = { .type = "sts",
		.domain = "example.org",
		.mail_domain = "example.org",
		.success = 80,
		.failure = 20,
		.failures = &f,
		.nfailures = 1 };
	struct analysis_report r = { .organization = "Big",
		.report_id = "1",
		.begin = NOW - 86400,
		.end = NOW,
		.trust = ANALYSIS_VERIFIED,
		.success = 80,
		.failure = 20,
		.npolicies = 1,
		.policies = &p };
	struct alerts was = { 0 }, now;
	enum analysis_put what;

	if (store.begin(store.ctx, &e) == -1 ||
	    store.put(store.ctx, &r, &what, NULL, &e) == -1 ||
	    store.commit(store.ctx, &e) == -1)
		abort();
	is_int(alerts_find(&now, c, &store, &was, NOW, &e), 0, "find");
	is_int(now.n, 2, "a failure and a rate");
	is_str(now.item[0].key,
	    "failure|example.org|sts|mx.example.org|certificate-expired",
	    "the failure's key");
	has_str(now.item[1].text, "20.00 % of 100 sessions", "the rate");
	alerts_clear(&now);
	is_int(alerts_find(&now, c, &store, &was, NOW + INT64_C(5) * 86400, &e),
	    0, "later");
	is_int(now.n, 0, "it is over");
	alerts_clear(&now);
	conf_unref(c);
}

static void
test_mail(void)
{
	struct conf *c = conf_parse("f", "[server]\nhostname='h.example.org'\n",
	    strlen("[server]\nhostname='h.example.org'\n"), NULL, NULL);
	struct buf out;

	buf_init(&out, 10000);
	is_int(alert_mail_write(c, "a@example.org", "New:\n  x\n", NOW, &out,
		   &e),
	    0, "a mail");
	has_str(buf_str(&out),
	    "From: tlsherald-analyzer "
	    "<postmaster@h.example.org>\r\n",
	    "from");
	has_str(buf_str(&out), "Auto-Submitted: auto-generated\r\n", "auto");
	has_str(buf_str(&out), "\r\n\r\nNew:\r\n  x\r\n", "text");
	buf_clear(&out);
	conf_unref(c);
}

int
main(void)
{
	const struct analysis_limits limits = { .wait_ms = 1000 };

	if (mkdtemp(dir) == NULL)
		return 1;
	(void)snprintf(path, sizeof(path), "%s/a.db", dir);
	if (analysis_sqlite_open(path, &limits, &store, &e) == -1)
		return 1;
	test_life();
	test_quiet();
	test_hostile();
	test_find();
	test_mail();
	store.free(store.ctx);
	(void)unlink(path);
	(void)rmdir(dir);
	return done_testing();
}
