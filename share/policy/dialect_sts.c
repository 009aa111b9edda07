/* dialect_sts: a decision in FEATURE(`sts')'s words - see dialect_sts.h */
#include "config.h"

#include "share/policy/dialect_sts.h"
#include "share/policy/dialect_input.h"
#include "share/policy/session_judge.h"

/* A longer line than Sendmail's own buffers would be cut by it. */
#define REPLY_MAX 2000

static void
write_secure(const struct dialect_input *in, struct buf *out)
{
	const struct sts_policy *p = in->policy;
	const char *mx = sts_policy_mx(p);

	buf_puts(out, "OK secure match=");
	for (size_t i = 0; i < p->nmx; i++) {
		buf_printf(out, "%s%s", i > 0 ? ":" : "",
		    mx[0] == '*' ? mx + 1 : mx);
		mx = sts_policy_next_mx(mx);
	}
	buf_puts(out, " servername=hostname");
	if (out->len <= REPLY_MAX && !buf_full(out))
		return;
	buf_reset(out);
	buf_puts(out, "TEMP the policy is too large for Sendmail");
}

/* A reply of this dialect is also written where no session asks: json. */
static bool
does_dane(const struct dialect_input *in)
{
	return in->rules != NULL && in->rules->sendmail_dane;
}

/* DANE is Sendmail's own; where it does none, a policy stands in for it. */
static void
write_dane(const struct dialect_input *in, struct buf *out)
{
	if (!does_dane(in) && in->policy != NULL &&
	    in->policy->mode == STS_ENFORCE)
		write_secure(in, out);
	else
		buf_puts(out, "NOTFOUND ");
}

static void
write_level(const struct dialect_input *in, struct buf *out)
{
	switch (decision_in_force(in->decision)) {
	case LEVEL_TEMP:
		buf_printf(out, "TEMP %s: %s", in->name, in->decision->why);
		break;
	case LEVEL_SECURE:
		write_secure(in, out);
		break;
	case LEVEL_ENCRYPT:
	case LEVEL_VERIFY:
		buf_printf(out,
		    "TEMP %s: FEATURE(sts) cannot enforce %s, "
		    "tlsherald.m4 can",
		    in->name,
		    decision_level_name(decision_in_force(in->decision)));
		break;
	case LEVEL_DANE:
	case LEVEL_DANE_ONLY:
		write_dane(in, out);
		break;
	default:
		buf_puts(out, "NOTFOUND ");
	}
}

static void
write_sts(const struct dialect_input *in, struct buf *out)
{
	if (in->observe)
		buf_puts(out, "NOTFOUND ");
	else
		write_level(in, out);
}

const struct dialect dialect_sts = { DIALECT_STS, "sts", write_sts, false };
