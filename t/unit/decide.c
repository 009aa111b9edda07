/*
 * decide: every combination of facts, strategy and site. What must hold of
 * all of them is checked for each, and the row against a second reading of
 * the table in tlsherald.toml(5).
 */
#include "config.h"

#include "share/base/xmem.h"
#include "share/policy/decide.h"
#include "t/unit/tap.h"

#include <stdlib.h>

#define HOSTS_MAX 3

/* What can be known of an MX host. */
static const struct facts_host host_states[] = {
	{ .addr = FACTS_ADDR_NONE },
	{ .addr = FACTS_ADDR_UNKNOWN },
	{ .addr = FACTS_ADDR_UNKNOWN, .zone_insecure = true },
	{ .addr = FACTS_ADDR_HAVE, .tlsa = FACTS_TLSA_NOT_ASKED },
	{ .addr = FACTS_ADDR_HAVE, .tlsa = FACTS_TLSA_UNKNOWN },
	{ .addr = FACTS_ADDR_HAVE, .tlsa = FACTS_TLSA_NONE },
	{ .addr = FACTS_ADDR_HAVE, .tlsa = FACTS_TLSA_UNUSABLE },
	{ .addr = FACTS_ADDR_HAVE, .tlsa = FACTS_TLSA_USABLE },
};
#define HOST_STATES ((int)(sizeof(host_states) / sizeof(host_states[0])))
enum {
	NO_ADDRESS,
	FAILING,
	FAILING_UNSIGNED,
	UNSIGNED,
	TLSA_FAILING,
	NO_TLSA,
	UNUSABLE,
	USABLE
};

/* What can be known of the MX records. */
static const struct {
	enum facts_mx mx;
	enum dns_security security;
	bool zone_insecure;
} mx_states[] = {
	{ FACTS_MX_NOT_ASKED, DNS_UNKNOWN, false },
	{ FACTS_MX_UNKNOWN, DNS_UNKNOWN, false },
	{ FACTS_MX_UNKNOWN, DNS_UNKNOWN, true },
	{ FACTS_MX_UNKNOWN, DNS_BOGUS, false },
	{ FACTS_MX_NULL, DNS_SECURE, false },
	{ FACTS_MX_NULL, DNS_INSECURE, false },
	{ FACTS_MX_NXDOMAIN, DNS_INSECURE, false },
	{ FACTS_MX_HOSTS, DNS_SECURE, false },
	{ FACTS_MX_HOSTS, DNS_INSECURE, false },
};
#define MX_STATES (sizeof(mx_states) / sizeof(mx_states[0]))

/* What can be known of MTA-STS. */
static const struct {
	enum facts_sts sts;
	enum sts_mode mode;
} sts_states[] = {
	{ FACTS_STS_DISABLED, STS_NONE },
	{ FACTS_STS_UNKNOWN, STS_NONE },
	{ FACTS_STS_ABSENT, STS_NONE },
	{ FACTS_STS_MALFORMED, STS_NONE },
	{ FACTS_STS_PENDING, STS_NONE },
	{ FACTS_STS_FAILED, STS_NONE },
	{ FACTS_STS_POLICY, STS_ENFORCE },
	{ FACTS_STS_POLICY, STS_TESTING },
	{ FACTS_STS_POLICY, STS_NONE },
};
#define STS_STATES (sizeof(sts_states) / sizeof(sts_states[0]))

/* One combination, with everything that facts point to. */
struct combination {
	struct facts f;
	struct facts_host hosts[HOSTS_MAX];
	int state[HOSTS_MAX]; /* of each host, index into host_states */
	enum sts_mode mode;   /* of the policy, where there is one */
	struct strategy s;
	struct decide_site site;
	struct decision d;
	char why[DECISION_WHY_SIZE]; /* d points here */
};

/* Every rule that is checked, and how often it was broken. */
enum rule {
	NO_HOST_IS_NOTFOUND,
	ROW_IS_RIGHT,
	LEVEL_FITS_ROW,
	DANE_REQUIRED_IS_KEPT,
	STS_REQUIRED_IS_KEPT,
	ENFORCE_IS_KEPT,
	STARTTLS_REQUIRED_IS_KEPT,
	INVALID_CERTS_CHANGE_ROW_5_ALONE,
	UNMET_IS_PROVEN,
	NOT_MET_IS_TEMP,
	NO_AD_NO_DANE,
	AD_CHANGES_NOTHING_ELSE,
	TESTING_IN_ROW_9_AND_10,
	UNKNOWN_IS_ASKED_AGAIN,
	TEMP_SAYS_WHY,
	RULES
};

