/* Keys of Sendmail's lookups: any octets, two parsers, safe outcomes */
#include "config.h"

#include "share/policy/session.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct session *s)
{
	if (s->queue_id[0] == '\0' || s->domain[0] == '\0')
		abort();
	if (s->mx[0] != '\0' && !hostname_is_normal(s->mx))
		abort();
	if (s->address[0] != '\0' &&
	    !hostname_is_address(s->address, strlen(s->address), NULL))
		abort();
	(void)session_encrypted(s);
	if (session_verify_name(s->verify)[0] == '\0')
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *key = malloc(size + 1);
	struct session s;
	struct err e;

	if (key == NULL)
		return 0;
	memcpy(key, data, size);
	key[size] = '\0';
	if (session_parse_policy(key, &s, &e) == 0)
		check(&s);
	if (session_parse_report(key, &s, &e) == 0)
		check(&s);
	free(key);
	return 0;
}
