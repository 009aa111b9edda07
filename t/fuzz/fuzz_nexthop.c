/* fuzz_nexthop: keys of policy lookups; the canonical key means the same */
#include "config.h"

#include "share/policy/nexthop.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct nexthop *n)
{
	struct nexthop again;

	if (n->port == 0 || strlen(n->key) < strlen(n->name))
		abort();
	switch (n->kind) {
	case NEXTHOP_ADDRESS:
		if (!hostname_is_address(n->name, strlen(n->name), NULL))
			abort();
		break;
	case NEXTHOP_DOMAIN:
	case NEXTHOP_HOST:
		if (!hostname_is_normal(n->name))
			abort();
		break;
	case NEXTHOP_NONE:
	default:
		abort();
	}
	if (!nexthop_parse(n->key, &again) || again.kind != n->kind ||
	    again.port != n->port || strcmp(again.name, n->name) != 0 ||
	    strcmp(again.key, n->key) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nexthop n;
	char *key = malloc(size + 1);

	if (key == NULL)
		abort();
	if (size > 0)
		memcpy(key, data, size);
	key[size] = '\0';
	if (nexthop_parse(key, &n))
		check(&n);
	else if (n.kind != NEXTHOP_NONE || n.name[0] != '\0')
		abort();
	free(key);
	return 0;
}
