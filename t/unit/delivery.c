/* delivery: reports on their way, in a world of the test's - delivery.h */
#include "config.h"

#include "reportgen/delivery.h"
#include "share/base/xmem.h"
#include "t/unit/tap.h"

#include <stdlib.h>
#include <unistd.h>

#define DAY INT64_C(86400)
#define D0 (20000 * DAY)
#define TRIES_MAX 4000

static char dir[] = "/tmp/delivery-XXXXXX";
static struct report_db *db;
static struct err e;

/* ---- time: what is to be called when ---- */

struct timer {
	int64_t at;
	timer_callback *cb;
	void *arg;
	struct timer *next;
};

static struct timer *waiting;
static int64_t now_ms;

static int64_t
get_ms(void *ctx)
{
	(void)ctx;
	return now_ms;
}

static const struct clock sim_clock = { get_ms, get_ms, NULL };

static struct timer *
set_timer(void *ctx, int64_t delay_ms, timer_callback *cb, void *arg)
{
	struct timer *t = xcalloc(1, sizeof(*t)), **p = &waiting;

	(void)ctx;
	*t = (struct timer){ now_ms + delay_ms, cb, arg, NULL };
	while (*p != NULL && (*p)->at <= t->at)
		p = &(*p)->next;
	t->next = *p;
	*p = t;
	return t;
}

static void
cancel_timer(void *ctx, struct timer *t)
{
	struct timer **p = &waiting;

	(void)ctx;
	while (*p != t)
		p = &(*p)->next;
	*p = t->next;
	free(t);
}

static const struct timers timers = { set_timer, cancel_timer, NULL };

/* Lets time pass, and everything happen that is due. */
static void
run_until(int64_t s)
{
	while (waiting != NULL && waiting->at <= s * 1000) {
		struct timer t = *waiting;

		cancel_timer(NULL, waiting);
		if (t.at > now_ms)
			now_ms = t.at;
		t.cb(t.arg);
	}
	now_ms = s * 1000;
}

/* ---- DNS ---- */

struct dns_query {
	dns_callback *cb;
	void *arg;
	struct timer *timer;
};

static struct {
	enum dns_security security;
	const char *txt[2]; /* NULL: none */
	bool at_once;
	int asked;
	char name[128];
} dns;

static void
answer(dns_callback *cb, void *arg)
{
	struct dns_txt txt[2];
	struct dns_answer a = { .security = dns.security, .type = DNS_TXT };

	for (int i = 0; i < 2; i++)
		if (dns.txt[i] != NULL)
			txt[a.n++] = (struct dns_txt){ xstrdup(dns.txt[i]),
				strlen(dns.txt[i]) };
	a.u.txt = txt;
	cb(arg, &a);
	while (a.n > 0)
		free(txt[--a.n].text);
}

static void
answer_later(void *arg)
{
	struct dns_query *q = arg;

	answer(q->cb, q->arg);
	free(q);
}

static struct dns_query *
ask(void *ctx, const char *name, enum dns_type type, dns_callback *cb,
    void *arg)
{
	struct dns_query *q;

	(void)ctx;
	is_int(type, DNS_TXT, "TXT is asked for");
	dns.asked++;
	snprintf(dns.name, sizeof(dns.name), "%s", name);
	if (dns.at_once) {
		answer(cb, arg);
		return NULL;
	}
	q = xcalloc(1, sizeof(*q));
	*q =
	    (struct dns_query){ cb, arg, set_timer(NULL, 10, answer_later, q) };
	return q;
}

static void
cancel_query(void *ctx, struct dns_query *q)
{
	(void)ctx;
	cancel_timer(NULL, q->timer);
	free(q);
}

static const struct dns_resolver resolver = { ask, cancel_query, NULL };

/* ---- transports ---- */

struct
try {
	transport_callback *cb;
	void *arg;
	enum transport_result result;
	struct timer *timer;
};

