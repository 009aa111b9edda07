/* memory_store: a store in memory - see memory_store.h */
#include "config.h"

#include "t/policy/memory_store.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>

const struct store_policy *
memory_store_find(const struct memory_store *m, const char *domain)
{
	for (const struct memory_policy *p = m->first; p != NULL; p = p->next)
		if (strcmp(p->policy.domain, domain) == 0)
			return &p->policy;
	return NULL;
}

static int
get(void *ctx, const char *domain, struct store_policy *out, struct err *e)
{
	struct memory_store *m = ctx;
	const struct store_policy *p = memory_store_find(m, domain);

	if (m->broken)
		return err_set(e, ERR_SYS, "the disk is gone");
	if (p == NULL)
		return 0;
	*out = *p;
	out->body = xstrdup(p->body);
	return 1;
}

static int
remove_one(void *ctx, const char *domain, struct err *e)
{
	struct memory_store *m = ctx;
	struct memory_policy **at = &m->first;

	if (m->broken)
		return err_set(e, ERR_SYS, "the disk is gone");
	while (*at != NULL && strcmp((*at)->policy.domain, domain) != 0)
		at = &(*at)->next;
	if (*at != NULL) {
		struct memory_policy *p = *at;

		*at = p->next;
		free(p->policy.body);
		free(p);
	}
	return 0;
}

static int
put(void *ctx, const struct store_policy *policy, struct err *e)
{
	struct memory_store *m = ctx;
	struct memory_policy *p;

	if (remove_one(ctx, policy->domain, e) == -1)
		return -1;
	p = xcalloc(1, sizeof(*p));
	p->policy = *policy;
	p->policy.body = xstrdup(policy->body);
	p->next = m->first;
	m->first = p;
	m->puts++;
	return 0;
}

static int64_t
expire(void *ctx, int64_t now_ms, struct err *e)
{
	struct memory_store *m = ctx;
	struct memory_policy **at = &m->first;
	int64_t n = 0;

	if (m->broken)
		return err_set(e, ERR_SYS, "the disk is gone");
	while (*at != NULL) {
		struct memory_policy *p = *at;

		if (p->policy.expires_ms >= now_ms) {
			at = &p->next;
			continue;
		}
		*at = p->next;
		free(p->policy.body);
		free(p);
		n++;
	}
	return n;
}

static int
each(void *ctx, const char *after,
    bool (*cb)(void *arg, const struct store_policy *p), void *arg,
    struct err *e)
{
	struct memory_store *m = ctx;

	if (m->broken)
		return err_set(e, ERR_SYS, "the disk is gone");
	for (struct memory_policy *p = m->first; p != NULL; p = p->next)
		if (strcmp(p->policy.domain, after) > 0 && !cb(arg, &p->policy))
			break;
	return 0;
}

static void
free_nothing(void *ctx)
{
	(void)ctx;
}

void
memory_store_init(struct memory_store *m)
{
	memset(m, 0, sizeof(*m));
	m->iface = (struct store){ .get = get,
		.put = put,
		.remove = remove_one,
		.expire = expire,
		.each = each,
		.free = free_nothing,
		.ctx = m };
	memory_state_init(&m->iface);
}

void
memory_store_clear(struct memory_store *m)
{
	memory_state_clear(m);
	while (m->first != NULL) {
		struct memory_policy *p = m->first;

		m->first = p->next;
		free(p->policy.body);
		free(p);
	}
}