static const char *const rule_names[RULES] = {
	[NO_HOST_IS_NOTFOUND] = "nobody to deliver to: NOTFOUND",
	[ROW_IS_RIGHT] = "the first row that fits",
	[LEVEL_FITS_ROW] = "the level of that row",
	[DANE_REQUIRED_IS_KEPT] = "dane = require: dane-only or held back",
	[STS_REQUIRED_IS_KEPT] =
	    "mta-sts = require: secure, more, or held back",
	[ENFORCE_IS_KEPT] = "an enforce policy is never weakened",
	[STARTTLS_REQUIRED_IS_KEPT] = "starttls = require: encrypt at least",
	[INVALID_CERTS_CHANGE_ROW_5_ALONE] =
	    "allow-invalid-certs changes row 5 alone",
	[UNMET_IS_PROVEN] = "what is refused stays so, whatever is found out",
	[NOT_MET_IS_TEMP] = "what is required and not met is held back",
	[NO_AD_NO_DANE] = "without AD no level of DANE",
	[AD_CHANGES_NOTHING_ELSE] = "AD changes levels of DANE alone",
	[TESTING_IN_ROW_9_AND_10] = "testing in rows 9 and 10 alone",
	[UNKNOWN_IS_ASKED_AGAIN] = "what rests on a failure says so",
	[TEMP_SAYS_WHY] = "what is held back says why",
};

static unsigned long broken[RULES], seen;
static struct sts_policy *policies[STS_NONE + 1]; /* by mode */

static void
decide_it(struct combination *c)
{
	decide(&c->f, &c->s, &c->site, &c->d, c->why);
}

static bool
same(const struct combination *a, const struct combination *b)
{
	const struct decision *x = &a->d, *y = &b->d;

	return x->level == y->level && x->source == y->source &&
	    x->row == y->row && x->require == y->require &&
	    x->testing == y->testing && x->no_ad == y->no_ad &&
	    x->failure == y->failure && strcmp(a->why, b->why) == 0;
}

static void
break_rule(const struct combination *c, enum rule r)
{
	if (++broken[r] > 3)
		return;
	diag("%s: kind %d mx %d/%d/%d hosts %zu: %d %d %d; sts %d mode %d; "
	     "%s dane %d sts %d starttls %d set %d lax %d; ad %d may %d "
	     "-> %s row %d require %d",
	    rule_names[r], c->f.nexthop.kind, c->f.mx, c->f.mx_security,
	    c->f.mx_zone_insecure, c->f.nhosts, c->state[0], c->state[1],
	    c->state[2], c->f.sts, c->mode, c->s.id, c->s.dane, c->s.mta_sts,
	    c->s.starttls, c->s.starttls_set, c->s.allow_invalid_certs,
	    c->site.mta_ad, c->site.site_may, decision_level_name(c->d.level),
	    c->d.row, c->d.require);
}

static void
check(const struct combination *c, enum rule r, bool holds)
{
	if (!holds)
		break_rule(c, r);
}

/* ---- the table, read once more ---- */

static int
with_state(const struct combination *c, int state)
{
	int n = 0;

	for (size_t i = 0; i < c->f.nhosts; i++)
		n += c->state[i] == state;
	return n;
}

static bool
nobody(const struct combination *c)
{
	return c->f.mx == FACTS_MX_NULL || c->f.mx == FACTS_MX_NXDOMAIN ||
	    (c->f.mx == FACTS_MX_HOSTS &&
		with_state(c, NO_ADDRESS) == (int)c->f.nhosts);
}

static bool
enforce(const struct combination *c)
{
	return c->f.sts == FACTS_STS_POLICY && c->mode == STS_ENFORCE;
}

static int
usable(const struct combination *c)
{
	return with_state(c, USABLE);
}

static int
failing(const struct combination *c)
{
	return with_state(c, FAILING) + with_state(c, TLSA_FAILING);
}

/* Rows 1 to 3, which need more than one host's word; 0: none of them. */
static int
first_rows(const struct combination *c)
{
	int hosts = (int)c->f.nhosts - with_state(c, NO_ADDRESS);

	if (c->f.mx != FACTS_MX_HOSTS)
		return c->f.mx == FACTS_MX_UNKNOWN && !c->f.mx_zone_insecure;
	if (failing(c) == hosts)
		return 1;
	if (c->f.mx_security != DNS_SECURE)
		return 0;
	if (usable(c) + failing(c) == hosts)
		return 2;
	return usable(c) > 0 &&
		(c->s.dane == STRATEGY_REQUIRE ||
		    c->s.starttls == STRATEGY_REQUIRE || enforce(c))
	    ? 3
	    : 0;
}