/* What the next tries come to, by address; and what was tried. */
static struct {
	const char *to;
	enum transport_result result;
} script[4];
static struct {
	char to[64], id[64];
	int64_t at;
} tried[TRIES_MAX];
static int ntried, nown, nrest, ms_of_try = 20, nsteps;
static bool try_at_once;

static enum transport_result
scripted(const char *to)
{
	for (size_t i = 0; i < sizeof(script) / sizeof(*script); i++)
		if (script[i].to != NULL && strcmp(script[i].to, to) == 0)
			return script[i].result;
	return TRANSPORT_ACCEPTED;
}

static void
end_try(void *arg)
{
	struct try *t = arg;

	t->cb(t->arg, t->result,
	    t->result == TRANSPORT_ACCEPTED ? "" : "as scripted");
	free(t);
}

static void *
start_try(void *ctx, const struct transport_parcel *p, transport_callback *cb,
    void *arg)
{
	struct try *t;

	(void)ctx;
	if (ntried == TRIES_MAX)
		ntried--;
	snprintf(tried[ntried].to, sizeof(tried[0].to), "%s", p->to);
	snprintf(tried[ntried].id, sizeof(tried[0].id), "%s", p->report->id);
	tried[ntried++].at = now_ms / 1000;
	if (p->report->packed_len != 4)
		fail("the octets are there");
	if (try_at_once) {
		cb(arg, scripted(p->to), "as scripted");
		return NULL;
	}
	t = xcalloc(1, sizeof(*t));
	t->cb = cb;
	t->arg = arg;
	t->result = scripted(p->to);
	t->timer = set_timer(NULL, ms_of_try, end_try, t);
	return t;
}

static void
cancel_try(void *ctx, void *try)
{
	struct try *t = try;

	(void)ctx;
	cancel_timer(NULL, t->timer);
	free(t);
}

static void
rest(void *ctx)
{
	(void)ctx;
	nrest++;
}

static const struct transport_kind fake = { .name = "fake",
	.start = start_try,
	.cancel = cancel_try,
	.rest = rest };
static const struct transport way = { &fake, NULL };

/* ---- the rest of the world ---- */

static struct conf *conf;

static void
own(void *ctx, const char *domain)
{
	(void)ctx;
	if (strcmp(domain, "rua.test") != 0)
		fail("own session at %s", domain);
	nown++;
}

static void
step(void *ctx)
{
	(void)ctx;
	nsteps++;
}

static struct delivery *
deliver(void)
{
	const struct delivery_env env = { .db = db,
		.conf = conf,
		.dns = &resolver,
		.clock = &sim_clock,
		.timers = &timers,
		.mail = &way,
		.https = &way,
		.own = own,
		.step = step };

	return delivery_new(&env);
}

static void
load_conf(const char *text)
{
	struct conf_mistakes mistakes;

	conf_unref(conf);
	conf = conf_parse("test", text, strlen(text), &mistakes, NULL);
	if (conf == NULL) {
		printf("Bail out! %s\n", mistakes.line[0]);
		exit(1);
	}
}

static const char record[] = "v=TLSRPTv1; rua=mailto:a@rua.test, "
			     "https://rua.test/x, mailto:b@rua.test";

/* Everything as on the first day; an empty outbox. */
static void
fresh(void)
{
	char path[64];

	report_db_close(db);
	snprintf(path, sizeof(path), "%s/report.db", dir);
	(void)unlink(path);
	db = report_db_open(path, &e);
	if (db == NULL) {
		printf("Bail out! %s\n", e.text);
		exit(1);
	}
	memset(&dns, 0, sizeof(dns));
	dns.security = DNS_INSECURE;
	dns.txt[0] = record;
	memset(script, 0, sizeof(script));
	ntried = nown = nrest = nsteps = 0;
	try_at_once = false;
	now_ms = D0 * 1000;
	load_conf("");
}

