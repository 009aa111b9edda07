/* ub_answer: what libunbound says, as an answer of dns.h - see ub_answer.h */
#include "config.h"

#include "share/base/xmem.h"
#include "share/dns/dns_packet.h"
#include "share/dns/ub_answer.h"

#include <string.h>

enum { UB_INSECURE = 0, UB_BOGUS = 1, UB_SECURE = 2 };

#define HEADER_LEN 12

static const char *
rcode_name(int rcode)
{
	switch (rcode) {
	case 1:
		return "FORMERR";
	case 2:
		return "SERVFAIL";
	case 4:
		return "NOTIMP";
	case 5:
		return "REFUSED";
	default:
		return "failure";
	}
}

/* RFC 1035 section 4.1.1: the low half of octet 3. */
static int
rcode_of(const struct ub_answer *u)
{
	const unsigned char *w = u->packet;

	if (u->rcode != 0 || w == NULL || u->len < HEADER_LEN)
		return u->rcode != 0 ? u->rcode : DNS_SERVFAIL;
	return w[3] & 0x0f;
}

static void
set_unknown(struct dns_answer *a, enum dns_type type, const char *why)
{
	memset(a, 0, sizeof(*a));
	a->type = type;
	a->security = DNS_UNKNOWN;
	a->why = xstrdup(why);
}

void
ub_answer_read(const struct ub_answer *u, const char *name, enum dns_type type,
    struct dns_answer *a)
{
	int rcode = rcode_of(u);
	struct err e = { 0 };

	if (u->secure == UB_BOGUS) {
		set_unknown(a, type,
		    u->why_bogus != NULL ? u->why_bogus : "validation failed");
		a->security = DNS_BOGUS;
		a->rcode = rcode;
		return;
	}
	if (rcode != DNS_NOERROR && rcode != DNS_NXDOMAIN) {
		set_unknown(a, type, rcode_name(rcode));
		return;
	}
	if (dns_packet_decode(u->packet, (size_t)u->len, name, type, a, &e) ==
	    -1) {
		set_unknown(a, type, e.text);
		return;
	}
	a->security = u->secure == UB_SECURE ? DNS_SECURE : DNS_INSECURE;
}