/* Rows 1 to 7 in the words of the manual; 0: none of them. */
static int
upper_row(const struct combination *c)
{
	int row = first_rows(c);

	if (row != 0)
		return row;
	if (enforce(c))
		return 4;
	if (c->s.starttls == STRATEGY_REQUIRE)
		return 5;
	if (c->f.mx != FACTS_MX_HOSTS)
		return 0;
	if (usable(c) + failing(c) > 0)
		return 6;
	return with_state(c, UNUSABLE) > 0 ? 7 : 0;
}

static int
lower_row(const struct combination *c)
{
	bool is_default = strcmp(c->s.id, "default") == 0;

	if (c->f.nexthop.kind == NEXTHOP_ADDRESS &&
	    c->s.starttls == STRATEGY_REQUIRE)
		return 5;
	if (c->f.nexthop.kind == NEXTHOP_ADDRESS && is_default)
		return 10;
	if (c->s.starttls == STRATEGY_DISABLE)
		return 8;
	if (c->s.dane == STRATEGY_DISABLE || c->s.mta_sts == STRATEGY_DISABLE)
		return 9;
	return !is_default && c->s.starttls_set ? 9 : 10;
}

static int
expected_row(const struct combination *c)
{
	int row = 0;

	/* without AD the row stands beside what became of it */
	if (nobody(c) || (c->d.require != REQUIRE_MET && !c->d.no_ad))
		return 0;
	if (c->f.nexthop.kind != NEXTHOP_ADDRESS)
		row = upper_row(c);
	return row != 0 ? row : lower_row(c);
}

/* The level of a row where the MTA's resolver gives AD. */
static enum decision_level
level_of(const struct combination *c, int row)
{
	static const enum decision_level levels[] = { LEVEL_NOTFOUND,
		LEVEL_TEMP, LEVEL_DANE_ONLY, LEVEL_DANE_ONLY, LEVEL_SECURE,
		LEVEL_VERIFY, LEVEL_DANE, LEVEL_DANE, LEVEL_NONE, LEVEL_MAY,
		LEVEL_NOTFOUND };

	if (row == 0)
		return nobody(c) ? LEVEL_NOTFOUND : LEVEL_TEMP;
	if (row == 5 &&
	    (c->s.allow_invalid_certs || c->f.nexthop.kind == NEXTHOP_ADDRESS))
		return LEVEL_ENCRYPT;
	return levels[row];
}

/* ---- what must hold ---- */

static void
check_kept(const struct combination *c)
{
	enum decision_level l = c->d.level;
	bool strong = l == LEVEL_TEMP || l == LEVEL_DANE_ONLY;

	if (nobody(c))
		return;
	if (c->s.dane == STRATEGY_REQUIRE)
		check(c, DANE_REQUIRED_IS_KEPT, strong);
	if (c->s.mta_sts == STRATEGY_REQUIRE)
		check(c, STS_REQUIRED_IS_KEPT, strong || l == LEVEL_SECURE);
	if (enforce(c))
		check(c, ENFORCE_IS_KEPT, strong || l == LEVEL_SECURE);
	if (c->s.starttls == STRATEGY_REQUIRE)
		check(c, STARTTLS_REQUIRED_IS_KEPT,
		    strong || l == LEVEL_SECURE || l == LEVEL_VERIFY ||
			l == LEVEL_ENCRYPT);
}

static void
check_row(const struct combination *c)
{
	int row = expected_row(c);

	check(c, NO_HOST_IS_NOTFOUND,
	    !nobody(c) ||
		(c->d.level == LEVEL_NOTFOUND && c->d.require == REQUIRE_MET));
	check(c, ROW_IS_RIGHT, c->d.row == row);
	if (c->site.mta_ad)
		check(c, LEVEL_FITS_ROW, c->d.level == level_of(c, row));
	check(c, TESTING_IN_ROW_9_AND_10,
	    c->d.testing ==
		(row >= 9 && c->site.site_may && c->f.sts == FACTS_STS_POLICY &&
		    c->mode == STS_TESTING));
	check(c, TEMP_SAYS_WHY,
	    c->d.level != LEVEL_TEMP || c->d.why[0] != '\0');
}

