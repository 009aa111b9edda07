/* dialect_postfix: a decision in Postfix's words - see dialect_postfix.h */
#include "config.h"

#include "share/policy/dialect_postfix.h"
#include "share/net/socketmap.h"
#include "share/policy/dialect_input.h"

/* "match=h1:h2:.suffix": Postfix writes the wildcard as a leading dot. */
static void
write_match(const struct sts_policy *p, struct buf *out)
{
	const char *mx = sts_policy_mx(p);

	buf_puts(out, " match=");
	for (size_t i = 0; i < p->nmx; i++) {
		buf_printf(out, "%s%s", i > 0 ? ":" : "",
		    mx[0] == '*' ? mx + 1 : mx);
		mx = sts_policy_next_mx(mx);
	}
	buf_puts(out, " servername=hostname");
}

static void
write_tlsrpt(const struct dialect_input *in, struct buf *out)
{
	const struct sts_policy *p = in->policy;
	const char *mx = sts_policy_mx(p);

	buf_printf(out,
	    " policy_type=sts policy_domain=%s"
	    " {policy_string = version: STSv1}"
	    " {policy_string = mode: %s}",
	    in->name, sts_mode_name(p->mode));
	for (size_t i = 0; i < p->nmx; i++, mx = sts_policy_next_mx(mx))
		buf_printf(out, " {policy_string = mx: %s}", mx);
	buf_printf(out, " {policy_string = max_age: %u}", p->max_age);
	mx = sts_policy_mx(p);
	for (size_t i = 0; i < p->nmx; i++, mx = sts_policy_next_mx(mx))
		buf_printf(out, " mx_host_pattern=%s", mx);
}

static void
write_level(const struct dialect_input *in, bool tlsrpt, struct buf *out)
{
	const struct decision *d = in->decision;

	buf_printf(out, "OK %s", decision_level_name(d->level));
	if (d->level == LEVEL_SECURE)
		write_match(in->policy, out);
	else if (d->level == LEVEL_VERIFY)
		buf_puts(out, " match=hostname servername=hostname");
	if (tlsrpt && d->level == LEVEL_SECURE)
		write_tlsrpt(in, out);
}

/* Rows 9 and 10: "may" books the sessions under the testing policy. */
static void
write_testing(const struct dialect_input *in, struct buf *out)
{
	buf_puts(out, "OK may");
	write_tlsrpt(in, out);
}

static void
write_any(const struct dialect_input *in, bool tlsrpt, struct buf *out)
{
	const struct decision *d = in->decision;

	if (in->observe)
		buf_puts(out, "NOTFOUND ");
	else if (d->overridden)
		/* No policy is in force: booked under one, each session would
		 * be a success of it, whatever its certificate. */
		buf_printf(out, "OK %s", decision_level_name(d->override));
	else if (d->level == LEVEL_TEMP)
		buf_printf(out, "TEMP %s: %s", in->name, d->why);
	else if (tlsrpt && d->testing)
		write_testing(in, out);
	else if (d->level == LEVEL_NOTFOUND)
		buf_puts(out, "NOTFOUND ");
	else
		write_level(in, tlsrpt, out);
}

static bool
fits(const struct buf *out)
{
	return !buf_full(out) && out->len <= SOCKETMAP_REPLY_MAX;
}

static void
write_plain(const struct dialect_input *in, struct buf *out)
{
	write_any(in, false, out);
	if (fits(out))
		return;
	buf_reset(out);
	buf_puts(out, "TEMP policy too large for a reply");
}

static void
write_with_tlsrpt(const struct dialect_input *in, struct buf *out)
{
	write_any(in, true, out);
	if (fits(out))
		return;
	buf_reset(out);
	write_plain(in, out);
}

const struct dialect dialect_postfix = { DIALECT_POSTFIX, "postfix",
	write_plain, false };
const struct dialect dialect_postfix_tlsrpt = { DIALECT_POSTFIX_TLSRPT,
	"postfix-tlsrpt", write_with_tlsrpt, false };
