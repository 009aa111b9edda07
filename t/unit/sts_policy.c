/* sts_policy: the grammar of RFC 8461 section 3.2, writing, matching */
#include "config.h"

#include "share/policy/sts_policy.h"
#include "share/base/xmem.h"
#include "t/unit/tap.h"

#include <stdlib.h>

#define HEAD "version: STSv1\nmode: enforce\nmax_age: 100\n"

/* The canonical text of body, or what is wrong with it, in e. Freed by us. */
static const char *
canonical(const char *body, size_t len, struct err *e)
{
	static struct buf out = { .max = 1 << 20 };
	struct sts_policy *p;

	err_clear(e);
	buf_reset(&out);
	if (body == NULL) {
		buf_clear(&out);
		return NULL;
	}
	p = sts_policy_parse(body, len, e);
	if (p == NULL)
		return e->text;
	sts_policy_write(p, &out);
	sts_policy_unref(p);
	return buf_str(&out);
}

static const struct {
	const char *body;
	const char *want; /* canonical text, or a part of the message */
} cases[] = {
	/* RFC 8461 section 3.2 */
	{ "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\n"
	  "mx: *.example.net\r\nmx: backupmx.example.com\r\n"
	  "max_age: 604800\r\n",
	    "version: STSv1\nmode: enforce\nmx: mail.example.com\n"
	    "mx: *.example.net\nmx: backupmx.example.com\nmax_age: 604800\n" },
	{ HEAD "mx: a.test",
	    "version: STSv1\nmode: enforce\nmx: a.test\n"
	    "max_age: 100\n" },
	{ HEAD "mx: a.test\nmx: A.Test.\nmx: *.a.test\n",
	    "version: STSv1\nmode: enforce\nmx: a.test\nmx: *.a.test\n"
	    "max_age: 100\n" },
	{ "mode: none\nmax_age: 0000000009\nversion: STSv1\n\n \t\n\r\n",
	    "version: STSv1\nmode: none\nmax_age: 9\n" },
	{ "version: STSv1\nmode: testing\nmx: localhost\nmax_age: 31557601",
	    "version: STSv1\nmode: testing\nmx: *\nmax_age: 31557600\n" },
	{ "version: STSv1\nmode: none\nmax_age: 1\nmode: x\nmax_age: y\n"
	  "version: z\n",
	    "version: STSv1\nmode: none\nmax_age: 1\n" },
	{ HEAD "mx: a.test\nMX: b.test\nfuture: x\n",
	    "version: STSv1\nmode: enforce\nmx: a.test\nmax_age: 100\n" },
	{ HEAD "mx: b\xc3\xbc"
	       "cher.test\n",
	    "no usable mx pattern" },
	{ HEAD "mx: hostname\nmx: 192.0.2.1\nmx: *.\nmx: *\nmx: a.*.test\n"
	       "mx: .a.test\nmx: a_b.test\nmx: [::1]\nmx:\n"
	       "mx: a.test b.test\nmx: *.*.a.test\n",
	    "no usable mx pattern" },
	{ HEAD "mx: *.test\n",
	    "version: STSv1\nmode: enforce\nmx: *.test\nmax_age: 100\n" },
	{ HEAD, "no mx" },
	{ "", "no version" },
	{ "mode: none\nmax_age: 1\n", "no version" },
	{ "version: STSv1\nmax_age: 1\n", "no mode" },
	{ "version: STSv1\nmode: none\n", "no max_age" },
	{ "version: STSv2\nmode: none\nmax_age: 1\n", "line 1: version" },
	{ "version: STSv1\nmode: NONE\nmax_age: 1\n", "line 2: mode" },
	{ "version: STSv1\nmode: none\nmax_age:\n", "line 3: max_age" },
	{ "version: STSv1\nmode: none\nmax_age: 1s\n", "line 3: max_age" },
	{ "version: STSv1\nmode: none\nmax_age: -1\n", "line 3: max_age" },
	{ "version: STSv1\nmode: none\nmax_age: 12345678901\n",
	    "line 3: max_age" },
	{ "version: STSv1\nmode: none\nrubbish\nmax_age: 1\n",
	    "line 3 is not" },
	{ "version: STSv1\rmode: none\rmax_age: 1\r", "version is not" },
};

static void
test_bodies(void)
{
	struct err e = { 0 };
	const char *got;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		got = canonical(cases[i].body, strlen(cases[i].body), &e);
		if (strncmp(cases[i].want, "version: STSv1\n", 15) == 0)
			is_str(got, cases[i].want, "case %zu", i);
		else
			has_str(got, cases[i].want, "case %zu", i);
		if (e.code == ERR_NONE)
			is_str(canonical(cases[i].want, strlen(cases[i].want),
				   &e),
			    cases[i].want, "what was written reads the same");
	}
	got = canonical("version: STSv1\nmode: none\0\nmax_age: 1\n", 39, &e);
	has_str(got, "mode", "a NUL in a value");
}

