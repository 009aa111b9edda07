/*
 * fuzz_netstring: the framing of socketmap requests. What comes in pieces is
 * judged as what comes at once, and what is found is written the same again.
 */
#include "config.h"

#include "share/net/netstring.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MAX 10000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the process unless x. */
static void
must(int x)
{
	if (!x)
		abort();
}

/* A copy of the exact size, so that no octet behind it is looked at. */
static enum netstring_status
look(const char *data, size_t n, size_t *len, size_t *used)
{
	char *copy = malloc(n > 0 ? n : 1);
	const char *str = NULL;
	enum netstring_status status;

	must(copy != NULL);
	memcpy(copy, data, n);
	status = netstring_next(copy, n, MAX, &str, len, used);
	if (status == NETSTRING_WHOLE)
		must(*len <= MAX && *used <= n && str > copy &&
		    str + *len < copy + *used);
	free(copy);
	return status;
}

/* A verdict never changes when more octets come. */
static void
check_prefixes(const char *data, size_t n)
{
	enum netstring_status before = NETSTRING_MORE, now;
	size_t step = n / 64 + 1, len = 0, used = 0;

	for (size_t i = 0; i <= n; i += step) {
		now = look(data, i, &len, &used);
		must(before == NETSTRING_MORE || now == before);
		before = now;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data;
	size_t len = 0, used = 0;
	struct buf b;

	check_prefixes(p, size);
	while (look(p, size, &len, &used) == NETSTRING_WHOLE) {
		buf_init(&b, used);
		netstring_put(&b, p + used - len - 1, len);
		must(!buf_full(&b) && b.len == used &&
		    memcmp(b.data, p, used) == 0);
		buf_clear(&b);
		p += used;
		size -= used;
	}
	return 0;
}
