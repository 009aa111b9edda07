/* fuzz_gz: packed octets; limits hold, what is written comes back */
#include "config.h"

#include "share/rpt/gz.h"

#include <stdlib.h>
#include <string.h>

#define OCTETS 100000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct gz_limits limits = { OCTETS, GZ_RATIO_MAX };
	const char *text = (const char *)data;
	struct gz *z = gz_new();
	struct buf out, packed;

	buf_init(&out, OCTETS);
	buf_init(&packed, 2 * OCTETS + size);
	for (enum gz_format f = GZ_GZIP; f <= GZ_RAW; f++) {
		buf_reset(&out);
		if (gz_inflate(z, f, text, size, &limits, &out) == GZ_GOING ||
		    out.len > OCTETS || gz_used(z) > size)
			abort();
	}
	buf_reset(&out);
	if (size <= 1000) {
		if (gz_write(text, size, &packed, NULL) == -1 ||
		    gz_inflate(z, GZ_GZIP, packed.data, packed.len, &limits,
			&out) != GZ_DONE ||
		    out.len != size ||
		    (size > 0 && memcmp(out.data, text, size) != 0))
			abort();
	}
	buf_clear(&out);
	buf_clear(&packed);
	gz_free(z);
	return 0;
}
