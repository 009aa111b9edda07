/* fuzz_policy_line: any octets as an exported policy; what is taken is sane */
#include "config.h"

#include "milter/policy_line.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NOW INT64_C(1795219200000) /* 2026-11-21T00:00:00Z */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = { 0 };
	struct sts_policy *p =
	    policy_line_read((const char *)data, size, NOW, &e);

	if (p == NULL) {
		if (e.text[0] == '\0' || e.code != ERR_SYNTAX)
			abort();
		return 0;
	}
	/* what RFC 8461's clocks and our replies rest on */
	if (!hostname_is_normal(sts_policy_domain(p)) ||
	    sts_policy_id(p)[0] == '\0' || strlen(sts_policy_id(p)) > 32 ||
	    p->fetched_ms < 0 || p->fetched_ms > NOW + POLICY_LINE_FUTURE_MS ||
	    p->max_age > STS_MAX_AGE_MAX ||
	    (p->nmx == 0 && p->mode != STS_NONE))
		abort();
	sts_policy_unref(p);
	return 0;
}