static void
check_require(const struct combination *c)
{
	bool required =
	    c->s.dane == STRATEGY_REQUIRE || c->s.mta_sts == STRATEGY_REQUIRE;

	if (c->d.require != REQUIRE_MET)
		check(c, NOT_MET_IS_TEMP, required && c->d.level == LEVEL_TEMP);
	if (c->s.mta_sts == STRATEGY_REQUIRE && !nobody(c) && !enforce(c))
		check(c, NOT_MET_IS_TEMP, c->d.require != REQUIRE_MET);
}

static void
check_failure(const struct combination *c)
{
	bool unknown = c->f.mx == FACTS_MX_UNKNOWN ||
	    c->f.sts == FACTS_STS_UNKNOWN || c->f.sts == FACTS_STS_PENDING ||
	    c->f.sts == FACTS_STS_FAILED || with_state(c, FAILING) > 0 ||
	    with_state(c, TLSA_FAILING) > 0;

	check(c, UNKNOWN_IS_ASKED_AGAIN, !unknown || c->d.failure);
	check(c, UNKNOWN_IS_ASKED_AGAIN,
	    c->d.require != REQUIRE_UNKNOWN || c->d.failure || c->d.no_ad);
}

static void
check_without_ad(struct combination *c)
{
	struct combination other = *c;

	if (!c->site.mta_ad)
		return;
	other.f.hosts = other.hosts;
	other.site.mta_ad = false;
	decide_it(&other);
	check(&other, NO_AD_NO_DANE,
	    other.d.level != LEVEL_DANE && other.d.level != LEVEL_DANE_ONLY);
	check_kept(&other);
	check_row(&other);
	if (c->d.level != LEVEL_DANE && c->d.level != LEVEL_DANE_ONLY)
		check(&other, AD_CHANGES_NOTHING_ELSE, same(c, &other));
	else if (enforce(c) && c->s.dane != STRATEGY_REQUIRE)
		check(&other, NO_AD_NO_DANE, other.d.level == LEVEL_SECURE);
	else
		check(&other, NO_AD_NO_DANE,
		    other.d.level ==
			(c->s.dane == STRATEGY_REQUIRE ? LEVEL_TEMP
						       : LEVEL_ENCRYPT));
}

static void
check_invalid_certs(const struct combination *c)
{
	struct combination other = *c;

	if (c->s.allow_invalid_certs)
		return;
	other.f.hosts = other.hosts;
	other.s.allow_invalid_certs = true;
	decide_it(&other);
	if (c->d.row == 5)
		check(&other, INVALID_CERTS_CHANGE_ROW_5_ALONE,
		    other.d.row == 5 && other.d.level == LEVEL_ENCRYPT);
	else
		check(&other, INVALID_CERTS_CHANGE_ROW_5_ALONE,
		    same(c, &other));
}

/* ---- a refusal rests on proof ---- */

static void
set_host(struct combination *c, size_t i, int state)
{
	c->hosts[i] = host_states[state];
	c->state[i] = state;
}

static void
still_unmet(struct combination *c)
{
	decide_it(c);
	check(c, UNMET_IS_PROVEN, nobody(c) || c->d.require == REQUIRE_UNMET);
}

/* Each host that failed may turn out to be anything that it can be. */
static void
reveal_hosts(struct combination *c)
{
	for (size_t i = 0; i < c->f.nhosts; i++) {
		int was = c->state[i];

		for (int s = 0; s < HOST_STATES; s++) {
			if (was == FAILING || (was == TLSA_FAILING && s > 4) ||
			    (was == FAILING_UNSIGNED &&
				(s == NO_ADDRESS || s == UNSIGNED))) {
				set_host(c, i, s);
				still_unmet(c);
			}
		}
		set_host(c, i, was);
	}
}

/* MX records that could not be had may be signed, of a host with TLSA. */
static void
reveal_mx(struct combination *c)
{
	if (c->f.mx != FACTS_MX_UNKNOWN)
		return;
	c->f.mx = FACTS_MX_HOSTS;
	c->f.mx_security = DNS_SECURE;
	c->f.nhosts = 1;
	set_host(c, 0, USABLE);
	still_unmet(c);
}

/* A policy that could not be had may be one to enforce. */
static void
reveal_policy(struct combination *c)
{
	if (c->f.sts != FACTS_STS_UNKNOWN && c->f.sts != FACTS_STS_PENDING &&
	    c->f.sts != FACTS_STS_FAILED)
		return;
	c->f.sts = FACTS_STS_POLICY;
	c->mode = STS_ENFORCE;
	c->f.policy = policies[STS_ENFORCE];
	still_unmet(c);
}

