/*
 * fuzz_sts_policy: a policy file as a hostile server may send it. What is
 * accepted writes back to the same policy, and every reply made of it is one
 * that Postfix takes.
 */
#include "config.h"

#include "share/net/socketmap.h"
#include "share/policy/dialect_input.h"
#include "share/policy/dialect_postfix.h"
#include "share/policy/reply_lint.h"
#include "share/policy/sts_policy.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_policy(const struct sts_policy *p)
{
	const char *host = sts_policy_mx(p);

	if (p->nmx > STS_MX_MAX || p->max_age > STS_MAX_AGE_MAX ||
	    (p->nmx == 0 && p->mode == STS_ENFORCE))
		abort();
	for (size_t i = 0; i < p->nmx; i++, host = sts_policy_next_mx(host)) {
		bool wildcard = strncmp(host, "*.", 2) == 0;

		if (!hostname_is_normal(wildcard ? host + 2 : host) ||
		    (!wildcard && !sts_policy_covers(p, host)))
			abort();
	}
}

static void
check_written(const struct sts_policy *p)
{
	struct sts_policy *again;
	struct buf b;
	struct err e;

	buf_init(&b, STS_TEXT_MAX);
	sts_policy_write(p, &b);
	if (buf_full(&b))
		abort();
	again = sts_policy_parse(b.data, b.len, &e);
	if (again == NULL || !sts_policy_same(p, again))
		abort();
	sts_policy_unref(again);
	buf_clear(&b);
}

/* The replies for a domain under this policy, in both dialects. */
static void
check_replies(struct sts_policy *p)
{
	struct decision d = { .level = LEVEL_SECURE, .source = SOURCE_MTA_STS };
	struct dialect_input in = { .decision = &d,
		.name = "example.com",
		.policy = p };
	struct buf b;
	struct err e;

	if (p->mode != STS_ENFORCE) {
		d.level = LEVEL_NOTFOUND;
		d.testing = p->mode == STS_TESTING;
	}
	buf_init(&b, SOCKETMAP_REPLY_MAX);
	dialect_postfix.write(&in, &b);
	if (reply_lint(b.data, b.len, false, &e) == -1)
		abort();
	buf_reset(&b);
	dialect_postfix_tlsrpt.write(&in, &b);
	if (reply_lint(b.data, b.len, true, &e) == -1)
		abort();
	buf_clear(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sts_policy *p;
	struct err e;

	p = sts_policy_parse((const char *)data, size, &e);
	if (p == NULL)
		return 0;
	check_policy(p);
	check_written(p);
	check_replies(p);
	sts_policy_unref(p);
	return 0;
}
