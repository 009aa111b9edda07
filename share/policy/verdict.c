/* verdict: a decision ready to serve - see verdict.h */
#include "config.h"

#include "share/policy/verdict.h"

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
	for (size_t i = 0; i < DIALECTS; i++)
		free(v->reply[i]);
	free(v);
}
