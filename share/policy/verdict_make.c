/* verdict_make: from facts and strategy to a verdict - verdict_make.h */
#include "config.h"

#include "share/policy/verdict_make.h"
#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/net/socketmap.h"
#include "share/policy/dialect.h"
#include "share/policy/dialect_input.h"
#include "share/policy/reply_lint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
lint(enum dialect_id id, const struct buf *out, struct err *e)
{
	if (id == DIALECT_JSON)
		return true;
	return reply_lint(out->data, out->len, id == DIALECT_POSTFIX_TLSRPT,
		   e) == 0;
}

/* What Postfix would refuse defers anyway; so it defers with a reason. */
static void
write_reply(const struct dialect_input *in, enum dialect_id id,
    struct verdict *v)
{
	struct err e = { 0 };
	struct buf out;

	buf_init(&out, SOCKETMAP_REPLY_MAX);
	dialect_get(id)->write(in, &out);
	if (!lint(id, &out, &e)) {
		buf_reset(&out);
		buf_printf(&out,
		    "TEMP defect in tlsherald, reply held back: "
		    "%s",
		    e.text);
	}
	v->reply_len[id] = out.len;
	v->reply[id] = buf_take(&out);
}

static struct verdict *
new_verdict(void)
{
	struct verdict *v = xcalloc(1, sizeof(*v));

	v->refs = 1;
	return v;
}

static void
fill_input(const struct verdict_input *in, const struct decision *d,
    struct dialect_input *out)
{
	memset(out, 0, sizeof(*out));
	out->facts = in->facts;
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

static void
write_replies(const struct verdict_input *in, struct verdict *v)
{
	struct dialect_input d;

	fill_input(in, &v->decision, &d);
	write_reply(&d, DIALECT_POSTFIX, v);
	write_reply(&d, DIALECT_POSTFIX_TLSRPT, v);
	if (in->json)
		write_reply(&d, DIALECT_JSON, v);
}

struct verdict *
verdict_make(const struct verdict_input *in)
{
	struct verdict *v = new_verdict();

	decide(in->facts, in->strategy, in->site, &v->decision);
	use_override(in, &v->decision);
	v->ttl_s = in->facts->ttl_s;
	v->no_server = in->facts->no_server;
	write_replies(in, v);
	return v;
}

struct verdict *
verdict_override(const struct verdict_input *in, const struct verdict *old)
{
	struct verdict *v = new_verdict();

	v->decision = old->decision;
	use_override(in, &v->decision);
	v->ttl_s = FACTS_TTL_MIN;
	v->no_server = true;
	write_replies(in, v);
	return v;
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
	v->ttl_s = old->ttl_s;
	for (size_t i = 0; i < DIALECTS; i++) {
		v->reply[i] = xstrdup(old->reply[i]);
		v->reply_len[i] = old->reply_len[i];
	}
	free(v->reply[DIALECT_JSON]);
	fill_input(in, &v->decision, &d);
	d.served = old;
	write_reply(&d, DIALECT_JSON, v);
	return v;
}

struct verdict *
verdict_temp(const char *why)
{
	struct verdict *v = new_verdict();

	v->decision.level = LEVEL_TEMP;
	v->decision.failure = true;
	(void)snprintf(v->decision.why, sizeof(v->decision.why), "%s", why);
	for (size_t i = 0; i < DIALECTS; i++) {
		v->reply[i] = xasprintf("TEMP %s", why);
		v->reply_len[i] = strlen(v->reply[i]);
	}
	return v;
}
