/* verdict: a decision ready to serve - see verdict.h */
#include "config.h"

#include "share/policy/verdict.h"
#include "share/policy/verdict_reply.h"

#include <stdlib.h>
#include <string.h>

struct verdict *
verdict_ref(struct verdict *v)
{
	__atomic_add_fetch(&v->refs, 1, __ATOMIC_RELAXED);
	return v;
}

void
verdict_unref(struct verdict *v)
{
	if (v == NULL || __atomic_sub_fetch(&v->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	for (size_t i = 0; i < DIALECTS_KEPT; i++) {
		bool again = false;

		for (size_t k = 0; k < i; k++)
			again = again || v->reply[k] == v->reply[i];
		if (!again)
			verdict_reply_free(v->reply[i]);
	}
	if (v->decision.why[0] != '\0')
		free((void *)(uintptr_t)v->decision.why);
	sts_policy_unref(v->policy);
	free(v->tlsa_hosts);
	free(v);
}

const char *
verdict_tlsa_base(const struct verdict *v, const char *mx)
{
	const char *host = v->tlsa_hosts, *base;

	if (host == NULL || mx[0] == '\0')
		return NULL;
	for (; *host != '\0'; host = base + strlen(base) + 1) {
		base = host + strlen(host) + 1;
		if (strcmp(host, mx) == 0 || strcmp(base, mx) == 0)
			return base;
	}
	return NULL;
}
