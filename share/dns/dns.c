/* dns: questions, answers and the resolver interface - see dns.h */
#include "config.h"

#include "share/dns/dns.h"

#include <stdlib.h>
#include <string.h>

void
dns_answer_clear(struct dns_answer *a)
{
	if (a->type == DNS_TLSA && a->u.tlsa != NULL)
		for (size_t i = 0; i < a->n; i++)
			free(a->u.tlsa[i].data);
	if (a->type == DNS_TXT && a->u.txt != NULL)
		for (size_t i = 0; i < a->n; i++)
			free(a->u.txt[i].text);
	/* every list is one allocation, whichever member names it */
	free(a->u.mx);
	free(a->why);
	free(a->canonical);
	memset(a, 0, sizeof(*a));
}

const char *
dns_security_name(enum dns_security s)
{
	switch (s) {
	case DNS_SECURE:
		return "secure";
	case DNS_INSECURE:
		return "insecure";
	case DNS_BOGUS:
		return "bogus";
	case DNS_UNKNOWN:
		break;
	}
	return "unknown";
}

const char *
dns_type_name(enum dns_type t)
{
	switch (t) {
	case DNS_A:
		return "A";
	case DNS_CNAME:
		return "CNAME";
	case DNS_SOA:
		return "SOA";
	case DNS_MX:
		return "MX";
	case DNS_TXT:
		return "TXT";
	case DNS_AAAA:
		return "AAAA";
	case DNS_TLSA:
		return "TLSA";
	}
	return "?";
}
