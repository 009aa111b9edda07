/*
 * strategy: what the administrator asks of TLS, under one name.
 *
 * The settings of [queue.tls.<id>]. Thread safety: constant after load.
 * Tests: t/unit/conf.c
 */
#ifndef STRATEGY_H
#define STRATEGY_H

#include <stdbool.h>
#include <stdint.h>

enum strategy_want {
	STRATEGY_OPTIONAL, /* used where the recipient's side offers it */
	STRATEGY_REQUIRE,
	STRATEGY_DISABLE
};

struct strategy {
	char *id; /* [A-Za-z0-9_-]{1,64} */
	enum strategy_want dane;
	enum strategy_want mta_sts;
	enum strategy_want starttls;
	bool starttls_set; /* starttls stands in the file (row 9) */
	bool allow_invalid_certs;
	int64_t tls_timeout_ms;
	int64_t sts_timeout_ms; /* of a background fetch, 60 s at most */
};

/* "optional", "require" or "disable". */
const char *strategy_want_name(enum strategy_want want);

/*
 * Whether a asks for more than b, judged by the settings alone: dane or
 * mta-sts = require where b does not require it, a higher level of starttls
 * (disable, optional, require), or b alone accepts invalid certificates.
 */
bool strategy_demands_more(const struct strategy *a, const struct strategy *b);

#endif
