/* sessions: each is reported once per domain, by the message that opened it */
#include "config.h"

#include "milter/sessions.h"
#include "share/base/text.h"
#include "t/unit/tap.h"

#include <stdio.h>
#include <string.h>

static int64_t now;

static int64_t
mono(void *ctx)
{
	(void)ctx;
	return now;
}

static const struct clock test_clock = { mono, mono, NULL };

static struct session
session(const char *id, const char *mx)
{
	struct session s;

	memset(&s, 0, sizeof(s));
	(void)text_copy(s.queue_id, sizeof(s.queue_id), id);
	(void)text_copy(s.mx, sizeof(s.mx), mx);
	(void)text_copy(s.address, sizeof(s.address), "127.1.0.1");
	return s;
}

static bool
claim(struct sessions *t, const char *id, const char *mx, const char *domain)
{
	struct session s = session(id, mx);
	bool got = sessions_claim(t, &s, domain);

	if (got)
		is_str(s.sender, "127.0.0.1", "with the sending address");
	return got;
}

static void
open_one(struct sessions *t, const char *id, const char *mx)
{
	struct session s = session(id, mx);

	(void)text_copy(s.sender, sizeof(s.sender), "127.0.0.1");
	sessions_open(t, &s);
}

static void
test_once(void)
{
	struct sessions *t = sessions_new(&test_clock);

	ok(!claim(t, "Q1", "mx.test", "a.test"), "no session, no report");
	open_one(t, "Q1", "mx.test");
	ok(claim(t, "Q1", "mx.test", "a.test"), "the first recipient");
	{
		struct session mine = session("Q1", "mx.test");
		struct session other = session("Q2", "mx.test");

		ok(sessions_owns(t, &mine), "the message that opened it");
		ok(!sessions_owns(t, &other), "not another");
	}
	ok(!claim(t, "Q1", "mx.test", "a.test"), "not the second of a domain");
	ok(claim(t, "Q1", "mx.test", "b.test"), "another domain");
	ok(!claim(t, "Q2", "mx.test", "a.test"), "not by another message");
	ok(!claim(t, "Q1", "mx2.test", "a.test"), "nor at another host");
	open_one(t, "Q1", "mx2.test");
	ok(claim(t, "Q1", "mx2.test", "a.test"), "the next host");
	open_one(t, "Q1", "mx.test");
	ok(claim(t, "Q1", "mx.test", "a.test"), "a later attempt");
	is_int((long long)sessions_count(t), 2, "two are known");
	now += SESSIONS_LIFE_MS;
	ok(!claim(t, "Q1", "mx.test", "c.test"), "until they are old");
	is_int((long long)sessions_count(t), 0, "and forgotten");
	sessions_free(t);
}

static void
test_limits(void)
{
	struct sessions *t = sessions_new(&test_clock);
	char name[32];
	int taken = 0;

	open_one(t, "first", "mx.test");
	for (int i = 0; i < SESSION_DOMAINS_MAX + 10; i++) {
		struct session s = session("first", "mx.test");

		(void)snprintf(name, sizeof(name), "d%d.test", i);
		taken += sessions_claim(t, &s, name);
	}
	is_int(taken, SESSION_DOMAINS_MAX, "so many domains and no more");
	for (int i = 0; i < SESSIONS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "Q%d", i);
		open_one(t, name, "mx.test");
	}
	is_int((long long)sessions_count(t), SESSIONS_MAX, "so many sessions");
	ok(!claim(t, "first", "mx.test", "z.test"), "the oldest went");
	ok(claim(t, "Q0", "mx.test", "z.test"), "the next is there");
	sessions_free(t);
	sessions_free(NULL);
}

int
main(void)
{
	test_once();
	test_limits();
	return done_testing();
}
