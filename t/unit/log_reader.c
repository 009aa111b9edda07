/* log_reader: a log becomes datagrams, each once, whenever the process dies */
#include "config.h"

#include "reportgen/log_reader.h"
#include "reportgen/log_tally.h"
#include "share/base/xmem.h"
#include "t/unit/tap.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOW_MS INT64_C(1795311806000)
#define SENT_MAX 256

static char folder[] = "/tmp/log_reader.XXXXXX";
static char path[64], state[64];
static struct log_reader *reader;
static struct log_domains *domains;
static struct shared shared;
static struct conf conf;
static int64_t clock_ms;

/* ---- the network: who answers what ---- */

static bool milter_answers, dns_answers, dns_later;
static unsigned asked_policy, asked_txt;

struct dns_query {
	dns_callback *cb;
	void *arg;
	char name[300];
	enum dns_type type;
	bool used;
};

static struct dns_query waiting[64];

static void
answer(const char *name, enum dns_type type, dns_callback *cb, void *arg)
{
	struct dns_answer a = { .security = DNS_INSECURE,
		.ttl = 60,
		.type = type };
	struct dns_txt txt;
	struct dns_mx mx = { 10, "" };
	char text[] = "v=TLSRPTv1; rua=mailto:r@d.test";

	if (!dns_answers) {
		a.security = DNS_UNKNOWN;
		a.no_server = true;
	} else if (type == DNS_TXT && strstr(name, "silent") == NULL) {
		txt.text = text;
		txt.len = strlen(text);
		a.n = 1;
		a.u.txt = &txt;
	} else if (type == DNS_MX) {
		(void)snprintf(mx.host, sizeof(mx.host), "mx.%s", name);
		a.n = 1;
		a.u.mx = &mx;
	}
	cb(arg, &a);
}

static struct dns_query *
ask(void *ctx, const char *name, enum dns_type type, dns_callback *cb,
    void *arg)
{
	(void)ctx;
	asked_txt += type == DNS_TXT;
	if (!dns_later) {
		answer(name, type, cb, arg);
		return NULL;
	}
	for (size_t i = 0; i < 64; i++)
		if (!waiting[i].used) {
			waiting[i] = (struct dns_query){ .cb = cb,
				.arg = arg,
				.type = type,
				.used = true };
			(void)snprintf(waiting[i].name, sizeof(waiting[i].name),
			    "%s", name);
			return &waiting[i];
		}
	return NULL;
}

static void
cancel(void *ctx, struct dns_query *q)
{
	(void)ctx;
	q->used = false;
}

static const struct dns_resolver resolver = { ask, cancel, NULL };

/* Answers all that wait. */
static void
deliver_answers(void)
{
	for (size_t i = 0; i < 64; i++)
		if (waiting[i].used) {
			struct dns_query q = waiting[i];

			waiting[i].used = false;
			answer(q.name, q.type, q.cb, q.arg);
		}
}

static char *
ask_policy(void *arg, const char *domain, struct err *e)
{
	(void)arg;
	(void)domain;
	asked_policy++;
	if (milter_answers)
		return xstrdup("OK {\"replies\":{\"postfix-tlsrpt\":"
			       "\"NOTFOUND \"},\"links\":[]}");
	(void)err_set(e, ERR_NOENT, "nobody listens");
	return NULL;
}

static unsigned ready;

static void
on_ready(void *arg)
{
	(void)arg;
	ready++;
}

static int64_t
get_clock(void *ctx)
{
	(void)ctx;
	return clock_ms;
}

static const struct clock a_clock = { get_clock, get_clock, NULL };

/* ---- the receiver: what it takes ---- */

static char sent[SENT_MAX][HOSTNAME_SIZE];
static size_t nsent;
static struct side_position last;
static bool receiver_dead;

/* As the receiver does: what was said before is dropped. */
static int
on_send(void *arg, const struct log_session *s, const char *json, size_t len,
    struct err *e)
{
	(void)arg;
	if (receiver_dead)
		return err_set(e, ERR_SYS, "nobody receives");
	if (strlen(json) != len || strstr(json, s->domain) == NULL)
		return err_set(e, ERR_BUG, "not a datagram");
	if (side_position_compare(&s->position, &last) <= 0)
		return 0;
	last = s->position;
	if (nsent < SENT_MAX)
		(void)snprintf(sent[nsent++], HOSTNAME_SIZE, "%s", s->domain);
	return 0;
}

