/* tlsa: which TLSA records DANE for SMTP can use - see tlsa.h */
#include "config.h"

#include "share/policy/tlsa.h"
#include "share/tls/x509.h"

#include <stdio.h>

enum { DANE_TA = 2, DANE_EE = 3 };
enum { SELECTOR_CERT = 0, SELECTOR_SPKI = 1 };
enum { MATCH_FULL = 0, MATCH_SHA256 = 1, MATCH_SHA512 = 2 };
#define SHA256_OCTETS 32
#define SHA512_OCTETS 64

bool
tlsa_usable(const struct dns_tlsa *t)
{
	if (t->usage != DANE_TA && t->usage != DANE_EE)
		return false;
	if (t->selector != SELECTOR_CERT && t->selector != SELECTOR_SPKI)
		return false;
	switch (t->mtype) {
	case MATCH_FULL:
		return t->selector == SELECTOR_CERT
		    ? x509_cert_parses(t->data, t->len)
		    : x509_spki_parses(t->data, t->len);
	case MATCH_SHA256:
		return t->len == SHA256_OCTETS;
	case MATCH_SHA512:
		return t->len == SHA512_OCTETS;
	default:
		return false;
	}
}

char *
tlsa_text(char *dst, size_t size, const struct dns_tlsa *t)
{
	int n =
	    snprintf(dst, size, "%u %u %u ", t->usage, t->selector, t->mtype);

	for (size_t i = 0; i < t->len && n >= 0 && (size_t)n + 2 < size; i++)
		n += snprintf(dst + n, size - (size_t)n, "%02X", t->data[i]);
	return dst;
}
