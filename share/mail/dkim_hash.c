/* dkim_hash: SHA-256, and the two hashes of a signature - see dkim_hash.h */
#include "config.h"

/* options.h must be the first of wolfSSL's headers */
#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/sha256.h>

#include "share/base/xmem.h"
#include "share/mail/dkim_hash.h"

#include <stdlib.h>

struct dkim_hash {
	wc_Sha256 sha;
};

struct dkim_hash *
dkim_hash_new(void)
{
	struct dkim_hash *h = xmalloc(sizeof(*h));

	/* fails for want of memory only, which ends the process */
	if (wc_InitSha256(&h->sha) != 0)
		abort();
	return h;
}

void
dkim_hash_add(void *arg, const void *data, size_t n)
{
	struct dkim_hash *h = arg;

	while (n > 0) {
		size_t take = n < (1u << 30) ? n : (1u << 30);

		if (wc_Sha256Update(&h->sha, data, (word32)take) != 0)
			abort();
		data = (const char *)data + take;
		n -= take;
	}
}

void
dkim_hash_end(struct dkim_hash *h, unsigned char sum[DKIM_SHA256_LEN])
{
	if (wc_Sha256Final(&h->sha, sum) != 0)
		abort();
	wc_Sha256Free(&h->sha);
	free(h);
}

uint64_t
dkim_hash_body(enum dkim_canon c, uint64_t limit, const char *body, size_t len,
    unsigned char sum[DKIM_SHA256_LEN])
{
	struct dkim_hash *h = dkim_hash_new();
	struct dkim_body b;
	uint64_t octets;

	dkim_body_init(&b, c, limit, dkim_hash_add, h);
	dkim_body_add(&b, body, len);
	octets = dkim_body_end(&b);
	dkim_hash_end(h, sum);
	return octets;
}

/* The last field of that name that is not taken; NULL when there is none. */
static const struct field *
take_field(const struct fields *f, bool *taken, const char *name, size_t n)
{
	for (size_t i = f->n; i > 0; i--)
		if (!taken[i - 1] && field_is(&f->field[i - 1], name, n)) {
			taken[i - 1] = true;
			return &f->field[i - 1];
		}
	return NULL;
}

void
dkim_hash_header(enum dkim_canon c, const struct fields *f,
    const struct dkim_tag *h, const char *signature, size_t len,
    unsigned char sum[DKIM_SHA256_LEN])
{
	struct dkim_hash *hash = dkim_hash_new();
	bool *taken = xcalloc(f->n, sizeof(*taken));
	const char *name;
	size_t pos = 0, n;

	while (dkim_tag_item(h, &pos, &name, &n)) {
		const struct field *field = take_field(f, taken, name, n);

		/* a name without a field is a promise that there is none */
		if (field != NULL)
			dkim_canon_field(c, field->text, field->len, true,
			    dkim_hash_add, hash);
	}
	dkim_canon_field(c, signature, len, false, dkim_hash_add, hash);
	dkim_hash_end(hash, sum);
	free(taken);
}