/* ---- the log ---- */

static void say(uint32_t pid, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void
say(uint32_t pid, const char *fmt, ...)
{
	FILE *f = fopen(path, "a");
	va_list ap;

	if (f == NULL)
		return;
	fprintf(f, "Nov 22 01:43:26 mx1 postfix/smtp[%u]: ", pid);
	va_start(ap, fmt);
	vfprintf(f, fmt, ap);
	va_end(ap);
	fputc('\n', f);
	fclose(f);
}

static void
connected(uint32_t pid, const char *domain)
{
	say(pid,
	    "Untrusted TLS connection established to "
	    "mx.%s[192.0.2.1]:25: TLSv1.3 with cipher X",
	    domain);
}

static void
delivered(uint32_t pid, const char *domain, const char *host)
{
	say(pid,
	    "AAAAAAA%04u: to=<u@%s>, relay=%s[192.0.2.1]:25, delay=1, "
	    "delays=0/0/0/1, dsn=2.0.0, status=sent (ok)",
	    pid, domain, host);
}

static void
mail_to(uint32_t pid, const char *domain)
{
	char host[300];

	(void)snprintf(host, sizeof(host), "mx.%s", domain);
	connected(pid, domain);
	delivered(pid, domain, host);
}

/* ---- the reader ---- */

static void
begin(void)
{
	static const struct log_domains_env denv = { &resolver, &a_clock,
		ask_policy, on_ready, NULL };
	struct log_reader_env env = { .conf = &conf,
		.state = state,
		.sender = "noreply@example.org",
		.clock = &a_clock,
		.shared = &shared,
		.send = on_send };
	struct err e = { 0 };

	domains = log_domains_new(&denv);
	env.domains = domains;
	reader = log_reader_new(&env, &e);
	if (reader == NULL)
		diag("%s", e.text);
}

/* As the receiver does with SIDE_AT. */
static void
save(void)
{
	struct side_position at;

	if (log_reader_save(reader, &at) &&
	    side_position_compare(&at, &last) > 0)
		last = at;
}

/* As by kill -9, or after a save. */
static void
end(bool and_save)
{
	if (and_save)
		save();
	log_reader_free(reader);
	log_domains_free(domains);
	reader = NULL;
}

static int
step(void)
{
	struct err e = { 0 };
	enum log_step s;

	while ((s = log_reader_step(reader, &e)) == LOG_STEP_MORE)
		continue;
	return (int)s;
}

static void
clean(void)
{
	(void)unlink(path);
	(void)unlink(state);
	memset(&shared, 0, sizeof(shared));
	memset(&last, 0, sizeof(last));
	nsent = 0;
	milter_answers = dns_answers = true;
	dns_later = receiver_dead = false;
	clock_ms = NOW_MS;
}

static void
test_order(void)
{
	clean();
	begin();
	mail_to(1, "a.test");
	mail_to(2, "silent.test");
	say(3,
	    "Trusted TLS connection established to "
	    "relay.example.org[192.0.2.1]:25: TLSv1.3 with cipher X");
	delivered(3, "elsewhere.test", "relay.example.org");
	mail_to(4, "b.test");
	is_int(step(), LOG_STEP_INPUT, "all is read");
	is_int((long long)nsent, 2, "those with a record are sent");
	is_str(sent[0], "a.test", "the first");
	is_str(sent[1], "b.test", "the last");
	is_int((long long)shared.log_sessions, 2, "sessions are counted");
	is_int((long long)shared.log_unclear, 1,
	    "a host that is none of the domain's is not its session");
	is_int((long long)asked_policy, 3,
	    "policies are asked, not for others");
	mail_to(4, "b.test");
	is_int(step(), LOG_STEP_INPUT, "again");
	is_int((long long)asked_policy, 3, "and kept");
	clock_ms += LOG_POLICY_MS;
	mail_to(4, "b.test");
	is_int(step(), LOG_STEP_INPUT, "after a minute");
	is_int((long long)asked_policy, 4, "they are asked anew");
	end(true);
}

static void
test_waiting(void)
{
	clean();
	begin();
	dns_later = true;
	mail_to(1, "a.test");
	mail_to(2, "b.test");
	ready = asked_txt = 0;
	is_int(step(), LOG_STEP_READY, "records are awaited");
	is_int((long long)asked_txt, 2, "all of them at a time");
	deliver_answers();
	ok(ready >= 2, "who waits is told");
	is_int(step(), LOG_STEP_READY, "MX hosts are awaited");
	deliver_answers();
	is_int(step(), LOG_STEP_INPUT, "all is known of both");
	is_int((long long)nsent, 2, "both are sent");
	dns_later = false;
	end(false);
}

static void
test_silent(void)
{
	clean();
	begin();
	milter_answers = false;
	mail_to(1, "a.test");
	is_int(step(), LOG_STEP_RETRY, "no milter: it waits");
	save();
	mail_to(2, "b.test");
	is_int(step(), LOG_STEP_RETRY, "and waits");
	is_int((long long)nsent, 0, "nothing is sent");
	milter_answers = true;
	is_int(step(), LOG_STEP_INPUT, "it is back");
	is_int((long long)nsent, 2, "nothing is lost");
	clean();
	end(false);
	begin();
	dns_answers = false;
	mail_to(1, "a.test");
	is_int(step(), LOG_STEP_RETRY, "no name server: it waits");
	dns_answers = true;
	clock_ms += LOG_RETRY_MS;
	is_int(step(), LOG_STEP_INPUT, "it is back");
	is_int((long long)nsent, 1, "nothing is lost");
	receiver_dead = true;
	mail_to(1, "a.test");
	is_int(step(), LOG_STEP_RETRY, "no receiver: it waits");
	receiver_dead = false;
	is_int(step(), LOG_STEP_INPUT, "it is back");
	is_int((long long)nsent, 2, "nothing is lost again");
	end(false);
}

static void
test_restart(void)
{
	clean();
	begin();
	end(true);
	mail_to(1, "a.test");
	begin();
	is_int(step(), LOG_STEP_INPUT, "written while nobody read");
	is_int((long long)nsent, 1, "is read");
	connected(2, "b.test");
	(void)step();
	end(true);
	delivered(2, "b.test", "mx.b.test");
	delivered(2, "b.test", "mx.b.test");
	begin();
	(void)step();
	is_int((long long)nsent, 2, "a session across a restart is one");
	is_str(sent[1], "b.test", "of its domain");
	delivered(2, "b.test", "mx.b.test");
	end(true);
	begin();
	(void)step();
	is_int((long long)nsent, 2, "its next recipient is none");
	is_int((long long)shared.log_sessions, 2, "nor is it counted");
	end(false);
}

/* Killed at any moment, with a state file as old as it likes to be. */
static void
test_kills(void)
{
	unsigned seed = 7;
	int n = 0;

	clean();
	begin();
	end(true);
	begin();
	for (int i = 0; i < 200; i++) {
		char domain[32];

		seed = seed * 1103515245 + 12345;
		(void)snprintf(domain, sizeof(domain), "d%d.test", i);
		switch (seed >> 16 & 3) {
		case 0:
			connected(1000 + (uint32_t)i, domain);
			(void)step();
			break;
		default:
			mail_to(1000 + (uint32_t)i, domain);
			n++;
			break;
		}
		if ((seed >> 18 & 3) == 0) {
			milter_answers = (seed >> 23 & 1) != 0;
			(void)step();
			save();
			milter_answers = true;
		}
		if ((seed >> 20 & 3) == 0) {
			if (seed >> 22 & 1)
				(void)step();
			end(false);
			begin();
		}
	}
	(void)step();
	end(true);
	is_int((long long)nsent, n, "each of %d sessions once", n);
}

static void
test_state(void)
{
	FILE *f;

	clean();
	begin();
	mail_to(1, "a.test");
	(void)step();
	end(true);
	f = fopen(state, "a");
	fputs("more\n", f);
	fclose(f);
	mail_to(1, "b.test");
	begin();
	(void)step();
	is_int((long long)nsent, 1, "a damaged state: from the end");
	mail_to(1, "c.test");
	(void)step();
	is_int((long long)nsent, 2, "what comes is read");
	is_str(sent[1], "c.test", "and sent: its positions are beyond");
	end(true);
}

/* The file of the mark is gone, that of the last lines is there. */
static void
test_gone(void)
{
	char old[80];

	clean();
	(void)snprintf(old, sizeof(old), "%s.1", path);
	begin();
	mail_to(1, "a.test");
	(void)step();
	(void)rename(path, old);
	mail_to(2, "b.test");
	(void)step();
	mail_to(3, "c.test");
	(void)step();
	end(true);
	is_int((long long)nsent, 3, "three");
	(void)unlink(old);
	mail_to(4, "d.test");
	begin();
	(void)step();
	is_int((long long)nsent, 4, "one more, and no other again");
	end(true);
	clean();
	begin();
	end(true);
	mail_to(1, "a.test");
	(void)rename(path, old);
	(void)unlink(old);
	mail_to(4, "d.test");
	begin();
	(void)step();
	is_str(sent[0], "d.test", "all is gone: the new file from the start");
	end(true);
}

static void
told(const char *domain, bool lost)
{
	say(7,
	    "TLSRPT: status=success, domain=%s, receiving_mx=mx.%s"
	    "[192.0.2.1]",
	    domain, domain);
	if (lost)
		say(7,
		    "warning: Could not report TLS handshake result to "
		    "tlsrpt library: Connection refused (errno 111)");
}

/* Postfix tells of its sessions itself; what was lost is made up for. */
static void
test_told(void)
{
	struct log_tally tally;

	clean();
	begin();
	connected(7, "a.test");
	told("a.test", false);
	delivered(7, "a.test", "mx.a.test");
	connected(7, "b.test");
	told("b.test", true);
	delivered(7, "b.test", "mx.b.test");
	(void)step();
	is_int((long long)nsent, 1, "one is told by nobody else");
	is_str(sent[0], "b.test", "the lost one");
	end(true);
	begin();
	connected(7, "a.test");
	told("a.test", false);
	(void)step();
	save();
	is_int((long long)shared.tlsrpt_lines, 3, "outcomes told");
	is_int((long long)shared.tlsrpt_lost, 1, "and lost");
	end(false);
	begin();
	(void)step();
	is_int((long long)shared.tlsrpt_lines, 3, "not counted twice");
	end(true);
	log_tally_read(folder, &tally);
	is_int((long long)tally.n, 1, "one day");
	is_int(tally.day[0].day, NOW_MS / 86400000, "today");
	ok(tally.day[0].told == 3 && tally.day[0].lost == 1,
	    "collected 2 of 3");
}

static void
test_tally(void)
{
	struct log_tally t = { .n = 0 };

	for (int i = 0; i < LOG_TALLY_DAYS + 3; i++)
		log_tally_add(&t, INT64_C(86400000) * (100 + i), 1, 0);
	is_int((long long)t.n, LOG_TALLY_DAYS, "the last days are kept");
	is_int(t.day[0].day, 103, "not the first");
	log_tally_add(&t, INT64_C(86400000) * 101, 1, 0);
	is_int(t.day[0].day, 103, "nor one that comes late");
	log_tally_add(&t, INT64_C(86400000) * 105, 4, 2);
	ok(t.day[2].told == 5 && t.day[2].lost == 2, "one that is there");
	ok(!log_tally_load(&t, "tally", "1 2") &&
		!log_tally_load(&t, "own", "1 2 3"),
	    "no other text");
}

static void
test_own(void)
{
	clean();
	begin();
	say(9, "x");
	(void)step();
	{
		FILE *f = fopen(path, "a");

		fputs("Nov 22 01:43:26 mx1 postfix/qmgr[9]: AAAAAAA0001: "
		      "from=<noreply@example.org>, size=9, nrcpt=1 (queue "
		      "active)\n",
		    f);
		fclose(f);
	}
	(void)step();
	end(true);
	begin();
	mail_to(1, "a.test");
	mail_to(2, "b.test");
	(void)step();
	is_int((long long)nsent, 1, "our own report is left out");
	is_str(sent[0], "b.test", "no other mail is");
	is_int((long long)shared.dropped[SHARED_OWN], 1, "and counted");
	end(true);
}

int
main(void)
{
	char name[] = "postfix";
	char *names[] = { name };

	setenv("TZ", "UTC", 1);
	if (mkdtemp(folder) == NULL)
		return 1;
	(void)snprintf(path, sizeof(path), "%s/mail.log", folder);
	(void)snprintf(state, sizeof(state), "%s/log.state", folder);
	conf.report.log = path;
	conf.report.log_names.item = names;
	conf.report.log_names.n = 1;
	test_order();
	test_waiting();
	test_silent();
	test_restart();
	test_kills();
	test_state();
	test_gone();
	test_own();
	test_told();
	test_tally();
	clean();
	(void)rmdir(folder);
	return done_testing();
}
