/* fuzz_address: addresses, alone and in the value of a header field */
#include "config.h"

#include "share/mail/address.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read is of its form, and comes back when it was written. */
static void
check(const struct address *a)
{
	char text[ADDRESS_SIZE];
	struct address again;

	if (a->local[0] == '\0' || !hostname_is_normal(a->domain))
		abort();
	for (const char *p = a->local; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			abort();
	address_format(a, text);
	if (address_parse(text, strlen(text), &again, NULL) == -1 ||
	    strcmp(again.local, a->local) != 0 ||
	    strcmp(again.domain, a->domain) != 0)
		abort();
	/* the first mailbox of a list that begins with it is itself */
	if (address_parse_mailbox(text, strlen(text), &again, NULL) == -1 ||
	    strcmp(again.local, a->local) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct address a;
	struct err e;

	if (address_parse((const char *)data, size, &a, &e) == 0)
		check(&a);
	if (address_parse_mailbox((const char *)data, size, &a, &e) == 0)
		check(&a);
	return 0;
}
