/* fuzz_bounce: bounces as strangers write them - reportgen/bounce.h */
#include "config.h"

#include "reportgen/bounce.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bounce b;
	struct address a;

	bounce_read((const char *)data, size, &b);
	if (b.n > BOUNCE_ADDRESSES_MAX)
		abort();
	for (size_t i = 0; i < b.n; i++)
		if (address_parse(b.address[i], strlen(b.address[i]), &a,
			NULL) == -1)
			abort();
	return 0;
}
