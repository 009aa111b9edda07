/* keyring: the private keys that reports are signed with - see keyring.h */
#include "config.h"

#include "reportgen/keyring.h"

#include <string.h>

static const struct conf_signature *
find_signature(const struct conf *c, const char *id)
{
	for (size_t i = 0; i < c->nsignatures; i++)
		if (strcmp(c->signatures[i].id, id) == 0)
			return &c->signatures[i];
	return NULL;
}

static int
add_key(struct keyring *k, const struct conf *c, const char *id, struct err *e)
{
	const struct conf_signature *s = find_signature(c, id);
	struct dkim_signer *signer = &k->signer[k->n];

	if (k->n == KEYRING_MAX)
		return err_set(e, ERR_LIMIT, "more than %d signatures",
		    KEYRING_MAX);
	if (s == NULL)
		return err_set(e, ERR_NOENT, "no [signature.%s]", id);
	/* relaxed bodies pass relays that touch white space at line ends */
	*signer = (struct dkim_signer){ .domain = s->domain,
		.selector = s->selector,
		.header = DKIM_RELAXED,
		.body = DKIM_RELAXED };
	signer->key = dkim_key_load(s->private_key,
	    s->algorithm == CONF_ED25519_SHA256 ? DKIM_ED25519_SHA256
						: DKIM_RSA_SHA256,
	    e);
	if (signer->key == NULL)
		return err_wrap(e, "[signature.%s]", id);
	k->n++;
	return 0;
}

int
keyring_load(struct keyring *k, struct conf *c, struct err *e)
{
	memset(k, 0, sizeof(*k));
	if (c->report.sign.n == 0)
		return err_set(e, ERR_NOENT,
		    "[report.tls.aggregate] sign names no signature");
	k->conf = conf_ref(c);
	for (size_t i = 0; i < c->report.sign.n; i++)
		if (add_key(k, c, c->report.sign.item[i], e) == -1) {
			keyring_clear(k);
			return -1;
		}
	return 0;
}

void
keyring_clear(struct keyring *k)
{
	for (size_t i = 0; i < k->n; i++)
		dkim_key_free(k->signer[i].key);
	conf_unref(k->conf);
	memset(k, 0, sizeof(*k));
}
