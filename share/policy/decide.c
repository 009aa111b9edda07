/* decide: facts and strategy in, one decision out - see decide.h */
#include "config.h"

#include "share/policy/decide.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The hosts counted by what the rows ask about. */
struct tally {
	bool mx_secure;
	size_t hosts;    /* that have an address or failed */
	size_t usable;   /* really have usable TLSA */
	size_t unusable; /* have TLSA, none of it usable */
	size_t failed;   /* under a zone not proven unsigned */
	bool enforce;    /* an unexpired enforce policy */
};

/* Everything a row looks at. */
struct view {
	const struct facts *f;
	const struct strategy *s;
	struct tally t;
	char *why; /* DECISION_WHY_SIZE octets */
};

static void say(const struct view *v, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void
say(const struct view *v, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(v->why, DECISION_WHY_SIZE, fmt, ap);
	va_end(ap);
}

static void
count(const struct facts *f, struct tally *t)
{
	memset(t, 0, sizeof(*t));
	t->mx_secure = f->mx == FACTS_MX_HOSTS && f->mx_security == DNS_SECURE;
	t->enforce =
	    f->sts == FACTS_STS_POLICY && f->policy->mode == STS_ENFORCE;
	for (size_t i = 0; i < f->nhosts; i++) {
		const struct facts_host *h = &f->hosts[i];

		if (h->addr == FACTS_ADDR_NONE)
			continue;
		t->hosts++;
		if (facts_host_failed(h))
			t->failed++;
		else if (h->tlsa == FACTS_TLSA_USABLE)
			t->usable++;
		else if (h->tlsa == FACTS_TLSA_UNUSABLE)
			t->unusable++;
	}
}

/* Nobody to deliver to: the MTA bounces by itself, whatever the strategy. */
static bool
no_host(const struct view *v)
{
	switch (v->f->mx) {
	case FACTS_MX_NULL:
		say(v, "null MX: the domain accepts no mail (RFC 7505)");
		return true;
	case FACTS_MX_NXDOMAIN:
		say(v, "the domain does not exist");
		return true;
	case FACTS_MX_HOSTS:
		if (v->t.hosts > 0)
			return false;
		say(v, "no MX host has an address");
		return true;
	default:
		return false;
	}
}

/* DANE as a requirement: secure MX set, one host with really usable TLSA. */
static enum decision_require
require_dane(const struct view *v)
{
	const struct facts *f = v->f;

	if (f->nexthop.kind == NEXTHOP_ADDRESS) {
		say(v, "DANE is required, but an address has no TLSA records");
		return REQUIRE_UNMET;
	}
	if (f->mx != FACTS_MX_HOSTS) {
		say(v,
		    "DANE is required, but the MX records could not be "
		    "looked up%s",
		    f->mx_security == DNS_BOGUS ? " (bogus)" : "");
		return REQUIRE_UNKNOWN;
	}
	if (!v->t.mx_secure) {
		say(v,
		    "DANE is required, but the MX records are not signed "
		    "with DNSSEC");
		return REQUIRE_UNMET;
	}
	if (v->t.usable > 0)
		return REQUIRE_MET;
	if (v->t.failed > 0) {
		say(v,
		    "DANE is required, but the TLSA records could not be "
		    "looked up");
		return REQUIRE_UNKNOWN;
	}
	say(v, "DANE is required, but no MX host has usable TLSA records");
	return REQUIRE_UNMET;
}

static enum decision_require
require_sts(const struct view *v)
{
	const struct facts *f = v->f;

	if (f->nexthop.kind == NEXTHOP_ADDRESS) {
		say(v, "MTA-STS is required, but an address has no policy");
		return REQUIRE_UNMET;
	}
	switch (f->sts) {
	case FACTS_STS_POLICY:
		if (f->policy->mode == STS_ENFORCE)
			return REQUIRE_MET;
		say(v, "MTA-STS is required, but the policy's mode is %s",
		    sts_mode_name(f->policy->mode));
		return REQUIRE_UNMET;
	case FACTS_STS_ABSENT:
		say(v,
		    "MTA-STS is required, but the domain has no MTA-STS "
		    "record");
		return REQUIRE_UNMET;
	case FACTS_STS_MALFORMED:
		say(v,
		    "MTA-STS is required, but the MTA-STS record is "
		    "malformed");
		return REQUIRE_UNMET;
	case FACTS_STS_PENDING:
	case FACTS_STS_FAILED:
		say(v,
		    "MTA-STS is required, but the policy could not be "
		    "fetched%s%.100s",
		    f->sts_why[0] != '\0' ? ": " : "", f->sts_why);
		return REQUIRE_UNKNOWN;
	default:
		say(v,
		    "MTA-STS is required, but the MTA-STS record could not "
		    "be looked up");
		return REQUIRE_UNKNOWN;
	}
}

/* Both requirements; any proven unmet outranks any cannot-know. */
static enum decision_require
requirements(const struct view *v)
{
	enum decision_require dane = REQUIRE_MET, sts = REQUIRE_MET;

	if (v->s->dane == STRATEGY_REQUIRE)
		dane = require_dane(v);
	if (v->s->mta_sts == STRATEGY_REQUIRE && dane != REQUIRE_UNMET) {
		char why[DECISION_WHY_SIZE] = "";
		struct view other = *v;

		other.why = why;
		sts = require_sts(&other);
		if (sts == REQUIRE_UNMET || dane == REQUIRE_MET)
			memcpy(v->why, why, sizeof(why));
	}
	if (dane == REQUIRE_UNMET || sts == REQUIRE_UNMET)
		return REQUIRE_UNMET;
	return dane == REQUIRE_UNKNOWN ? dane : sts;
}

/* Row 1: under a signed zone a failure is never taken for "no". */
static bool
row_failing(const struct view *v, struct decision *d)
{
	const struct facts *f = v->f;

	if (f->mx == FACTS_MX_UNKNOWN && !f->mx_zone_insecure) {
		say(v, "the MX records %s",
		    f->mx_security == DNS_BOGUS
			? "are bogus: DNSSEC validation failed"
			: "could not be looked up");
	} else if (f->mx == FACTS_MX_HOSTS && v->t.failed == v->t.hosts) {
		say(v,
		    "the addresses or TLSA records of every MX host could "
		    "not be looked up");
	} else {
		return false;
	}
	d->level = LEVEL_TEMP;
	d->failure = true;
	return true;
}

/* Row 2. A failed host counts as having TLSA: Postfix skips it alone. */
static bool
row_all_tlsa(const struct view *v, struct decision *d)
{
	if (!v->t.mx_secure || v->t.usable + v->t.failed != v->t.hosts)
		return false;
	d->level = LEVEL_DANE_ONLY;
	d->source = SOURCE_DANE;
	return true;
}

/* Row 3: somebody asks for more than "dane where there is TLSA". */
static bool
row_some_tlsa_strict(const struct view *v, struct decision *d)
{
	if (!v->t.mx_secure || v->t.usable == 0)
		return false;
	if (v->s->dane != STRATEGY_REQUIRE &&
	    v->s->starttls != STRATEGY_REQUIRE && !v->t.enforce)
		return false;
	d->level = LEVEL_DANE_ONLY;
	d->source = SOURCE_DANE;
	return true;
}

/* Row 4, for an insecure MX with TLSA too: RFC 8461 section 2. */
static bool
row_enforce(const struct view *v, struct decision *d)
{
	if (!v->t.enforce)
		return false;
	d->level = LEVEL_SECURE;
	d->source = SOURCE_MTA_STS;
	return true;
}

static bool
row_starttls(const struct view *v, struct decision *d)
{
	if (v->s->starttls != STRATEGY_REQUIRE)
		return false;
	/* The name of an address literal can't match. */
	d->level =
	    v->s->allow_invalid_certs || v->f->nexthop.kind == NEXTHOP_ADDRESS
	    ? LEVEL_ENCRYPT
	    : LEVEL_VERIFY;
	d->source = SOURCE_STRATEGY;
	return true;
}

static bool
row_some_tlsa(const struct view *v, struct decision *d)
{
	if (v->f->mx != FACTS_MX_HOSTS || v->t.usable + v->t.failed == 0)
		return false;
	d->level = LEVEL_DANE;
	d->source = SOURCE_DANE;
	return true;
}

/* RFC 7672 section 2.2: TLS without authentication. */
static bool
row_unusable(const struct view *v, struct decision *d)
{
	if (v->f->mx != FACTS_MX_HOSTS || v->t.unusable == 0)
		return false;
	d->level = LEVEL_DANE;
	d->source = SOURCE_DANE;
	return true;
}

static bool
row_disabled(const struct view *v, struct decision *d)
{
	if (v->s->starttls != STRATEGY_DISABLE)
		return false;
	d->level = LEVEL_NONE;
	d->source = SOURCE_STRATEGY;
	return true;
}

static bool
is_default(const struct strategy *s)
{
	return strcmp(s->id, "default") == 0;
}

static bool
row_may(const struct view *v, struct decision *d)
{
	const struct strategy *s = v->s;
	bool disabled =
	    s->dane == STRATEGY_DISABLE || s->mta_sts == STRATEGY_DISABLE;

	if (!disabled && (is_default(s) || !s->starttls_set))
		return false;
	d->level = LEVEL_MAY;
	d->source = SOURCE_STRATEGY;
	return true;
}

static bool
row_nothing(const struct view *v, struct decision *d)
{
	(void)v;
	d->level = LEVEL_NOTFOUND;
	return true;
}

typedef bool decide_row(const struct view *v, struct decision *d);

static decide_row *const rows[] = { row_failing, row_all_tlsa,
	row_some_tlsa_strict, row_enforce, row_starttls, row_some_tlsa,
	row_unusable, row_disabled, row_may, row_nothing };

#define ROWS ((int)(sizeof(rows) / sizeof(rows[0])))
#define ROW_STARTTLS 5
#define ROW_DISABLED 8
#define ROW_MAY 9
#define ROW_NOTHING 10

/* An address: no lookups; the strategy alone speaks. */
static int
address_row(const struct view *v)
{
	if (v->s->starttls == STRATEGY_REQUIRE)
		return ROW_STARTTLS;
	return is_default(v->s) ? ROW_NOTHING : ROW_DISABLED;
}

static void
first_row(const struct view *v, struct decision *d)
{
	int row = 1;

	if (v->f->nexthop.kind == NEXTHOP_ADDRESS)
		row = address_row(v);
	for (; row <= ROWS; row++)
		if (rows[row - 1](v, d)) {
			d->row = (unsigned)row;
			return;
		}
}

/* DANE levels need AD from the MTA's own resolver (RFC 7672 section 2.1). */
static void
without_ad(const struct view *v, struct decision *d)
{
	if (d->level != LEVEL_DANE && d->level != LEVEL_DANE_ONLY)
		return;
	d->no_ad = true;
	if (v->s->dane == STRATEGY_REQUIRE) {
		d->level = LEVEL_TEMP;
		d->source = SOURCE_STRATEGY;
		d->require = REQUIRE_UNKNOWN;
		say(v,
		    "DANE is required, but this host's resolver gives no "
		    "AD bit");
	} else if (v->t.enforce) {
		d->level = LEVEL_SECURE;
		d->source = SOURCE_MTA_STS;
	} else {
		d->level = LEVEL_ENCRYPT;
	}
}

/* Whether something that was asked could not be known: ask again soon. */
static bool
rests_on_failure(const struct view *v)
{
	enum facts_sts sts = v->f->sts;

	return v->f->mx == FACTS_MX_UNKNOWN || v->t.failed > 0 ||
	    sts == FACTS_STS_UNKNOWN || sts == FACTS_STS_PENDING ||
	    sts == FACTS_STS_FAILED;
}

void
decide(const struct facts *f, const struct strategy *s,
    const struct decide_site *site, struct decision *out,
    char why[DECISION_WHY_SIZE])
{
	struct view v = { .f = f, .s = s, .why = why };

	memset(out, 0, sizeof(*out));
	why[0] = '\0';
	out->why = why;
	count(f, &v.t);
	out->failure = rests_on_failure(&v);
	if (no_host(&v))
		return;
	out->require = requirements(&v);
	if (out->require != REQUIRE_MET) {
		out->level = LEVEL_TEMP;
		out->source = SOURCE_STRATEGY;
		return;
	}
	first_row(&v, out);
	if (!site->mta_ad)
		without_ad(&v, out);
	out->testing = site->site_may && out->row >= ROW_MAY &&
	    f->sts == FACTS_STS_POLICY && f->policy->mode == STS_TESTING;
}