static int64_t
add(const char *id, const char *domain, const char *seen, int64_t due)
{
	struct outbox_report r = { .id = id,
		.domain = domain,
		.submitter = "example.org",
		.record = seen,
		.begin = D0 - DAY,
		.end = D0,
		.made_s = D0,
		.due_s = due,
		.packed = "\x1f\x8b\0z",
		.packed_len = 4 };

	if (report_db_begin(db, &e) == -1 || outbox_add(db, &r, &e) == -1 ||
	    report_db_commit(db, &e) == -1)
		fail("%s", e.text);
	return r.number;
}

static bool
see_destination(void *arg, const struct outbox_destination *d)
{
	static const char fates[] = "parsc";
	char *text = arg, one[128];

	snprintf(one, sizeof(one), "%s=%c%d ", d->uri, fates[d->fate],
	    d->tries);
	strncat(text, one, 511 - strlen(text));
	return true;
}

static int
see_state(void *arg, const struct outbox_report *r, struct err *err)
{
	(void)err;
	*(enum outbox_state *)arg = r->state;
	return 0;
}

/* "STATE uri=FATE TRIES ...": p pending, a accepted, r refused, ... */
static const char *
outcome(int64_t number)
{
	static const char *const states[] = { "new", "going", "sent", "failed",
		"withdrawn", "held" };
	static char text[512];
	enum outbox_state state = OUTBOX_NEW;

	if (outbox_with(db, number, see_state, &state, &e) == -1)
		fail("%s", e.text);
	snprintf(text, sizeof(text), "%s ", states[state]);
	if (outbox_destinations(db, number, see_destination, text, &e) == -1)
		fail("%s", e.text);
	return text;
}

/* ---- tests ---- */

static void
test_sent(void)
{
	struct delivery *d;
	int64_t n, later;

	fresh();
	n = add("one", "d.test", "", D0 + 5);
	later = add("two", "d.test", "", D0 + 1000);
	d = deliver();
	delivery_look(d);
	run_until(D0 + 4);
	is_int(ntried, 0, "not before it is due");
	run_until(D0 + 5);
	is_int(delivery_busy(d), 1, "under way");
	run_until(D0 + 6);
	is_str(dns.name, "_smtp._tls.d.test", "the record is asked for");
	is_str(outcome(n),
	    "sent mailto:a@rua.test=a1 https://rua.test/x=a1 "
	    "mailto:b@rua.test=a1 ",
	    "to every address");
	is_int(nown, 2, "two mails cause sessions of our own");
	is_int(delivery_busy(d), 0, "nothing is under way");
	is_int(delivery_stats(d)->sent, 1, "one sent");
	is_int(delivery_stats(d)->accepted, 3, "three accepted it");
	ok(nrest > 0, "connections are let go");
	is_str(outcome(later), "new ", "another waits for its time");
	run_until(D0 + DAY);
	is_int(ntried, 6, "each once");
	ok(nsteps > 0, "steps are told");
	delivery_free(d);
	ok(waiting == NULL, "nothing waits");
}

/* A failed https address must not stop the mailto one, and the reverse. */
static void
test_independent(void)
{
	static const struct {
		const char *to;
		const char *want;
	} cases[] = {
		{ "https://rua.test/x",
		    "sent mailto:a@rua.test=a1 https://rua.test/x=r1 "
		    "mailto:b@rua.test=a1 " },
		{ "a@rua.test",
		    "sent mailto:a@rua.test=r1 https://rua.test/x=a1 "
		    "mailto:b@rua.test=a1 " },
	};

	for (size_t i = 0; i < 2; i++) {
		struct delivery *d;
		int64_t n;

		fresh();
		try_at_once = true;
		dns.at_once = i == 1;
		script[0].to = cases[i].to;
		script[0].result = TRANSPORT_REFUSED;
		n = add("one", "d.test", "", D0);
		d = deliver();
		delivery_look(d);
		run_until(D0 + 10);
		is_str(outcome(n), cases[i].want, "%s is refused", cases[i].to);
		delivery_free(d);
	}
}

