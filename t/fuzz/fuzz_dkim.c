/* fuzz_dkim: a message of others is verified; signed by us, it passes */
#include "config.h"

#include "share/mail/dkim_sign.h"
#include "share/mail/dkim_verify.h"
#include "t/unit/dkim_samples.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NOW 1795299633

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Selectors with r have an RSA key, others the one that signs here. */
static enum dkim_lookup
lookup(void *ctx, const char *name, struct buf *record)
{
	(void)ctx;
	if (name[0] == 'r')
		buf_printf(record, "v=DKIM1; p=%s", rsa1024_public);
	else
		buf_printf(record, "v=DKIM1; k=ed25519; p=%s", ed25519_public);
	return name[0] == 't' ? DKIM_LOOKUP_TEMP : DKIM_LOOKUP_FOUND;
}

static int
verify(const char *msg, size_t len, struct dkim_verdict *d)
{
	static const struct dkim_verifier v = { .lookup = lookup,
		.now = NOW,
		.services = DKIM_SERVICE_EMAIL };
	int n = dkim_verify(&v, msg, len, d, NULL);

	if (n < -1 || n > DKIM_VERIFY_MAX)
		abort();
	for (int i = 0; i < n; i++) {
		if ((d[i].result == DKIM_PASS) != (d[i].reason[0] == '\0'))
			abort();
		if (d[i].domain[0] != '\0' && !hostname_is_normal(d[i].domain))
			abort();
		if (d[i].result == DKIM_PASS && d[i].bits == 0)
			abort();
	}
	return n;
}

/* What we sign passes at the top, in both forms. */
static void
sign(const char *msg, size_t len, struct dkim_key *key)
{
	struct dkim_verdict d[DKIM_VERIFY_MAX];
	struct dkim_signer s[2] = {
		{ key, "example.org", "sel", DKIM_SIMPLE, DKIM_RELAXED },
		{ key, "example.org", "sel", DKIM_RELAXED, DKIM_SIMPLE },
	};
	struct buf all;
	int n;

	buf_init(&all, (4 << 20) + len);
	if (dkim_sign(s, 2, msg, len, NOW, NOW + 1, &all, NULL) == 0) {
		buf_add(&all, msg, len);
		n = verify(all.data, all.len, d);
		/* two fields more can be too many */
		if (n != -1 &&
		    (n < 2 || d[0].result != DKIM_PASS ||
			d[1].result != DKIM_PASS))
			abort();
	}
	buf_clear(&all);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dkim_key *key;
	struct dkim_verdict d[DKIM_VERIFY_MAX];

	if (key == NULL)
		key = dkim_key_parse(ed25519_pkcs8, strlen(ed25519_pkcs8),
		    DKIM_ED25519_SHA256, NULL);
	if (key == NULL)
		abort();
	(void)verify((const char *)data, size, d);
	sign((const char *)data, size, key);
	return 0;
}