static void
check_proof(const struct combination *c)
{
	struct combination other = *c;

	if (c->d.require != REQUIRE_UNMET)
		return;
	other.f.hosts = other.hosts;
	reveal_hosts(&other);
	reveal_mx(&other);
	reveal_policy(&other);
}

/* ---- all combinations ---- */

static void
check_all(struct combination *c)
{
	seen++;
	decide_it(c);
	check_row(c);
	check_kept(c);
	check_require(c);
	check_failure(c);
	check_without_ad(c);
	check_invalid_certs(c);
	check_proof(c);
}

static void
each_site(struct combination *c)
{
	for (int i = 0; i < 4; i++) {
		c->site.mta_ad = i % 2 != 0;
		c->site.site_may = i / 2 != 0;
		check_all(c);
	}
}

static void
each_sts(struct combination *c)
{
	bool address = c->f.nexthop.kind == NEXTHOP_ADDRESS;

	for (size_t i = 0; i < STS_STATES; i++) {
		bool none = sts_states[i].sts == FACTS_STS_DISABLED;

		if ((c->s.mta_sts == STRATEGY_DISABLE || address) != none)
			continue;
		c->f.sts = sts_states[i].sts;
		c->mode = sts_states[i].mode;
		c->f.policy =
		    c->f.sts == FACTS_STS_POLICY ? policies[c->mode] : NULL;
		each_site(c);
	}
}

/* Every choice of up to HOSTS_MAX hosts, in any order of states. */
static void
each_host(struct combination *c, int from)
{
	each_sts(c);
	if (c->f.nhosts == HOSTS_MAX)
		return;
	for (int s = from; s < HOST_STATES; s++) {
		set_host(c, c->f.nhosts++, s);
		each_host(c, s);
		c->f.nhosts--;
	}
}

static void
each_mx(struct combination *c)
{
	bool address = c->f.nexthop.kind == NEXTHOP_ADDRESS;

	for (size_t i = 0; i < MX_STATES; i++) {
		bool none = mx_states[i].mx == FACTS_MX_NOT_ASKED;

		if ((c->s.dane == STRATEGY_DISABLE || address) != none)
			continue;
		c->f.mx = mx_states[i].mx;
		c->f.mx_security = mx_states[i].security;
		c->f.mx_zone_insecure = mx_states[i].zone_insecure;
		if (c->f.mx == FACTS_MX_HOSTS)
			each_host(c, 0);
		else
			each_sts(c);
	}
}

/* The settings from the digits of a number; false: no config has them. */
static bool
set_strategy(struct combination *c, int n)
{
	static char *const ids[] = { (char *)"default", (char *)"other" };

	c->s.dane = (enum strategy_want)(n % 3);
	c->s.mta_sts = (enum strategy_want)(n / 3 % 3);
	c->s.starttls = (enum strategy_want)(n / 9 % 3);
	c->s.starttls_set = n / 27 % 2 != 0;
	c->s.allow_invalid_certs = n / 54 % 2 != 0;
	c->s.id = ids[n / 108];
	if (c->s.starttls == STRATEGY_DISABLE &&
	    (c->s.dane != STRATEGY_DISABLE || c->s.mta_sts != STRATEGY_DISABLE))
		return false;
	return c->s.starttls == STRATEGY_OPTIONAL || c->s.starttls_set;
}

static void
make_policies(void)
{
	for (enum sts_mode m = STS_ENFORCE; m <= STS_NONE; m++) {
		char *body = xasprintf("version: STSv1\nmode: %s\n"
				       "max_age: 1\nmx: mx.a.test\n",
		    sts_mode_name(m));

		policies[m] = sts_policy_parse(body, strlen(body), NULL);
		if (policies[m] == NULL)
			abort();
		free(body);
	}
}

int
main(void)
{
	static struct combination c;

	make_policies();
	c.f.hosts = c.hosts;
	for (enum nexthop_kind k = NEXTHOP_DOMAIN; k <= NEXTHOP_ADDRESS; k++)
		for (int n = 0; n < 216; n++) {
			c.f.nexthop.kind = k;
			if (set_strategy(&c, n))
				each_mx(&c);
		}
	ok(seen > 500000, "%lu combinations", seen);
	for (int r = 0; r < RULES; r++)
		is_int(broken[r], 0, "%s", rule_names[r]);
	for (enum sts_mode m = STS_ENFORCE; m <= STS_NONE; m++)
		sts_policy_unref(policies[m]);
	return done_testing();
}