/* RFC 8460 section 5.5: for a day, with growing pauses. */
static void
test_retry(void)
{
	struct delivery *d;
	int64_t n, last = 0, first = 0;
	int https = 0;

	fresh();
	script[0].to = "https://rua.test/x";
	script[0].result = TRANSPORT_LATER;
	n = add("one", "d.test", "", D0);
	d = deliver();
	delivery_look(d);
	run_until(D0 + 3 * DAY / 4);
	has_str(outcome(n), "going mailto:a@rua.test=a1 https://rua.test/x=p",
	    "pending");
	delivery_free(d);
	d = deliver(); /* as after a crash */
	delivery_look(d);
	run_until(D0 + 3 * DAY);
	has_str(outcome(n), "sent mailto:a@rua.test=a1 https://rua.test/x=r",
	    "given up, and sent: the mail was");
	for (int i = 0; i < ntried; i++) {
		is_str(tried[i].id, "one", "the same report");
		if (strcmp(tried[i].to, script[0].to) != 0)
			continue;
		if (first == 0)
			first = tried[i].at;
		last = tried[i].at;
		https++;
	}
	ok(https >= 8 && https <= 16, "%d tries", https);
	is_int(last - first, DAY, "over a day");
	is_int(ntried - https, 2, "the others once");
	is_int(delivery_stats(d)->refused, 1, "one refused");
	delivery_free(d);
	fresh();
	script[0].to = "a@rua.test";
	script[0].result = TRANSPORT_LATER;
	dns.txt[0] = "v=TLSRPTv1;rua=mailto:a@rua.test";
	load_conf("[report.deliver]\nretry = \"0s\"\n");
	n = add("one", "d.test", "", D0);
	d = deliver();
	delivery_look(d);
	run_until(D0 + 10);
	is_str(outcome(n), "failed mailto:a@rua.test=r1 ", "no second try");
	delivery_free(d);
}

/* What the record says when the report is sent is what counts. */
static void
test_record(void)
{
	static const struct {
		enum dns_security security;
		const char *now, *other, *seen, *want;
	} cases[] = {
		{ DNS_SECURE, "v=TLSRPTv1;rua=mailto:n@rua.test", NULL,
		    "v=TLSRPTv1;rua=mailto:o@rua.test",
		    "sent mailto:n@rua.test=a1 " },
		{ DNS_UNKNOWN, NULL, NULL, "v=TLSRPTv1;rua=mailto:o@rua.test",
		    "sent mailto:o@rua.test=a1 " },
		{ DNS_BOGUS, "v=TLSRPTv1;rua=mailto:evil@rua.test", NULL,
		    "v=TLSRPTv1;rua=mailto:o@rua.test",
		    "sent mailto:o@rua.test=a1 " },
		{ DNS_INSECURE, NULL, NULL, "v=TLSRPTv1;rua=mailto:o@rua.test",
		    "withdrawn " },
		{ DNS_INSECURE, "v=TLSRPTv1;rua=mailto:a@rua.test",
		    "v=TLSRPTv1;rua=mailto:b@rua.test",
		    "v=TLSRPTv1;rua=mailto:o@rua.test", "withdrawn " },
		{ DNS_INSECURE, "v=spf1 -all",
		    "v=TLSRPTv1;rua=mailto:b@rua.test", "",
		    "sent mailto:b@rua.test=a1 " },
		{ DNS_INSECURE, "v=TLSRPTv1;rua=ftp://x", NULL, "",
		    "withdrawn " },
		{ DNS_INSECURE, "v=TLSRPTv1;rua=https://u:p@rua.test/", NULL,
		    "", "withdrawn " },
		{ DNS_UNKNOWN, NULL, NULL, "", "new " },
	};
	struct delivery *d;
	int64_t n;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		fresh();
		dns.security = cases[i].security;
		dns.txt[0] = cases[i].now;
		dns.txt[1] = cases[i].other;
		n = add("one", "d.test", cases[i].seen, D0);
		d = deliver();
		delivery_look(d);
		run_until(D0 + 10);
		is_str(outcome(n), cases[i].want, "record %zu", i);
		is_int(delivery_busy(d), 0, "record %zu: at its end", i);
		delivery_free(d);
	}
	/* the last one again: nothing is known of it all day */
	d = deliver();
	delivery_look(d);
	run_until(D0 + 2 * DAY);
	is_str(outcome(n), "failed ", "given up");
	is_int(ntried, 0, "nothing tried");
	ok(dns.asked > 3 && dns.asked < 100, "asked %d times", dns.asked);
	delivery_free(d);
}

