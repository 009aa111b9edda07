/* service_watch: overrides and downgrades - see service.h */
#include "config.h"

#include "share/policy/service_inside.h"

static struct overrides *
overrides_of(struct backend *b)
{
	return engine_overrides(backend_engine(b));
}

struct addition {
	const struct override *override;
	int64_t for_ms;
};

static int
run_add(struct backend *b, void *arg, struct err *e)
{
	const struct addition *a = arg;

	return overrides_add(overrides_of(b), a->override, a->for_ms, e);
}

int
service_override_add(struct service *s, const struct override *o,
    int64_t for_ms, struct err *e)
{
	struct addition a = { o, for_ms };

	return service_call(s, run_add, &a, e);
}

static int
run_remove(struct backend *b, void *arg, struct err *e)
{
	const char *const *domain = arg;

	return overrides_remove(overrides_of(b), *domain, e);
}

int
service_override_remove(struct service *s, const char *domain, struct err *e)
{
	return service_call(s, run_remove, &domain, e);
}

static int
run_list(struct backend *b, void *arg, struct err *e)
{
	(void)e;
	overrides_list(overrides_of(b), arg);
	return 0;
}

void
service_override_list(struct service *s, struct override_list *out)
{
	if (service_call(s, run_list, out, NULL) == -1)
		return; /* cannot be: run_list() has nothing to fail at */
}

static int
run_downgrades(struct backend *b, void *arg, struct err *e)
{
	return watch_list(engine_watch(backend_engine(b)), arg, e);
}

int
service_downgrade_list(struct service *s, struct downgrade_list *out,
    struct err *e)
{
	return service_call(s, run_downgrades, out, e);
}
