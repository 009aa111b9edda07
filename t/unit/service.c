/*
 * service: threads, the two loops, single flight, reload, the end with
 * questions open; over real sockets to a name server of the test's own.
 */
#include "config.h"

#include "share/base/xmem.h"
#include "share/dns/dns.h"
#include "share/policy/service.h"
#include "t/unit/fake_dns.h"
#include "t/unit/tap.h"

#include <err.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define THREADS 4
#define WAITS 50
#define LONG_MS 20000 /* never reached where things work */

#define NOTHING "test. 300 IN SOA a. b. 1 2 3 4 5"
/* below it nothing is asked; so that all else is proven unsigned */
#define ANCHOR                                  \
	"signed.example. 3600 IN DS 20326 8 2 " \
	"E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n"

static const struct fake_rule rules[] = {
	{ .name = "a.test",
	    .type = DNS_MX,
	    .answer = "a.test. 300 IN MX 10 mx.a.test." },
	{ .name = "mx.a.test",
	    .type = DNS_A,
	    .answer = "mx.a.test. 300 IN A 192.0.2.1" },
	{ .name = "many.test",
	    .type = DNS_MX,
	    .answer = "many.test. 300 IN MX 10 mx.a.test." },
	{ .name = "silent.test", .silent = true },
	{ .name = "_mta-sts.silent.test", .silent = true },
	{ .authority = NOTHING },
};

static struct fake_dns *server;
static struct loop *server_loop, *own_loop;
static char dir[] = "/tmp/tlsherald-service.XXXXXX";

static void *
run_loop(void *arg)
{
	loop_run(arg);
	return NULL;
}

/* The config with more lines. */
static struct conf *
conf_with(const char *more)
{
	struct conf_mistakes m;
	char *text = xasprintf("[server]\nstate-dir = \"%s\"\n"
			       "[dns]\nservers = [\"127.0.0.1@%u\"]\n"
			       "trust-anchors = \"%s/anchors\"\n%s",
	    dir, fake_dns_port(server), dir, more);
	struct conf *c = conf_parse("test", text, strlen(text), &m, NULL);

	if (c == NULL)
		errx(1, "%s", m.line[0]);
	conf_mistakes_clear(&m);
	free(text);
	return c;
}

static struct service *
started(const char *more)
{
	struct conf *c = conf_with(more);
	struct err e = { 0 };
	struct service *s = service_new_private(c, NULL, &e);

	if (s == NULL || service_start(s, &e) == -1)
		errx(1, "%s", e.text);
	conf_unref(c);
	return s;
}

static struct nexthop
hop(const char *key)
{
	struct nexthop n;

	if (!nexthop_parse(key, &n))
		abort();
	return n;
}

/* The reply to postfix, to be freed; "nothing" where none came in time. */
static char *
wait_for(struct service *s, const char *key, const char *strategy, int64_t ms)
{
	struct nexthop n = hop(key);
	struct verdict *v = service_wait(s, &n, strategy, ms);
	char *reply =
	    xstrdup(v != NULL ? v->reply[DIALECT_POSTFIX] : "nothing");

	verdict_unref(v);
	return reply;
}

static void
is_reply(struct service *s, const char *key, const char *strategy,
    const char *want)
{
	char *got = wait_for(s, key, strategy, LONG_MS);

	is_str(got, want, "%s under %s", key, strategy);
	free(got);
}

/* ---- one asker ---- */

struct told {
	char *reply;
	pthread_t thread;
	unsigned times;
};

static void
on_verdict(void *arg, struct verdict *v)
{
	struct told *t = arg;

	free(t->reply);
	t->reply = xstrdup(v->reply[DIALECT_JSON]);
	t->thread = pthread_self();
	t->times++;
	loop_stop(own_loop);
}

static void
test_asking(void)
{
	struct service *s = started("[queue.tls.hard]\nstarttls = \"require\"");
	struct told t = { 0 };
	struct service_stats stats;
	struct nexthop n = hop("a.test");
	struct verdict *v = service_peek(s, &n, "default");

	ok(v == NULL, "nothing is known at first");
	service_ask(s, &n, "default", DIALECT_JSON, own_loop, on_verdict, &t);
	is_int(t.times, 0, "nor at once");
	loop_run(own_loop);
	is_int(t.times, 1, "told once");
	ok(pthread_equal(t.thread, pthread_self()), "on the loop that asked");
	has_str(t.reply, "\"row\":10", "with a reply in its dialect");
	v = service_peek(s, &n, "default");
	ok(v != NULL, "then it is known");
	verdict_unref(v);
	service_ask(s, &n, "default", DIALECT_JSON, own_loop, on_verdict, &t);
	is_int(t.times, 2, "and told before the question returns");
	free(t.reply);
	is_reply(s, "a.test", "default", "NOTFOUND ");
	is_reply(s, "a.test", "hard",
	    "OK verify match=hostname servername=hostname");
	is_reply(s, "a.test", "nobody", "TEMP no such strategy in the config");
	service_stats(s, &stats);
	is_int(stats.lookups, 5, "lookups are counted");
	is_int(stats.hits, 2, "hits");
	is_int(stats.resolutions, 2, "resolutions");
	is_int(stats.entries, 2, "verdicts");
	is_int(stats.answered[LEVEL_VERIFY], 1, "levels");
	is_int(stats.answered[LEVEL_TEMP], 1, "TEMP too");
	service_free(s);
}