/* The record changes while a destination waits for its next try. */
static void
test_change(void)
{
	struct delivery *d;
	int64_t n;

	fresh();
	script[0].to = "a@rua.test";
	script[0].result = TRANSPORT_LATER;
	dns.txt[0] = "v=TLSRPTv1;rua=mailto:a@rua.test";
	n = add("one", "d.test", "", D0);
	d = deliver();
	delivery_look(d);
	run_until(D0 + 10);
	dns.txt[0] = "v=TLSRPTv1;rua=mailto:c@rua.test";
	run_until(D0 + 2000);
	is_str(outcome(n), "sent mailto:a@rua.test=r1 mailto:c@rua.test=a1 ",
	    "the new one gets it");
	delivery_free(d);
	fresh();
	script[0].to = "a@rua.test";
	script[0].result = TRANSPORT_LATER;
	n = add("one", "d.test", "", D0);
	d = deliver();
	delivery_look(d);
	run_until(D0 + 10);
	dns.txt[0] = NULL;
	run_until(D0 + 2000);
	is_str(outcome(n),
	    "withdrawn mailto:a@rua.test=r1 https://rua.test/x=a1 "
	    "mailto:b@rua.test=a1 ",
	    "a record that is gone ends it");
	delivery_free(d);
}

static void
test_lists(void)
{
	struct outbox_suppressed s = { "a@rua.test", D0 + 50, "", D0 };
	struct delivery *d;
	int64_t n[5];
	char id[8];

	fresh();
	load_conf("[report.deliver]\nhttps = false\nper-address = 2\n");
	dns.txt[0] = "v=TLSRPTv1;rua=mailto:a@rua.test,https://rua.test/x";
	if (outbox_suppress(db, &s, &e) == -1)
		fail("%s", e.text);
	n[0] = add("s0", "d.test", "", D0);
	d = deliver();
	delivery_look(d);
	run_until(D0 + 10);
	is_str(outcome(n[0]),
	    "failed mailto:a@rua.test=s0 https://rua.test/x=r0 ",
	    "suppressed; https is off");
	run_until(D0 + 60);
	for (int i = 1; i < 5; i++) {
		snprintf(id, sizeof(id), "s%d", i);
		n[i] = add(id, "d.test", "", D0 + 60);
	}
	run_until(D0 + 130);
	is_int(ntried, 2, "the list's time is over; two a day");
	run_until(D0 + DAY - 10);
	is_int(ntried, 2, "all day");
	run_until(D0 + DAY + 70);
	is_int(ntried, 4, "and two on the next");
	for (int i = 1; i < 5; i++)
		has_str(outcome(n[i]), "sent mailto:a@rua.test=a1", "sent");
	delivery_free(d);
	fresh();
	load_conf("[report.deliver]\nretry = \"1h\"\nper-host = 1\n");
	dns.txt[0] = "v=TLSRPTv1;rua=mailto:a@rua.test,mailto:b@rua.test";
	n[0] = add("c0", "d.test", "", D0);
	d = deliver();
	delivery_look(d);
	run_until(D0 + 10);
	is_str(outcome(n[0]), "sent mailto:a@rua.test=a1 mailto:b@rua.test=c0 ",
	    "the host's share is used up, and tomorrow is too late");
	delivery_free(d);
	fresh();
	if (outbox_suppress(db,
		&(struct outbox_suppressed){ "rua.test", D0 + 50, "", D0 },
		&e) == -1)
		fail("%s", e.text);
	n[0] = add("h0", "d.test", "", D0);
	d = deliver();
	delivery_look(d);
	run_until(D0 + 10);
	is_str(outcome(n[0]),
	    "failed mailto:a@rua.test=s0 https://rua.test/x=s0 "
	    "mailto:b@rua.test=s0 ",
	    "a host on the list");
	delivery_free(d);
}

