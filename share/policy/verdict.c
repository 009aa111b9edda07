/* verdict: a decision ready to serve - see verdict.h */
#include "config.h"

#include "share/policy/verdict.h"
#include "share/policy/verdict_reply.h"

#include <stdlib.h>

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
	for (size_t i = 0; i < DIALECTS; i++) {
		bool again = false;

		for (size_t k = 0; k < i; k++)
			again = again || v->reply[k] == v->reply[i];
		if (!again)
			verdict_reply_free(v->reply[i]);
	}
	if (v->decision.why[0] != '\0')
		free((void *)(uintptr_t)v->decision.why);
	sts_policy_unref(v->policy);
	free(v);
}
