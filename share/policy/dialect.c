/* dialect: a map name of the socketmap protocol - see dialect.h */
#include "config.h"

#include "share/policy/dialect.h"
#include "share/policy/dialect_json.h"
#include "share/policy/dialect_postfix.h"
#include "share/policy/dialect_sts.h"
#include "share/policy/dialect_tlspol.h"
#include "share/policy/dialect_tlsrep.h"

#include <string.h>

static const struct dialect *const dialects[DIALECTS] = {
	[DIALECT_POSTFIX] = &dialect_postfix,
	[DIALECT_POSTFIX_TLSRPT] = &dialect_postfix_tlsrpt,
	[DIALECT_JSON] = &dialect_json,
	[DIALECT_STS] = &dialect_sts,
	[DIALECT_TLSPOL] = &dialect_tlspol,
	[DIALECT_TLSREP] = &dialect_tlsrep,
};

/* The map names of another policy server, so that its users change a port. */
static const struct {
	const char *name;
	enum dialect_id id;
} aliases[] = {
	{ "QUERY", DIALECT_POSTFIX },
	{ "QUERYwithTLSRPT", DIALECT_POSTFIX_TLSRPT },
};

const struct dialect *
dialect_get(enum dialect_id id)
{
	return dialects[id];
}

const struct dialect *
dialect_find(const char *map, const char **strategy)
{
	size_t n = strcspn(map, "/");

	*strategy = NULL;
	for (size_t i = 0; i < DIALECTS; i++) {
		if (strlen(dialects[i]->name) != n ||
		    strncmp(map, dialects[i]->name, n) != 0)
			continue;
		/* Sendmail's keys lead to the strategy */
		if (map[n] == '/' && i >= DIALECTS_KEPT)
			return NULL;
		*strategy = map[n] == '/' ? map + n + 1 : NULL;
		return dialects[i];
	}
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (strcmp(map, aliases[i].name) == 0)
			return dialects[aliases[i].id];
	return NULL;
}