/* ---- many ---- */

static void *
wait_often(void *arg)
{
	struct service *s = arg;
	uintptr_t good = 0;

	for (int i = 0; i < WAITS; i++) {
		char *reply = wait_for(s, "many.test", "default", LONG_MS);

		good += strcmp(reply, "NOTFOUND ") == 0;
		free(reply);
	}
	return (void *)good;
}

static void
test_many(void)
{
	struct service *s = started("");
	struct service_stats stats;
	pthread_t t[THREADS];
	uintptr_t good = 0;
	void *result;

	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&t[i], NULL, wait_often, s) != 0)
			errx(1, "no thread");
	for (int i = 0; i < THREADS; i++) {
		pthread_join(t[i], &result);
		good += (uintptr_t)result;
	}
	is_int(good, THREADS * WAITS, "every thread was told, every time");
	service_stats(s, &stats);
	is_int(stats.resolutions, 1, "by one resolution");
	service_free(s);
}

/* ---- time, reload, the end ---- */

static void
test_waiting(void)
{
	struct service *s = started("");
	struct nexthop n = hop("silent.test");
	char *reply = wait_for(s, "silent.test", "default", 50);
	struct told t = { 0 };

	is_str(reply, "nothing", "who waits is let go in time");
	free(reply);
	reply = wait_for(s, "silent.test", "default", LONG_MS);
	is_str(reply, "TEMP silent.test: the MX records could not be looked up",
	    "and told at the deadline");
	free(reply);
	n = hop("silent2.silent.test");
	service_prefetch(s, &n, "default");
	service_ask(s, &n, "default", DIALECT_JSON, own_loop, on_verdict, &t);
	service_free(s);
	is_int(t.times, 0, "the service ends with questions open");
}

static void
test_reload(void)
{
	struct service *s = started("");
	struct conf *hard = conf_with("[queue.tls.default]\n"
				      "starttls = \"require\"\n");
	struct conf *watch = conf_with("[policy]\nmode = \"observe\"\n");
	struct conf *now;
	struct service_stats stats;
	struct err e = { 0 };

	is_reply(s, "a.test", "default", "NOTFOUND ");
	is_int(service_reload(s, hard, &e), 0, "reload: %s", e.text);
	now = service_conf(s);
	ok(now == hard, "the new config is in force");
	conf_unref(now);
	is_reply(s, "a.test", "default",
	    "OK verify match=hostname servername=hostname");
	is_int(service_reload(s, watch, &e), 0, "another");
	is_reply(s, "a.test", "default", "NOTFOUND ");
	service_stats(s, &stats);
	is_int(stats.would_be[LEVEL_NOTFOUND], 1, "observe mode counts apart");
	service_free(s);
	conf_unref(hard);
	conf_unref(watch);
}

static void
test_refusal(void)
{
	struct conf *c;
	char *more = xasprintf("[mta-sts]\nca-file = \"%s/none.pem\"\n", dir);
	struct err e = { 0 };
	struct service *s;

	c = conf_with(more);
	s = service_new_private(c, NULL, &e);
	ok(s == NULL, "no service where the CA file is missing");
	has_str(e.text, "none.pem", "which is named");
	conf_unref(c);
	free(more);
	service_free(s);
	service_free(NULL);
}

static void
write_anchors(void)
{
	char *path = xasprintf("%s/anchors", dir);
	FILE *f = fopen(path, "w");

	if (f == NULL)
		err(1, "%s", path);
	fputs(ANCHOR, f);
	fclose(f);
	free(path);
}

static void
remove_dir(void)
{
	char *path = xasprintf("%s/anchors", dir);

	unlink(path);
	rmdir(dir);
	free(path);
}

int
main(void)
{
	struct err e;
	pthread_t thread;

	if (mkdtemp(dir) == NULL)
		err(1, "%s", dir);
	write_anchors();
	own_loop = loop_new(&e);
	server_loop = loop_new(&e);
	if (own_loop == NULL || server_loop == NULL)
		errx(1, "%s", e.text);
	server = fake_dns_new(loop_base(server_loop), rules,
	    sizeof(rules) / sizeof(rules[0]), 0);
	if (pthread_create(&thread, NULL, run_loop, server_loop) != 0)
		errx(1, "no thread");
	test_asking();
	test_many();
	test_waiting();
	test_reload();
	test_refusal();
	loop_stop(server_loop);
	pthread_join(thread, NULL);
	is_int(fake_dns_asked(server, "many.test", DNS_MX), 1,
	    "many askers, one question");
	fake_dns_free(server);
	loop_free(server_loop);
	loop_free(own_loop);
	remove_dir();
	return done_testing();
}