static void
test_limits(void)
{
	struct err e = { 0 };
	struct buf body;

	buf_init(&body, 2 * STS_BODY_MAX);
	buf_puts(&body, HEAD);
	for (int i = 0; i < STS_MX_MAX; i++)
		buf_printf(&body, "mx: h%d.a.test\nmx: junk\n", i);
	has_str(canonical(buf_str(&body), body.len, &e), "mx: h255.a.test",
	    "as many patterns as there may be");
	buf_puts(&body, "mx: h7.a.test\n");
	has_str(canonical(buf_str(&body), body.len, &e), "mx: h255.a.test",
	    "a repeated one is not counted");
	buf_puts(&body, "mx: one.more.test\n");
	has_str(canonical(buf_str(&body), body.len, &e), "more than 256",
	    "one more is too many");
	buf_reset(&body);
	buf_puts(&body, HEAD "mx: a.test\n");
	while (body.len < STS_TEXT_MAX)
		buf_puts(&body, "\n");
	has_str(canonical(buf_str(&body), body.len, &e), "mx: a.test",
	    "64 KiB and what writing adds");
	buf_puts(&body, "\n");
	has_str(canonical(buf_str(&body), body.len, &e), "longer than",
	    "and an octet");
	buf_clear(&body);
}

/* The largest file there may be is still legible when it was kept. */
static void
test_largest(void)
{
	struct err e = { 0 };
	struct buf body;
	char label[64];
	char *kept;

	memset(label, 'a', 62);
	label[62] = '\0';
	buf_init(&body, STS_BODY_MAX);
	buf_puts(&body, "version:STSv1\nmode:enforce\nmax_age:1\n");
	for (int i = 0; i < STS_MX_MAX; i++)
		buf_printf(&body, "mx:%03d.%s.%s.%s.%.58s\n", i, label, label,
		    label, label);
	ok(!buf_full(&body) && body.len > STS_BODY_MAX - 1024,
	    "a file of nearly 64 KiB: %zu octets", body.len);
	kept = xstrdup(canonical(buf_str(&body), body.len, &e));
	ok(strlen(kept) > STS_BODY_MAX, "grows when it is written");
	has_str(canonical(kept, strlen(kept), &e), "mx: 255.",
	    "and is read again whole");
	free(kept);
	buf_clear(&body);
}

static struct sts_policy *
parse(const char *body)
{
	struct sts_policy *p = sts_policy_parse(body, strlen(body), NULL);

	if (p == NULL)
		abort();
	return p;
}

static void
test_matching(void)
{
	struct sts_policy *p = parse(HEAD "mx: mx.a.test\nmx: *.b.test\n");

	ok(sts_policy_covers(p, "mx.a.test"), "the host itself");
	ok(!sts_policy_covers(p, "x.mx.a.test"), "not a host below it");
	ok(!sts_policy_covers(p, "a.test"), "nor above");
	ok(sts_policy_covers(p, "mx.b.test"), "one label for the star");
	ok(!sts_policy_covers(p, "b.test"), "not none");
	ok(!sts_policy_covers(p, "x.mx.b.test"), "not two");
	ok(!sts_policy_covers(p, "xb.test"), "not a part of one");
	ok(!sts_policy_covers(p, "test"), "not a bare label");
	sts_policy_unref(p);
}

static void
test_same_and_stamp(void)
{
	struct sts_policy *a = parse(HEAD "mx: a.test\nmx: b.test\n");
	struct sts_policy *b = parse(HEAD "mx: a.test\nx: y\nmx: b.test\n");
	struct sts_policy *c = parse(HEAD "mx: b.test\nmx: a.test\n");
	struct sts_policy *d = parse(HEAD "mx: a.test\n");
	struct sts_policy *t = parse("version: STSv1\nmode: testing\n"
				     "max_age: 100\nmx: a.test\n");
	struct sts_policy *m = parse("version: STSv1\nmode: enforce\n"
				     "max_age: 101\nmx: a.test\n");

	ok(sts_policy_same(a, b), "the same");
	ok(!sts_policy_same(a, c), "another order");
	ok(!sts_policy_same(a, d), "fewer patterns");
	ok(!sts_policy_same(d, t) && !sts_policy_same(d, m),
	    "another mode, another max_age");
	a = sts_policy_stamp(a, "a.test", "id7", 5000);
	is_int(sts_policy_expires(a), 105000,
	    "expires max_age after it was fetched");
	is_str(sts_policy_domain(a), "a.test", "domain");
	is_str(sts_policy_id(a), "id7", "id");
	ok(sts_policy_ref(a) == a, "a reference");
	sts_policy_unref(a);
	is_str(sts_policy_next_mx(sts_policy_mx(a)), "b.test",
	    "still there after one is given back");
	sts_policy_unref(a);
	sts_policy_unref(b);
	sts_policy_unref(c);
	sts_policy_unref(d);
	sts_policy_unref(t);
	sts_policy_unref(m);
	sts_policy_unref(NULL);
}

int
main(void)
{
	struct err e;

	test_bodies();
	test_limits();
	test_largest();
	test_matching();
	test_same_and_stamp();
	(void)canonical(NULL, 0, &e);
	return done_testing();
}
