/* verdict_reply: the replies of a verdict - see verdict_reply.h */
#include "config.h"

#include "share/policy/verdict_reply.h"
#include "share/base/xmem.h"
#include "share/net/socketmap.h"
#include "share/policy/dialect.h"
#include "share/policy/reply_lint.h"
#include "share/policy/reply_lint_sendmail.h"

#include <stdlib.h>
#include <string.h>

/* What most domains get, kept once for all of them. */
static const char *const constants[] = {
	"NOTFOUND ",
	"OK dane",
	"OK dane-only",
	"OK may",
	"OK encrypt",
	"OK none",
	"OK verify match=hostname servername=hostname",
};

#define CONSTANTS (sizeof(constants) / sizeof(constants[0]))

static bool
lint(enum dialect_id id, const struct buf *out, struct err *e)
{
	if (id == DIALECT_JSON)
		return true;
	return reply_lint(out->data, out->len, id == DIALECT_POSTFIX_TLSRPT,
		   e) == 0;
}

const char *
verdict_reply_keep(const char *text)
{
	for (size_t i = 0; i < CONSTANTS; i++)
		if (strcmp(text, constants[i]) == 0)
			return constants[i];
	return xstrdup(text);
}

/* What Postfix would refuse defers anyway; so it defers with a reason. */
const char *
verdict_reply_write(const struct dialect_input *in, enum dialect_id id)
{
	struct err e = { 0 };
	const char *reply;
	struct buf out;

	buf_init(&out, SOCKETMAP_REPLY_MAX);
	dialect_get(id)->write(in, &out);
	if (!lint(id, &out, &e)) {
		buf_reset(&out);
		buf_printf(&out,
		    "TEMP defect in tlsherald, reply held back: %s", e.text);
	}
	reply = verdict_reply_keep(buf_str(&out));
	buf_clear(&out);
	return reply;
}

void
verdict_reply_free(const char *reply)
{
	for (size_t i = 0; i < CONSTANTS; i++)
		if (reply == constants[i])
			return;
	free((void *)(uintptr_t)reply);
}

bool
verdict_reply_has(const struct verdict *v, enum dialect_id id)
{
	if (id >= DIALECTS_KEPT)
		return true; /* written each time, for each session */
	return __atomic_load_n(&v->reply[id], __ATOMIC_ACQUIRE) != NULL ||
	    (v->policy != NULL && id != DIALECT_JSON);
}

/* Two threads may build the same reply; one of the two is kept. */
const char *
verdict_reply_get(struct verdict *v, enum dialect_id id)
{
	struct dialect_input in = { 0 };
	const char *reply, *built;

	if (id >= DIALECTS_KEPT)
		return NULL;
	reply = __atomic_load_n(&v->reply[id], __ATOMIC_ACQUIRE);
	if (reply != NULL || v->policy == NULL || id == DIALECT_JSON)
		return reply;
	in.decision = &v->decision;
	in.name = sts_policy_domain(v->policy);
	in.policy = v->policy;
	built = verdict_reply_write(&in, id);
	if (__atomic_compare_exchange_n(&v->reply[id], &reply, built, false,
		__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return built;
	verdict_reply_free(built);
	return reply;
}

void
verdict_reply_session(const struct verdict *v, enum dialect_id id,
    const char *name, const struct session *s, const struct session_rules *r,
    struct buf *out)
{
	struct dialect_input in = { .decision = &v->decision,
		.name = name,
		.policy = v->policy,
		.strategy = r->strategy,
		.observe = r->observe,
		.verdict = v,
		.session = s,
		.rules = r };
	struct err e = { 0 };

	dialect_get(id)->write(&in, out);
	if (reply_lint_sendmail(out->data, out->len, id, &e) == 0)
		return;
	buf_reset(out);
	buf_puts(out, "TEMP defect in tlsherald, reply held back");
}
