/* fuzz_tlsrpt_record: TXT records; what is usable can be used as it is */
#include "config.h"

#include "share/rpt/tlsrpt_record.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct tlsrpt_uri *u)
{
	char text[ADDRESS_SIZE];
	struct address a;

	if (u->scheme == TLSRPT_HTTPS) {
		for (const char *p = u->url; *p != '\0'; p++)
			if (*p <= ' ' || *p > '~')
				abort();
		return;
	}
	(void)address_format(&u->address, text);
	if (address_parse(text, strlen(text), &a, NULL) == -1)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tlsrpt_record r;
	enum tlsrpt_result result =
	    tlsrpt_record_parse((const char *)data, size, &r);

	if ((result == TLSRPT_OK) != (r.n > 0) || r.n > TLSRPT_URIS_MAX)
		abort();
	for (size_t i = 0; i < r.n; i++)
		check(&r.uri[i]);
	tlsrpt_record_clear(&r);
	return 0;
}
