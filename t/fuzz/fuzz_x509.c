/* fuzz_x509: certificates and keys of TLSA records, PEM of policy hosts */
#include "config.h"

#include "share/tls/x509.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* one DER value cannot be both */
	if (x509_cert_parses(data, size) && x509_spki_parses(data, size))
		abort();
	(void)x509_pem_has_dns_san((const char *)data, size);
	return 0;
}
