/* fuzz_dkim_record: key records, and the keys in them */
#include "config.h"

#include "share/mail/dkim_public.h"
#include "share/mail/dkim_record.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned char sum[DKIM_SHA256_LEN], sig[DKIM_RSA_BITS_MAX];
	struct dkim_record r;
	enum dkim_public_result result;
	int bits;

	if (dkim_record_parse((const char *)data, size, &r, NULL) == -1)
		return 0;
	if (r.key_len > sizeof(r.key) || (r.revoked && r.key_len > 0))
		abort();
	/* a signature of zeros is nobody's */
	for (size_t n = 0; n <= DKIM_RSA_BITS_MAX / 8; n += 64) {
		result = dkim_public_verify(r.algorithm, r.key, r.key_len, sum,
		    sig, n, &bits);
		if (result == DKIM_PUBLIC_GOOD || bits < 0)
			abort();
	}
	return 0;
}