/* Held back while it waits; released it goes on. */
static void
test_hold(void)
{
	struct delivery *d;
	int64_t n;

	fresh();
	script[0].to = "a@rua.test";
	script[0].result = TRANSPORT_LATER;
	ms_of_try = 3000;
	n = add("one", "d.test", "", D0);
	d = deliver();
	delivery_look(d);
	run_until(D0 + 1);
	if (outbox_hold(db, "d.test", true, &e) == -1)
		fail("%s", e.text);
	run_until(D0 + DAY / 2);
	has_str(outcome(n), "held mailto:a@rua.test=p1", "held");
	script[0].result = TRANSPORT_ACCEPTED;
	if (outbox_hold(db, "d.test", false, &e) == -1)
		fail("%s", e.text);
	run_until(D0 + DAY / 2 + 100);
	has_str(outcome(n), "sent mailto:a@rua.test=a2", "released");
	delivery_free(d);
	ms_of_try = 20;
}

/* Many at once, the process dies at any moment: each arrives. */
static void
test_crashes(void)
{
	enum { REPORTS = 100 };
	struct delivery *d;
	char id[16], domain[32];
	int served[REPORTS] = { 0 }, missing = 0;
	size_t most = 0;

	fresh();
	dns.txt[0] = "v=TLSRPTv1;rua=mailto:a@rua.test";
	for (int i = 0; i < REPORTS; i++) {
		snprintf(id, sizeof(id), "%d", i);
		snprintf(domain, sizeof(domain), "d%d.test", i);
		(void)add(id, domain, "", D0);
	}
	for (int round = 0; round < 30; round++) {
		d = deliver();
		delivery_look(d);
		for (int i = 0; i < round * 7 % 90 && waiting != NULL; i++) {
			struct timer t = *waiting;

			cancel_timer(NULL, waiting);
			now_ms = t.at > now_ms ? t.at : now_ms;
			t.cb(t.arg);
			if (delivery_busy(d) > most)
				most = delivery_busy(d);
		}
		delivery_free(d);
		if (waiting != NULL)
			fail("something waits after the end");
	}
	d = deliver();
	delivery_look(d);
	run_until(D0 + DAY);
	for (int i = 0; i < ntried; i++)
		served[strtol(tried[i].id, NULL, 10)]++;
	for (int i = 0; i < REPORTS; i++)
		missing += served[i] == 0;
	is_int(missing, 0, "every report was tried; %d tries of %d", ntried,
	    REPORTS);
	ok(most <= DELIVERY_AT_ONCE, "%zu at a time", most);
	delivery_free(d);
}

static void
test_pause(void)
{
	struct delivery *d;
	int64_t n;

	fresh();
	n = add("one", "d.test", "", D0);
	d = deliver();
	delivery_pause(d);
	delivery_look(d);
	run_until(D0 + DAY);
	is_str(outcome(n), "new ", "paused: nothing is begun");
	delivery_free(d);
	d = deliver();
	delivery_look(d);
	run_until(D0 + DAY);
	delivery_pause(d);
	run_until(D0 + DAY + 1);
	has_str(outcome(n), "sent ", "what is under way goes on");
	delivery_free(d);
	delivery_free(NULL);
}

int
main(void)
{
	static void (*const tests[])(void) = { test_sent, test_independent,
		test_retry, test_record, test_change, test_lists, test_hold,
		test_crashes, test_pause };
	char command[64];

	if (mkdtemp(dir) == NULL)
		return 1;
	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++)
		tests[i]();
	report_db_close(db);
	conf_unref(conf);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ok(system(command) == 0, "cleaned up");
	return done_testing();
}
