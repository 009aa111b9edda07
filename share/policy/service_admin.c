/* service_admin: what operators ask of the engine - see service_admin.h */
#include "config.h"

#include "share/policy/service_admin.h"
#include "share/policy/service_inside.h"

#include <string.h>

void
service_post(struct service *s, loop_job *job, void *arg)
{
	loop_post(service_loop(s), job, arg);
}

void
service_walk(struct service *s, uint64_t *cursor, cache_each *each, void *arg)
{
	cache_walk(service_cache(s), cursor, each, arg);
}

const char *
service_strategy(struct service *s, unsigned number)
{
	return service_strategy_id(s, number);
}

struct listing {
	const char *after;
	service_each_policy *each;
	void *arg;
};

static int
run_list(struct backend *b, void *arg, struct err *e)
{
	struct listing *l = arg;

	return backend_policies(b, l->after, l->each, l->arg, e);
}

int
service_policies(struct service *s, const char *after,
    service_each_policy *each, void *arg, struct err *e)
{
	struct listing l = { after, each, arg };

	return service_call(s, run_list, &l, e);
}

struct purge {
	const char *domain;
	bool with_policy;
	struct sts_forgotten *out;
};

static int
run_purge(struct backend *b, void *arg, struct err *e)
{
	struct purge *p = arg;

	return sts_cache_forget(engine_sts(backend_engine(b)), p->domain,
	    p->with_policy, p->out, e);
}

int
service_purge(struct service *s, const char *domain, bool with_policy,
    struct service_purged *out, struct err *e)
{
	struct purge p = { domain, with_policy, &out->sts };

	memset(out, 0, sizeof(*out));
	if (service_call(s, run_purge, &p, e) == -1)
		return -1;
	out->verdicts = cache_remove(service_cache(s), domain);
	return 0;
}

struct import {
	struct sts_policy *policy;
	enum sts_import *result;
};

static int
run_import(struct backend *b, void *arg, struct err *e)
{
	struct import *i = arg;

	return sts_cache_import(engine_sts(backend_engine(b)), i->policy,
	    i->result, e);
}

int
service_import(struct service *s, struct sts_policy *p, enum sts_import *result,
    struct err *e)
{
	struct import i = { p, result };

	return service_call(s, run_import, &i, e);
}
