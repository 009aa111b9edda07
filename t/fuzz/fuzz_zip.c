/* fuzz_zip: a zip file; names lie within it, no file is beyond the limits */
#include "config.h"

#include "share/rpt/zip.h"

#include <stdlib.h>
#include <string.h>

#define OCTETS 100000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct gz_limits limits = { OCTETS, GZ_RATIO_MAX };
	char *copy = malloc(size > 0 ? size : 1);
	struct defects d;
	struct zip z;
	const char *name, *piece;
	size_t len, got;
	unsigned files = 0;

	if (copy == NULL)
		abort();
	memcpy(copy, data, size);
	defects_init(&d);
	zip_init(&z);
	zip_begin(&z, copy, size, &limits, &d);
	while (zip_next(&z, &name, &len)) {
		size_t total = 0;

		if (name < copy || len > size ||
		    (size_t)(name - copy) > size - len ||
		    ++files > ZIP_FILES_MAX)
			abort();
		while ((got = zip_more(&z, &piece)) > 0)
			if ((total += got) > OCTETS)
				abort();
	}
	zip_clear(&z);
	free(copy);
	return 0;
}
