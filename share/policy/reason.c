/* reason: why a decision is what it is, in sentences - see reason.h */
#include "config.h"

#include "share/policy/reason.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void say(struct reason *r, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void
say(struct reason *r, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r->line = xreallocarray(r->line, r->n + 1, sizeof(*r->line));
	r->line[r->n++] = xstrdup(text);
}

void
reason_init(struct reason *r)
{
	memset(r, 0, sizeof(*r));
}

void
reason_clear(struct reason *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->line[i]);
	free(r->line);
	reason_init(r);
}

static void
say_strategy(const struct strategy *s, struct reason *r)
{
	say(r, "strategy %s: dane %s, mta-sts %s, starttls %s%s", s->id,
	    strategy_want_name(s->dane), strategy_want_name(s->mta_sts),
	    strategy_want_name(s->starttls),
	    s->allow_invalid_certs ? ", allow-invalid-certs" : "");
}

static void
say_host(const struct facts_host *h, struct reason *r)
{
	static const char *const tlsa[] = {
		[FACTS_TLSA_NOT_ASKED] =
		    "address not signed, so its TLSA records would not count",
		[FACTS_TLSA_UNKNOWN] = "TLSA records could not be looked up",
		[FACTS_TLSA_NONE] = "no TLSA records",
		[FACTS_TLSA_UNUSABLE] = "TLSA records, none of them usable",
		[FACTS_TLSA_USABLE] = "usable TLSA records",
	};

	if (h->addr == FACTS_ADDR_NONE)
		say(r, "MX host %s: no address", h->name);
	else if (h->addr == FACTS_ADDR_UNKNOWN)
		say(r, "MX host %s: address could not be looked up%s", h->name,
		    h->zone_insecure ? " (its zone is not signed)" : "");
	else
		say(r, "MX host %s: %s%s%s", h->name, tlsa[h->tlsa],
		    h->tlsa >= FACTS_TLSA_UNUSABLE ? " at " : "",
		    h->tlsa >= FACTS_TLSA_UNUSABLE ? h->base : "");
}

static void
say_mx(const struct facts *f, struct reason *r)
{
	switch (f->mx) {
	case FACTS_MX_NOT_ASKED:
		say(r,
		    f->nexthop.kind == NEXTHOP_ADDRESS
			? "an address: nothing to look up"
			: "DANE is disabled: no MX, address or TLSA question");
		return;
	case FACTS_MX_UNKNOWN:
		say(r, "MX records: %s%s",
		    f->mx_security == DNS_BOGUS ? "bogus (DNSSEC validation "
						  "failed)"
						: "could not be looked up",
		    f->mx_zone_insecure ? "; the zone is proven unsigned"
					: "; the zone counts as signed");
		return;
	case FACTS_MX_NULL:
		say(r, "null MX: the domain accepts no mail (RFC 7505)");
		return;
	case FACTS_MX_NXDOMAIN:
		say(r, "the domain does not exist");
		return;
	case FACTS_MX_HOSTS:
		break;
	}
	if (f->nexthop.kind == NEXTHOP_HOST)
		say(r, "a host in brackets: no MX lookup, counts as secure");
	else
		say(r, "MX records are %s",
		    f->mx_security == DNS_SECURE
			? "secure"
			: "not signed: TLSA of their hosts do not "
			  "authenticate the domain");
	for (size_t i = 0; i < f->nhosts; i++)
		say_host(&f->hosts[i], r);
}

static void
say_policy(const struct sts_policy *p, struct reason *r)
{
	char expires[32];

	say(r, "MTA-STS: policy %s, mode %s, %u mx pattern%s, until %s",
	    sts_policy_id(p), sts_mode_name(p->mode), p->nmx,
	    p->nmx == 1 ? "" : "s",
	    text_rfc3339(expires, sizeof(expires),
		sts_policy_expires(p) / 1000));
}

static void
say_sts(const struct facts *f, struct reason *r)
{
	switch (f->sts) {
	case FACTS_STS_DISABLED:
		say(r, "MTA-STS is not asked about");
		break;
	case FACTS_STS_UNKNOWN:
		say(r,
		    "MTA-STS: the TXT record could not be looked up; no "
		    "policy for this lookup");
		break;
	case FACTS_STS_ABSENT:
		say(r, "MTA-STS: no record");
		break;
	case FACTS_STS_MALFORMED:
		say(r, "MTA-STS: the record is malformed, which is as none");
		break;
	case FACTS_STS_PENDING:
		say(r, "MTA-STS: the policy is still being fetched");
		break;
	case FACTS_STS_FAILED:
		say(r, "MTA-STS: no policy could be had: %s", f->sts_why);
		break;
	case FACTS_STS_POLICY:
		say_policy(f->policy, r);
		break;
	}
}

/* What each row of the table means. */
static const char *const row_text[] = {
	NULL,
	"nothing certain can be said under a signed zone: hold back",
	"every MX host has TLSA records: DANE, which outranks MTA-STS",
	"some MX hosts have TLSA records and more than opportunistic TLS is "
	"asked for: only these hosts are used",
	"an enforce policy: certificate and MX host must fit it",
	"the strategy requires STARTTLS",
	"DANE where a host has TLSA records",
	"TLSA records that cannot be used: TLS without authentication",
	"the strategy disables STARTTLS",
	"the strategy asks for opportunistic TLS",
	"nobody asks for anything: the site's default",
};

static void
say_override(const struct dialect_input *in, struct reason *r)
{
	const struct override *o = in->override;
	char until[32];

	if (o == NULL)
		return;
	(void)text_rfc3339(until, sizeof(until), o->expires_ms / 1000);
	if (in->decision->overridden)
		say(r, "an operator's override demands %s instead until %s: %s",
		    decision_level_name(o->level), until, o->reason);
	else
		say(r,
		    "an operator's override (%s until %s: %s) does not outrank "
		    "what the strategy requires",
		    decision_level_name(o->level), until, o->reason);
}

static void
say_decision(const struct dialect_input *in, struct reason *r)
{
	const struct decision *d = in->decision;

	if (in->served != NULL)
		say(r,
		    "no server answers: what was decided before still holds");
	if (d->why[0] != '\0')
		say(r, "%s", d->why);
	if (d->row > 0)
		say(r, "row %d: %s", d->row, row_text[d->row]);
	if (d->no_ad)
		say(r,
		    "this host's resolver gives no AD bit: DANE cannot be "
		    "left to the MTA");
	if (d->testing)
		say(r,
		    "the policy is in testing mode: sessions are booked "
		    "under it, nothing is enforced");
	say_override(in, r);
	if (in->observe)
		say(r, "observe mode: nothing of this is demanded");
}

void
reason_write(const struct dialect_input *in, struct reason *r)
{
	say_strategy(in->strategy, r);
	say_mx(in->facts, r);
	say_sts(in->facts, r);
	say_decision(in, r);
}
