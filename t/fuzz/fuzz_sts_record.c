/* fuzz_sts_record: TXT records at _mta-sts, one per line of the input */
#include "config.h"

#include "share/policy/sts_record.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define RECORDS 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* RFC 8461 section 3.1: sts-id = 1*32(ALPHA / DIGIT) */
static void
check(enum sts_record_result result, const char *id)
{
	size_t n = strlen(id);

	if (result != STS_RECORD_OK) {
		if (result != STS_RECORD_NONE && result != STS_RECORD_MALFORMED)
			abort();
		return;
	}
	if (n < 1 || n > STS_ID_MAX)
		abort();
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)id[i]))
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_txt txt[RECORDS];
	struct dns_answer a;
	char id[STS_ID_SIZE];

	check(sts_record_parse((const char *)data, size, id), id);

	memset(&a, 0, sizeof(a));
	a.type = DNS_TXT;
	a.u.txt = txt;
	while (a.n < RECORDS) {
		const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
		size_t len = end != NULL ? (size_t)(end - data) : size;
		/* a copy exact in size, so that an overrun is seen */
		char *copy = malloc(len + 1);

		if (copy == NULL)
			abort();
		if (len > 0)
			memcpy(copy, data, len);
		copy[len] = '\0';
		txt[a.n++] = (struct dns_txt){ .text = copy, .len = len };
		if (end == NULL)
			break;
		data = end + 1;
		size -= len + 1;
	}
	check(sts_record_choose(&a, id), id);
	for (size_t i = 0; i < a.n; i++)
		free(txt[i].text);
	return 0;
}
