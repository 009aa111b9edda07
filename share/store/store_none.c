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
none_each(void *ctx, bool (*each)(void *arg, const struct store_policy *p),
    void *arg, struct err *e)
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
		.free = none_free,
	};
}
