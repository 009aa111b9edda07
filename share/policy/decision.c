/* decision: what TLS a delivery needs, and who says so - see decision.h */
#include "config.h"

#include "share/policy/decision.h"

enum decision_level
decision_in_force(const struct decision *d)
{
	return d->overridden ? d->override : d->level;
}

const char *
decision_level_name(enum decision_level level)
{
	static const char *const names[LEVELS] = {
		[LEVEL_NOTFOUND] = "notfound",
		[LEVEL_NONE] = "none",
		[LEVEL_MAY] = "may",
		[LEVEL_ENCRYPT] = "encrypt",
		[LEVEL_DANE] = "dane",
		[LEVEL_VERIFY] = "verify",
		[LEVEL_SECURE] = "secure",
		[LEVEL_DANE_ONLY] = "dane-only",
		[LEVEL_TEMP] = "temp",
	};

	return names[level];
}

const char *
decision_source_name(enum decision_source source)
{
	static const char *const names[SOURCES] = {
		[SOURCE_NONE] = "none",
		[SOURCE_DANE] = "dane",
		[SOURCE_MTA_STS] = "mta-sts",
		[SOURCE_STRATEGY] = "strategy",
	};

	return names[source];
}
