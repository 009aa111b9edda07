/* dkim_record: the key record of a selector - see dkim_record.h */
#include "config.h"

#include "share/base/buf.h"
#include "share/mail/base64.h"
#include "share/mail/dkim_record.h"

#include <string.h>

static bool
item_is(const char *item, size_t len, const char *word)
{
	return len == strlen(word) && memcmp(item, word, len) == 0;
}

/* Whether a list has this item; without the tag, what is said then. */
static bool
lists(const struct dkim_tag *tag, const char *word, bool without)
{
	const char *item;
	size_t pos = 0, len;

	if (tag == NULL)
		return without;
	while (dkim_tag_item(tag, &pos, &item, &len))
		if (item_is(item, len, word))
			return true;
	return false;
}

static unsigned
services(const struct dkim_tag *s)
{
	unsigned bits = 0;

	if (lists(s, "*", true))
		bits |= DKIM_SERVICE_ANY;
	if (lists(s, "email", false))
		bits |= DKIM_SERVICE_EMAIL;
	if (lists(s, "tlsrpt", false))
		bits |= DKIM_SERVICE_TLSRPT;
	return bits;
}

static int
parse_type(const struct dkim_tags *tags, struct dkim_record *r, struct err *e)
{
	const struct dkim_tag *v = dkim_tags_get(tags, "v");
	const struct dkim_tag *k = dkim_tags_get(tags, "k");

	/* v= may be left out; where it is, it stands first */
	if (v != NULL && (v != &tags->tag[0] || !dkim_tag_is(v, "DKIM1")))
		return err_set(e, ERR_PERM, "the key record is not DKIM1");
	if (k == NULL || dkim_tag_is(k, "rsa"))
		r->algorithm = DKIM_RSA_SHA256;
	else if (dkim_tag_is(k, "ed25519"))
		r->algorithm = DKIM_ED25519_SHA256;
	else
		return err_set(e, ERR_PERM, "the key is of an unknown type");
	return 0;
}

static int
parse_key(const struct dkim_tags *tags, struct dkim_record *r, struct err *e)
{
	const struct dkim_tag *p = dkim_tags_get(tags, "p");
	struct buf b;
	int rc;

	if (p == NULL)
		return err_set(e, ERR_SYNTAX, "the key record has no p=");
	r->revoked = p->len == 0;
	buf_init(&b, sizeof(r->key));
	rc = base64_decode(&b, p->value, p->len, e);
	if (rc == 0 && b.len > 0)
		memcpy(r->key, b.data, b.len);
	r->key_len = b.len;
	buf_clear(&b);
	return rc == 0 ? 0 : err_wrap(e, "the key record's p=");
}

int
dkim_record_parse(const char *txt, size_t n, struct dkim_record *r,
    struct err *e)
{
	struct dkim_tags tags;

	memset(r, 0, sizeof(*r));
	if (dkim_tags_parse(txt, n, &tags, e) == -1)
		return err_wrap(e, "the key record");
	if (parse_type(&tags, r, e) == -1 || parse_key(&tags, r, e) == -1)
		return -1;
	r->services = services(dkim_tags_get(&tags, "s"));
	r->sha256 = lists(dkim_tags_get(&tags, "h"), "sha256", true);
	r->testing = lists(dkim_tags_get(&tags, "t"), "y", false);
	r->same_domain = lists(dkim_tags_get(&tags, "t"), "s", false);
	return 0;
}
