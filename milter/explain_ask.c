/* explain_ask: where explain gets a decision from - see explain.h */
#include "config.h"

#include "milter/explain.h"
#include "share/base/xmem.h"
#include "share/net/loop.h"
#include "share/net/socketmap_client.h"
#include "share/policy/service.h"
#include "share/policy/verdict_reply.h"

#include <stdlib.h>
#include <string.h>

#define CONNECT_MS 1000
#define ANSWER_MS 10000 /* the daemon answers within 2.5 s */

char *
explain_ask_daemon(const struct explain *x, const struct conf *c, struct err *e)
{
	char *map, *reply;

	if (c->policy.listen.n == 0) {
		err_set(e, ERR_NOENT, "[policy] listen is empty");
		return NULL;
	}
	map = explain_map(x);
	reply = socketmap_ask(c->policy.listen.item[0], map, x->key, CONNECT_MS,
	    ANSWER_MS, e);
	free(map);
	return reply;
}

struct answer {
	struct loop *loop;
	char *reply;
	bool done;
};

static void
answered(void *arg, struct verdict *v)
{
	struct answer *a = arg;

	if (v != NULL && verdict_reply_has(v, DIALECT_JSON))
		a->reply = xstrdup(verdict_reply_get(v, DIALECT_JSON));
	a->done = true;
	loop_stop(a->loop);
}

char *
explain_ask_self(const struct explain *x, struct conf *c, struct err *e)
{
	struct answer a = { NULL, NULL, false };
	struct service *s = NULL;
	struct nexthop n;
	struct log log;

	if (!nexthop_parse(x->key, &n))
		return xstrdup("NOTFOUND ");
	log_open(&log, "tlsherald-milter", false, LOG_LEVEL_ERROR);
	a.loop = loop_new(e);
	if (a.loop == NULL)
		return NULL;
	s = service_new_private(c, &log, e);
	if (s == NULL || service_start(s, e) != 0)
		goto out;
	service_ask(s, &n, x->chosen->id, DIALECT_JSON, a.loop, answered, &a);
	if (!a.done)
		loop_run(a.loop);
	if (a.reply == NULL)
		err_set(e, ERR_TEMP, "no decision could be made");
out:
	service_free(s); /* before its loop: service.h */
	loop_free(a.loop);
	return a.reply;
}
