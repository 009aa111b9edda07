/* verdict_make: from facts and strategy to a verdict - verdict_make.h */
#include "config.h"

#include "share/policy/verdict_make.h"
#include "share/base/buf.h"
#include "share/base/xmem.h"
#include "share/policy/dialect_input.h"
#include "share/policy/verdict_reply.h"

#include <stdint.h>
#include <string.h>

static struct verdict *
new_verdict(void)
{
	struct verdict *v = xcalloc(1, sizeof(*v));

	v->refs = 1;
	v->decision.why = "";
	return v;
}

static void
fill_input(const struct verdict_input *in, const struct decision *d,
    struct dialect_input *out)
{
	memset(out, 0, sizeof(*out));
	out->facts = in->facts;
	out->name = in->facts->nexthop.name;
	out->policy = in->facts->policy;
	out->strategy = in->strategy;
	out->decision = d;
	out->observe = in->observe;
	out->override = in->override;
}

static bool
applies(const struct verdict_input *in)
{
	return in->override != NULL &&
	    override_applies(in->override, in->strategy);
}

/* The end of an override is the cache's to learn from its table. */
static void
use_override(const struct verdict_input *in, struct decision *d)
{
	d->overridden = applies(in);
	d->override = d->overridden ? in->override->level : LEVEL_NOTFOUND;
}

bool
verdict_same_override(const struct verdict_input *in, const struct verdict *old)
{
	if (!applies(in))
		return !old->decision.overridden;
	return old->decision.overridden &&
	    old->decision.override == in->override->level;
}

static const char *
keep_why(const char *why)
{
	return why[0] != '\0' ? xstrdup(why) : "";
}

/* Whether replies name the policy; those are built when they are asked for. */
static bool
writes_policy(const struct dialect_input *in)
{
	const struct decision *d = in->decision;

	return !in->observe && in->policy != NULL && !d->overridden &&
	    (d->level == LEVEL_SECURE || d->testing);
}

/* A host whose records could not be had counts as one that has some. */
static bool
has_tlsa(const struct facts_host *h)
{
	return h->tlsa == FACTS_TLSA_USABLE || facts_host_failed(h);
}

/* The hosts that DANE is about; most domains have none. */
static char *
list_tlsa_hosts(const struct facts *f)
{
	struct buf text;

	buf_init(&text, SIZE_MAX / 2);
	for (size_t i = 0; i < f->nhosts; i++) {
		const struct facts_host *h = &f->hosts[i];
		const char *base = h->base[0] != '\0' ? h->base : h->name;

		if (!has_tlsa(h))
			continue;
		buf_add(&text, h->name, strlen(h->name) + 1);
		buf_add(&text, base, strlen(base) + 1);
	}
	if (text.len == 0)
		return NULL;
	buf_add(&text, "", 1);
	return buf_take(&text);
}

/* The same list for another verdict. */
static char *
copy_tlsa_hosts(const char *list)
{
	const char *end = list;
	size_t size;
	char *copy;

	if (list == NULL)
		return NULL;
	while (*end != '\0')
		end += strlen(end) + 1;
	size = (size_t)(end - list) + 1;
	copy = xcalloc(1, size);
	memcpy(copy, list, size);
	return copy;
}

/* Without a policy both dialects of Postfix say the same. */
static void
write_replies(const struct verdict_input *in, struct verdict *v)
{
	struct dialect_input d;

	fill_input(in, &v->decision, &d);
	if (in->facts->policy != NULL)
		v->policy = sts_policy_ref(in->facts->policy);
	if (!writes_policy(&d)) {
		v->reply[DIALECT_POSTFIX] =
		    verdict_reply_write(&d, DIALECT_POSTFIX);
		v->reply[DIALECT_POSTFIX_TLSRPT] = v->reply[DIALECT_POSTFIX];
	}
	if (in->json)
		v->reply[DIALECT_JSON] = verdict_reply_write(&d, DIALECT_JSON);
}

struct verdict *
verdict_make(const struct verdict_input *in)
{
	char why[DECISION_WHY_SIZE];
	struct verdict *v = new_verdict();

	decide(in->facts, in->strategy, in->site, &v->decision, why);
	v->decision.why = keep_why(why);
	use_override(in, &v->decision);
	v->ttl_s = in->facts->ttl_s;
	v->no_server = in->facts->no_server;
	v->tlsa_hosts = list_tlsa_hosts(in->facts);
	write_replies(in, v);
	return v;
}

struct verdict *
verdict_override(const struct verdict_input *in, const struct verdict *old)
{
	struct verdict *v = new_verdict();

	v->decision = old->decision;
	v->decision.why = keep_why(old->decision.why);
	use_override(in, &v->decision);
	v->ttl_s = FACTS_TTL_MIN;
	v->no_server = true;
	v->tlsa_hosts = copy_tlsa_hosts(old->tlsa_hosts);
	write_replies(in, v);
	/* what old rests on outlives the facts that could not be had again */
	if (v->policy == NULL && old->policy != NULL)
		v->policy = sts_policy_ref(old->policy);
	return v;
}

/* The same reply for another verdict. */
static const char *
copy_reply(struct verdict *old, enum dialect_id id)
{
	const char *reply = verdict_reply_get(old, id);

	return reply != NULL ? verdict_reply_keep(reply) : NULL;
}

struct verdict *
verdict_remake(const struct verdict_input *in, struct verdict *old)
{
	struct dialect_input d;
	struct verdict *v;

	if (!in->json)
		return verdict_ref(old);
	v = new_verdict();
	v->decision = old->decision;
	v->decision.why = keep_why(old->decision.why);
	v->ttl_s = old->ttl_s;
	if (old->policy != NULL)
		v->policy = sts_policy_ref(old->policy);
	v->tlsa_hosts = copy_tlsa_hosts(old->tlsa_hosts);
	v->reply[DIALECT_POSTFIX] = copy_reply(old, DIALECT_POSTFIX);
	v->reply[DIALECT_POSTFIX_TLSRPT] =
	    copy_reply(old, DIALECT_POSTFIX_TLSRPT);
	fill_input(in, &v->decision, &d);
	d.served = old;
	v->reply[DIALECT_JSON] = verdict_reply_write(&d, DIALECT_JSON);
	return v;
}

struct verdict *
verdict_temp(const char *why)
{
	struct verdict *v = new_verdict();
	const char *reply = xasprintf("TEMP %s", why);

	v->decision.level = LEVEL_TEMP;
	v->decision.failure = true;
	v->decision.why = keep_why(why);
	for (size_t i = 0; i < DIALECTS_KEPT; i++)
		v->reply[i] = reply;
	return v;
}
