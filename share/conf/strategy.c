/* strategy: what the administrator asks of TLS - see strategy.h */
#include "config.h"

#include "share/conf/strategy.h"

const char *
strategy_want_name(enum strategy_want want)
{
	static const char *const names[] = { "optional", "require", "disable" };

	return names[want];
}

/* disable < optional < require */
static int
level(enum strategy_want want)
{
	return want == STRATEGY_REQUIRE ? 2 : want == STRATEGY_OPTIONAL;
}

bool
strategy_demands_more(const struct strategy *a, const struct strategy *b)
{
	if (a->dane == STRATEGY_REQUIRE && b->dane != STRATEGY_REQUIRE)
		return true;
	if (a->mta_sts == STRATEGY_REQUIRE && b->mta_sts != STRATEGY_REQUIRE)
		return true;
	if (level(a->starttls) > level(b->starttls))
		return true;
	return b->allow_invalid_certs && !a->allow_invalid_certs;
}
