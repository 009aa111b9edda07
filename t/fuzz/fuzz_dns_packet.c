/* fuzz_dns_packet: raw DNS answers; the first octet chooses the type asked */
#include "config.h"

#include "share/dns/dns_packet.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const enum dns_type types[] = { DNS_A, DNS_CNAME, DNS_SOA, DNS_MX,
	DNS_TXT, DNS_AAAA, DNS_TLSA };

/* What every answer promises, whatever came in. */
static void
check(const struct dns_answer *a)
{
	if (a->n > DNS_RECORDS_MAX || a->ncnames > DNS_CNAMES_MAX ||
	    (a->ncnames > 0) != (a->canonical != NULL))
		abort();
	for (size_t i = 0; i < a->n && a->type == DNS_MX; i++) {
		const char *host = a->u.mx[i].host;

		if (strcmp(host, "") != 0 && strcmp(host, "!") != 0 &&
		    !hostname_is_normal(host))
			abort();
	}
	for (size_t i = 0; i < a->n && a->type == DNS_TXT; i++)
		if (a->u.txt[i].len > DNS_TXT_MAX ||
		    a->u.txt[i].text[a->u.txt[i].len] != '\0')
			abort();
	for (size_t i = 0; i < a->n && a->type == DNS_AAAA; i++)
		if (!hostname_is_address(a->u.addr[i], strlen(a->u.addr[i]),
			NULL))
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_answer a;
	struct err e;

	if (size < 1)
		return 0;
	if (dns_packet_decode(data + 1, size - 1, "a.example",
		types[data[0] % (sizeof(types) / sizeof(types[0]))], &a,
		&e) == 0)
		check(&a);
	dns_answer_clear(&a);
	return 0;
}
