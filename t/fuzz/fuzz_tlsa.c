/* fuzz_tlsa: the content of a TLSA record: three octets and the data */
#include "config.h"

#include "share/policy/tlsa.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_tlsa t;
	char text[64];
	uint8_t *copy;

	if (size < 3 || size - 3 > UINT16_MAX)
		return 0;
	/* exact in size, so that an overrun is seen */
	copy = malloc(size - 3 > 0 ? size - 3 : 1);
	if (copy == NULL)
		abort();
	memcpy(copy, data + 3, size - 3);
	t = (struct dns_tlsa){ .usage = data[0],
		.selector = data[1],
		.mtype = data[2],
		.len = (uint16_t)(size - 3),
		.data = copy };
	/* RFC 7672 section 3.1: no PKIX usages for SMTP */
	if (tlsa_usable(&t) &&
	    ((t.usage != 2 && t.usage != 3) || t.selector > 1 || t.mtype > 2 ||
		(t.mtype == 1 && t.len != 32) || (t.mtype == 2 && t.len != 64)))
		abort();
	for (size_t n = 16; n <= sizeof(text); n++)
		if (strlen(tlsa_text(text, n, &t)) >= n)
			abort();
	free(copy);
	return 0;
}
