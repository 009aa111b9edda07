/* policy_line: an exported policy as hostile input - milter/policy_line.h */
#include "config.h"

#include "milter/policy_line.h"
#include "t/unit/tap.h"

#include <inttypes.h>
#include <stdlib.h>

#define NOW INT64_C(1795219200000) /* 2026-11-21T00:00:00Z */
#define BODY "version: STSv1\\nmode: enforce\\nmx: *.a.test\\nmax_age: 86400\\n"

static char line[65536];

/* A line with these values; NULL leaves a key out. */
static const char *
make(const char *domain, const char *id, const char *fetched, const char *body)
{
	size_t n = (size_t)snprintf(line, sizeof(line), "{\"schema\":1");
	const char *name[] = { "domain", "id", "fetched", "policy" };
	const char *value[] = { domain, id, fetched, body };

	for (int i = 0; i < 4; i++)
		if (value[i] != NULL)
			n += (size_t)snprintf(line + n, sizeof(line) - n,
			    ",\"%s\":\"%s\"", name[i], value[i]);
	(void)snprintf(line + n, sizeof(line) - n, "}");
	return line;
}

static void
test_right(void)
{
	const char *text = make("A.Test.", "Id1", "2026-11-20T00:00:00Z", BODY);
	struct err e = { 0 };
	struct sts_policy *p = policy_line_read(text, strlen(text), NOW, &e);

	if (!ok(p != NULL, "a line that export wrote: %s", e.text))
		return;
	is_str(sts_policy_domain(p), "a.test", "domain in its normal form");
	is_str(sts_policy_id(p), "Id1", "id");
	is_int(p->fetched_ms, NOW - INT64_C(86400000), "when it was fetched");
	is_int(sts_policy_expires(p), NOW, "and when it ends");
	is_int(p->mode, STS_ENFORCE, "mode");
	is_str(sts_policy_mx(p), "*.a.test", "pattern");
	sts_policy_unref(p);
}

static void
refused(const char *text, const char *why)
{
	struct err e = { 0 };
	struct sts_policy *p = policy_line_read(text, strlen(text), NOW, &e);

	ok(p == NULL, "refused: %.60s", text);
	has_str(e.text, why, "because of %s", why);
	is_int(e.code, ERR_SYNTAX, "as wrong for ever");
	sts_policy_unref(p);
}

static void
test_wrong(void)
{
	static const char when[] = "2026-11-20T00:00:00Z";
	static const char *const times[] = { "", "now", "2026-11-20",
		"2026-11-20T00:00:00", "2026-11-20T00:00:00+00:00",
		"2026-11-20 00:00:00Z", "2026-1-20T00:00:00Z",
		"2026-02-30T00:00:00Z", "2026-11-20T24:00:00Z",
		" 2026-11-20T00:00:00Z", "2026-11-20T00:00:00Z ",
		"-001-11-20T00:00:00Z", "99999-11-20T00:00:00Z" };
	static const char *const ids[] = { "", "a b", "a-b", "\\u00e9",
		"123456789012345678901234567890123" };
	static const char *const domains[] = { "", ".", "a b", "10.0.0.1",
		"[10.0.0.1]", "a..b", "-a.test" };
	size_t i;

	refused("", "no JSON object");
	refused("null", "no JSON object");
	refused("{\"schema\":1,\"schema\":1}", "no JSON object");
	refused("{\"schema\":\"1\"}", "schema");
	refused(make(NULL, "a", when, BODY), "\"domain\" is missing");
	refused(make("a.test", NULL, when, BODY), "\"id\" is missing");
	refused(make("a.test", "a", NULL, BODY), "\"fetched\" is missing");
	refused(make("a.test", "a", when, NULL), "\"policy\" is missing");
	refused(make("a.test", "a", "2026-11-21T00:05:01Z", BODY),
	    "in the future");
	refused(make("a.test", "a", when, "version: STSv1\\n"), "\"policy\"");
	refused(make("a.te\\u0000st", "a", when, BODY), "no JSON object");
	for (i = 0; i < sizeof(times) / sizeof(*times); i++)
		refused(make("a.test", "a", times[i], BODY), "\"fetched\"");
	for (i = 0; i < sizeof(ids) / sizeof(*ids); i++)
		refused(make("a.test", ids[i], when, BODY), "\"id\"");
	for (i = 0; i < sizeof(domains) / sizeof(*domains); i++)
		refused(make(domains[i], "a", when, BODY), "\"domain\"");
}

static void
test_clocks(void)
{
	const char *text = make("a.test", "a", "2026-11-21T00:05:00Z", BODY);
	struct err e = { 0 };
	struct sts_policy *p = policy_line_read(text, strlen(text), NOW, &e);

	ok(p != NULL, "another host's clock may be ahead a little");
	sts_policy_unref(p);
}

int
main(void)
{
	test_right();
	test_wrong();
	test_clocks();
	return done_testing();
}
