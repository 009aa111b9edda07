/* store_none: a store that keeps nothing - see store.h */
#include "config.h"

#include "share/store/store.h"

static int
none_get(void *ctx, const char *domain, struct store_policy *p, struct err *e)
{
	(void)ctx;
	(void)domain;
	(void)p;
	(void)e;
	return 0;
}

static int
none_put(void *ctx, const struct store_policy *p, struct err *e)
{
	(void)ctx;
	(void)p;
	(void)e;
	return 0;
}

static int
none_remove(void *ctx, const char *domain, struct err *e)
{
	(void)ctx;
	(void)domain;
	(void)e;
	return 0;
}

static int64_t
none_expire(void *ctx, int64_t now_ms, struct err *e)
{
	(void)ctx;
	(void)now_ms;
	(void)e;
	return 0;
}

static int
none_each(void *ctx, const char *after,
    bool (*each)(void *arg, const struct store_policy *p), void *arg,
    struct err *e)
{
	(void)ctx;
	(void)after;
	(void)each;
	(void)arg;
	(void)e;
	return 0;
}

static int
none_override_put(void *ctx, const struct store_override *o, struct err *e)
{
	(void)ctx;
	(void)o;
	(void)e;
	return 0;
}

static int
none_override_each(void *ctx,
    bool (*each)(void *arg, const struct store_override *o), void *arg,
    struct err *e)
{
	(void)ctx;
	(void)each;
	(void)arg;
	(void)e;
	return 0;
}

static int
none_history_get(void *ctx, const char *domain, struct store_history *h,
    struct err *e)
{
	(void)ctx;
	(void)domain;
	(void)h;
	(void)e;
	return 0;
}

static int
none_history_put(void *ctx, const struct store_history *h, size_t n,
    struct err *e)
{
	(void)ctx;
	(void)h;
	(void)n;
	(void)e;
	return 0;
}

static int
none_downgrade_put(void *ctx, const struct store_downgrade *d, struct err *e)
{
	(void)ctx;
	(void)d;
	(void)e;
	return 0;
}

static int
none_downgrade_each(void *ctx,
    bool (*each)(void *arg, const struct store_downgrade *d), void *arg,
    struct err *e)
{
	(void)ctx;
	(void)each;
	(void)arg;
	(void)e;
	return 0;
}

static int
none_forget(void *ctx, int64_t before_ms, struct err *e)
{
	(void)ctx;
	(void)before_ms;
	(void)e;
	return 0;
}

static int
none_binding_put(void *ctx, const struct store_binding *b, size_t n,
    struct err *e)
{
	(void)ctx;
	(void)b;
	(void)n;
	(void)e;
	return 0;
}

static int
none_binding_each(void *ctx,
    bool (*each)(void *arg, const struct store_binding *b), void *arg,
    struct err *e)
{
	(void)ctx;
	(void)each;
	(void)arg;
	(void)e;
	return 0;
}

static void
none_free(void *ctx)
{
	(void)ctx;
}

void
store_none(struct store *s)
{
	*s = (struct store){
		.get = none_get,
		.put = none_put,
		.remove = none_remove,
		.expire = none_expire,
		.each = none_each,
		.override_put = none_override_put,
		.override_remove = none_remove,
		.override_each = none_override_each,
		.history_get = none_history_get,
		.history_put = none_history_put,
		.downgrade_put = none_downgrade_put,
		.downgrade_each = none_downgrade_each,
		.forget = none_forget,
		.binding_put = none_binding_put,
		.binding_each = none_binding_each,
		.binding_expire = none_forget,
		.free = none_free,
	};
}
