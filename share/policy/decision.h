/*
 * decision: what TLS a delivery needs, and who says so.
 *
 * The outcome of facts and strategy (share/policy/decide.h), independent of
 * any MTA's words for it. Thread safety: plain data.
 * Tests: t/policy (scenarios), t/unit/decide.c
 */
#ifndef DECISION_H
#define DECISION_H

#include <stdbool.h>
#include <stdint.h>

/* In the order of strength where one can be given. */
enum decision_level {
	LEVEL_NOTFOUND,  /* nothing demanded: the site's own default */
	LEVEL_NONE,      /* no TLS */
	LEVEL_MAY,       /* TLS where offered */
	LEVEL_ENCRYPT,   /* TLS, any certificate */
	LEVEL_DANE,      /* DANE per host that has TLSA */
	LEVEL_VERIFY,    /* certificate of the MX host's name */
	LEVEL_SECURE,    /* MTA-STS: certificate and MX patterns */
	LEVEL_DANE_ONLY, /* DANE, hosts without TLSA are skipped */
	LEVEL_TEMP,      /* not now: held back */
	LEVELS           /* how many there are */
};

enum decision_source {
	SOURCE_NONE,
	SOURCE_DANE,
	SOURCE_MTA_STS,
	SOURCE_STRATEGY,
	SOURCES
};

/* How a strategy's "require" stands. */
enum decision_require {
	REQUIRE_MET,    /* or nothing is required */
	REQUIRE_UNMET,  /* proven: refusing is allowed */
	REQUIRE_UNKNOWN /* cannot know: hold back, never refuse */
};

#define DECISION_WHY_SIZE 256

/* Small: one is kept for every next hop that is cached. */
struct decision {
	enum decision_level level : 4;
	enum decision_source source : 4;
	enum decision_require require : 4;
	enum decision_level override : 4; /* see overridden */
	unsigned row : 4;    /* of the table in the manual; 0: none fitted */
	bool testing : 1;    /* book sessions under the testing policy */
	bool no_ad : 1;      /* DANE replaced: the resolver gives no AD */
	bool failure : 1;    /* rests on something that could not be known */
	bool overridden : 1; /* an operator's override is in force instead */
	const char *why;     /* for people; of TEMP and refusals; else "" */
};

/* What is demanded in the end: of the override, else of the decision. */
enum decision_level decision_in_force(const struct decision *d);

/* "dane-only", "notfound", ... as in JSON and logs. */
const char *decision_level_name(enum decision_level level);

/* "none", "dane", "mta-sts", "strategy". */
const char *decision_source_name(enum decision_source source);

#endif
