/* fuzz_reading: a mail or a bare file, through everything up to the store */
#include "config.h"

#include "analyzer/convert.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	struct convert convert;
	struct own_domains own;
	unsigned reports;
};

static bool
take(void *arg, const struct reading_report *report)
{
	struct seen *seen = arg;
	const struct analysis_report *r = &seen->convert.out;

	if (report->verdict == REPORT_REJECTED ||
	    ++seen->reports > READING_REPORTS_MAX)
		abort();
	(void)convert_report(&seen->convert, report, &seen->own, 1800000000);
	if (r->report_id == NULL || *r->report_id == '\0' || r->success < 0 ||
	    r->failure < 0 || r->npolicies > REPORT_POLICIES_MAX)
		abort();
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size > 0 ? size : 1);
	struct seen seen = { .own = { .any = true } };
	struct reading *r = reading_new(true);
	const struct defects *broken;
	struct mail_head h;
	struct err e;

	if (copy == NULL)
		abort();
	memcpy(copy, data, size);
	convert_init(&seen.convert);
	if (reading_is_bare(copy, size))
		(void)reading_file(r, "a!b!1!2.json", copy, size, take, &seen,
		    &broken);
	if (mail_head_read(&h, copy, size, &e) == 0)
		(void)reading_mail(r, &h, take, &seen, &broken);
	mail_head_clear(&h);
	convert_clear(&seen.convert);
	reading_free(r);
	free(copy);
	return 0;
}
