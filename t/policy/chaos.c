/*
 * chaos: random worlds, random events, and what must hold of all of them.
 *
 * In each world DNS and policy hosts change, fail, stall and come back while
 * questions are asked, time passes and the process is killed. Every answer
 * must come in time, be one that Postfix takes and keep what a strategy
 * requires. In the end, after more than a day in which nothing changed, the
 * engine must say what an engine that has just been born says.
 *
 * Arguments: how many worlds, and the first one's number (of which a failure
 * reminds). Without: 200 from number 1.
 */
#include "config.h"

#include "share/base/xmem.h"
#include "share/policy/reply_lint.h"
#include "t/policy/capture_log.h"
#include "t/policy/steps.h"
#include "t/unit/tap.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

#define WORLDS 200
#define EVENTS 60
#define DOMAINS 3
#define HOSTS 4
#define IN_TIME_MS 2500
#define RECORDS 64

static uint64_t seed; /* of what happens next */

/* What stands in the world: one line of a scenario in each slot. */
struct state {
	struct world w;
	char *line[RECORDS];
	char *block[RECORDS];
	size_t n;
	const char *wrong; /* what did not hold */
};

/* ---- dice ---- */

/* splitmix64 */
static uint64_t
next(void)
{
	uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static unsigned
dice(unsigned n)
{
	return (unsigned)(next() >> 33) % n;
}

/* One of n words. */
#define PICK(words) words[dice(sizeof(words) / sizeof(words[0]))]

/* ---- lines of a scenario ---- */

static void
run_line(struct world *w, const char *text, const char *block)
{
	struct script_line l = { 0, (char *)(uintptr_t)text,
		(char *)(uintptr_t)block };
	struct err e = { 0 };

	if (steps_run(w, &l, &e) == -1) {
		printf("Bail out! %s: %s\n", text, e.text);
		exit(1);
	}
}

static void step(struct world *w, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void
step(struct world *w, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	run_line(w, text, "");
}

/* Runs text (taken) and remembers it in its slot. */
static void
set_slot(struct state *s, size_t slot, char *text, const char *block)
{
	run_line(&s->w, text, block);
	free(s->line[slot]);
	free(s->block[slot]);
	s->line[slot] = text;
	s->block[slot] = xstrdup(block);
	if (slot >= s->n)
		s->n = slot + 1;
}

/* ---- what may stand in the DNS ---- */

/* "STATUS ttl=N +DELAY" */
static const char *
some_status(void)
{
	static const char *const statuses[] = { "secure", "secure", "secure",
		"secure", "secure", "secure", "secure", "insecure", "insecure",
		"insecure", "bogus", "servfail", "dead" };
	static const char *const delays[] = { "0ms", "0ms", "0ms", "0ms", "0ms",
		"0ms", "100ms", "900ms", "3s", "20s" };
	static char text[64];

	(void)snprintf(text, sizeof(text), "%s ttl=%u +%s", PICK(statuses),
	    dice(1000), PICK(delays));
	return text;
}

static void
change_mx(struct state *s, unsigned d)
{
	static const char *const rare[] = { "nodata", "nxdomain", "0 ." };
	char data[128] = "";
	unsigned hosts = 1 + dice(3);

	if (dice(6) == 0)
		(void)snprintf(data, sizeof(data), "%s", PICK(rare));
	else
		for (unsigned i = 0; i < hosts; i++)
			(void)snprintf(data + strlen(data),
			    sizeof(data) - strlen(data), " %u h%u.test",
			    dice(30), dice(HOSTS));
	set_slot(s, d,
	    xasprintf("dns d%u.test MX %s %s", d, some_status(), data), "");
}

static void
change_host(struct state *s, unsigned h)
{
	static const char *const tlsa[] = { "nodata", "3 1 1 sha256",
		"3 1 1 sha256", "0 0 1 sha256", "3 1 1 00 2 0 0 cert" };
	size_t slot = 10 + 4 * (size_t)h;

	set_slot(s, slot,
	    xasprintf("dns h%u.test A %s %s", h, some_status(),
		dice(6) == 0 ? "nodata" : "192.0.2.1"),
	    "");
	set_slot(s, slot + 1,
	    xasprintf("dns h%u.test AAAA %s %s", h, some_status(),
		dice(2) == 0 ? "nodata" : "2001:db8::1"),
	    "");
	set_slot(s, slot + 2,
	    xasprintf("dns _25._tcp.h%u.test TLSA %s %s", h, some_status(),
		PICK(tlsa)),
	    "");
	/* a record at the name hides the CNAME: that is some of the time */
	set_slot(s, slot + 3,
	    dice(3) != 0
		? xasprintf("dns c%u.test CNAME %s h%u.test", h, some_status(),
		      h)
		: xasprintf("dns c%u.test A %s 192.0.2.3", h, some_status()),
	    "");
}

static void
change_txt(struct state *s, unsigned d)
{
	char *data;

	switch (dice(5)) {
	case 0:
		data = xstrdup("nodata");
		break;
	case 1:
		data = xstrdup("\"v=STSv1\"");
		break;
	default:
		data = xasprintf("\"v=STSv1; id=%u;\"", dice(3));
		break;
	}
	set_slot(s, 40 + (size_t)d,
	    xasprintf("dns _mta-sts.d%u.test TXT %s %s", d, some_status(),
		data),
	    "");
	free(data);
}

static void
change_policy(struct state *s, unsigned d)
{
	static const char *const modes[] = { "enforce", "enforce", "testing",
		"none" };
	static const char *const faults[] = { "", "", "", "", "+1s", "+5s",
		"failed", "stalled", "certificate", "status=404", "no-san" };
	char *block = xasprintf("version: STSv1\nmode: %s\nmx: h%u.test\n"
				"mx: *.test\nmax_age: %u\n",
	    PICK(modes), dice(HOSTS), dice(7200));

	set_slot(s, 50 + (size_t)d,
	    xasprintf("https d%u.test %s", d, PICK(faults)), block);
	free(block);
}

static void
change_something(struct state *s)
{
	unsigned d = dice(DOMAINS);

	switch (dice(5)) {
	case 0:
		change_mx(s, d);
		break;
	case 1:
		change_txt(s, d);
		break;
	case 2:
		change_policy(s, d);
		break;
	default:
		change_host(s, dice(HOSTS));
		break;
	}
}

/* ---- questions ---- */

static const char *const strategies[] = { "", "/default", "/dane", "/sts",
	"/tls", "/lax", "/nodane", "/both" };

static void
configure(struct world *w)
{
	step(w, "strategy dane dane=require");
	step(w, "strategy sts mta-sts=require");
	step(w, "strategy both dane=require mta-sts=require");
	step(w, "strategy tls starttls=require");
	step(w, "strategy lax starttls=require allow-invalid-certs=true");
	step(w, "strategy nodane dane=disable");
}

static void
some_key(char *key, size_t size)
{
	unsigned d = dice(DOMAINS), h = dice(HOSTS);

	switch (dice(5)) {
	case 0:
		(void)snprintf(key, size, "[h%u.test]", h);
		break;
	case 1:
		(void)snprintf(key, size, "[c%u.test]:25", h);
		break;
	default:
		(void)snprintf(key, size, "d%u.test", d);
		break;
	}
}

static void
hold(struct state *s, bool holds, const char *what)
{
	if (!holds && s->wrong == NULL)
		s->wrong = what;
}

/* What strategy asks for is there, or the mail is held back. */
static void
check_strategy(struct state *s, const char *strategy)
{
	const struct decision *d = &s->w.told.decision;
	bool nobody = d->row == 0 && d->require == REQUIRE_MET;
	bool strong = d->level == LEVEL_DANE_ONLY || d->level == LEVEL_TEMP;

	if (nobody)
		return;
	if (strcmp(strategy, "/dane") == 0 || strcmp(strategy, "/both") == 0)
		hold(s, strong, "dane = require is kept");
	if (strcmp(strategy, "/sts") == 0)
		hold(s, strong || d->level == LEVEL_SECURE,
		    "mta-sts = require is kept");
	if (strcmp(strategy, "/tls") == 0 || strcmp(strategy, "/lax") == 0)
		hold(s, d->level >= LEVEL_ENCRYPT && d->level != LEVEL_DANE,
		    "starttls = require is kept");
	if (!s->w.mta_ad)
		hold(s, d->level != LEVEL_DANE && d->level != LEVEL_DANE_ONLY,
		    "no DANE without AD");
}

static void
check_answer(struct state *s, const char *map, const char *strategy)
{
	const struct world_told *told = &s->w.told;
	struct err e = { 0 };
	char *reply = told->reply;

	hold(s, reply != NULL, "there is an answer");
	hold(s, told->after_ms <= IN_TIME_MS, "it comes in time");
	check_strategy(s, strategy);
	if (reply == NULL || strcmp(map, "json") == 0)
		return;
	/* the blank at the end of "NOTFOUND " was cut */
	hold(s,
	    strcmp(reply, "NOTFOUND") == 0 ||
		reply_lint(reply, strlen(reply),
		    strcmp(map, "postfix-tlsrpt") == 0, &e) == 0,
	    "Postfix takes it");
}

static void
ask_something(struct state *s)
{
	static const char *const maps[] = { "postfix", "postfix",
		"postfix-tlsrpt", "json" };
	const char *map = PICK(maps), *strategy = PICK(strategies);
	char key[64];

	some_key(key, sizeof(key));
	if (dice(4) == 0) {
		step(&s->w, "begin %s%s %s", map, strategy, key);
		return;
	}
	step(&s->w, "end");
	step(&s->w, "ask %s%s %s %u", map, strategy, key, 1 + dice(3));
	check_answer(s, map, strategy);
}

/* ---- what else happens ---- */

static void
something_happens(struct state *s)
{
	static const char *const waits[] = { "50ms", "1s", "10s", "40s", "5m",
		"31m", "2h", "13h" };
	static const char *const rare[] = { "resolver dead", "resolver alive",
		"store broken", "store works", "mta-ad no", "mta-ad yes" };

	switch (dice(10)) {
	case 0:
		step(&s->w, "%s", PICK(rare));
		break;
	case 1:
		step(&s->w, "end");
		if (dice(4) == 0)
			step(&s->w, "restart");
		break;
	case 2:
	case 3:
	case 4:
		step(&s->w, "wait %s", PICK(waits));
		break;
	case 5:
	case 6:
		change_something(s);
		break;
	default:
		ask_something(s);
		break;
	}
}

/* ---- the end ---- */

struct last_word {
	struct decision d;
	char *reply; /* NULL where it may differ in words */
};

static struct last_word
last_word_of(struct world *w, const char *strategy, unsigned d)
{
	struct last_word o;

	step(w, "ask postfix%s d%u.test", strategy, d);
	o.d = w->told.decision;
	o.d.why = "";
	o.reply = o.d.level == LEVEL_TEMP ? NULL : xstrdup(w->told.reply);
	return o;
}

/* As a world that knows nothing but what stands in the slots. */
static void
rebuild(const struct state *s, struct world *w)
{
	world_init(w, s->w.dns.immediate);
	configure(w);
	for (size_t i = 0; i < s->n; i++)
		if (s->line[i] != NULL)
			run_line(w, s->line[i], s->block[i]);
	step(w, "mta-ad %s", s->w.mta_ad ? "yes" : "no");
}

static bool
agree(const struct last_word *a, const struct last_word *b)
{
	return a->d.level == b->d.level && a->d.row == b->d.row &&
	    a->d.require == b->d.require && a->d.source == b->d.source &&
	    (a->reply == NULL || b->reply == NULL ||
		strcmp(a->reply, b->reply) == 0);
}

static void
compare_one(struct state *s, const char *strategy, unsigned d)
{
	struct last_word old, young;
	struct world fresh;
	char *left;

	rebuild(s, &fresh);
	old = last_word_of(&s->w, strategy, d);
	young = last_word_of(&fresh, strategy, d);
	if (!agree(&old, &young)) {
		hold(s, false, "in the end it says what a new one says");
		diag("d%u.test%s: old %s row %d, new %s row %d", d, strategy,
		    decision_level_name(old.d.level), old.d.row,
		    decision_level_name(young.d.level), young.d.row);
	}
	free(old.reply);
	free(young.reply);
	left = world_clear(&fresh);
	hold(s, left == NULL, "nothing is left over");
	free(left);
}

static void
compare_all(struct state *s)
{
	step(&s->w, "end");
	step(&s->w, "resolver alive");
	step(&s->w, "store works");
	for (size_t i = 0; i < sizeof(strategies) / sizeof(strategies[0]); i++)
		for (unsigned d = 0; d < DOMAINS; d++) {
			/* longer than anything is kept */
			step(&s->w, "wait 26h");
			compare_one(s, strategies[i], d);
		}
}

/* ---- one world ---- */

static bool
live(uint64_t number)
{
	struct state s = { 0 };
	char *left;

	seed = number * 1000003;
	world_init(&s.w, number % 2 == 0);
	configure(&s.w);
	for (unsigned i = 0; i < DOMAINS; i++) {
		change_mx(&s, i);
		change_txt(&s, i);
		change_policy(&s, i);
	}
	for (unsigned i = 0; i < HOSTS; i++)
		change_host(&s, i);
	for (int i = 0; i < EVENTS; i++)
		something_happens(&s);
	compare_all(&s);
	left = world_clear(&s.w);
	hold(&s, left == NULL, "nothing is left over");
	free(left);
	for (size_t i = 0; i < s.n; i++) {
		free(s.line[i]);
		free(s.block[i]);
	}
	if (s.wrong != NULL)
		diag("world %" PRIu64 ": not so: %s", number, s.wrong);
	return s.wrong == NULL;
}

int
main(int argc, char **argv)
{
	uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : WORLDS;
	uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	uint64_t bad = 0;

	for (uint64_t i = 0; i < n; i++)
		bad += !live(first + i);
	is_int(bad, 0, "%" PRIu64 " worlds", n);
	capture_log_clear();
	return done_testing();
}
