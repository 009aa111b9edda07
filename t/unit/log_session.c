/* log_session: lines of a log, and the TLS sessions that come of them */
#include "config.h"

#include "reportgen/log_session.h"
#include "t/unit/tap.h"

#include <stdlib.h>
#include <time.h>

#define GOT_MAX 64

static struct log_session got[GOT_MAX];
static size_t ngot;
static struct log_sessions *table;
static uint64_t offset;

static char *names[] = { (char *)(uintptr_t) "postfix" };
static const struct conf_list list = { names, 1 };

static void
on_session(void *arg, const struct log_session *s)
{
	(void)arg;
	if (ngot < GOT_MAX)
		got[ngot++] = *s;
}

static void
begin(void)
{
	log_sessions_free(table);
	table = log_sessions_new("noreply-tls@example.org", on_session, NULL);
	ngot = 0;
	offset = 0;
}

/* A line of a program, with its time in seconds. */
static void
say_at(int64_t s, const char *program, uint32_t pid, const char *text)
{
	struct log_line line = { .ms = s * 1000,
		.pid = pid,
		.text = text,
		.len = strlen(text) };
	struct side_position at = { 7, offset };
	struct log_event e;

	(void)snprintf(line.program, sizeof(line.program), "%s", program);
	log_event_read(log_line_program(program, &list), text, line.len, &e);
	log_sessions_add(table, &line, &at, &e);
	offset += line.len + 50;
}

static void
say(uint32_t pid, const char *text)
{
	say_at(1000, "postfix/smtp", pid, text);
}

#define DELAYS "delay=0.2, delays=0.01/0.01/0.2/0, "

static void
to(uint32_t pid, const char *qid, const char *address, const char *relay,
    const char *rest)
{
	char text[1024];

	(void)snprintf(text, sizeof(text),
	    "%s: to=<%s>, relay=%s, " DELAYS "%s", qid, address, relay, rest);
	say(pid, text);
}

#define SENT "dsn=2.0.0, status=sent (250 ok)"
#define GOOD "mx.good.test[127.1.0.1]:25"
#define BAD "mx.bad.test[127.1.0.2]:25"
#define TLS " TLS connection established to "
#define CIPHER ": TLSv1.3 with cipher X (256/256 bits)"

static void
test_success(void)
{
	begin();
	say(1, "Verified" TLS GOOD CIPHER);
	is_int((long long)ngot, 0, "nothing before the delivery's line");
	to(1, "AAAAAAAAAA1", "a@good.test", GOOD, SENT);
	to(1, "AAAAAAAAAA1", "b@good.test", GOOD, SENT);
	to(1, "AAAAAAAAAA1", "c@good.test", GOOD,
	    "dsn=5.1.1, status=bounced (host mx.good.test[127.1.0.1] said: "
	    "550 no (in reply to RCPT TO command))");
	is_int((long long)ngot, 1, "three recipients are one session");
	is_int(got[0].fact, LOG_FACT_TLS, "with TLS");
	is_int(got[0].trust, LOG_VERIFIED, "verified");
	is_str(got[0].domain, "good.test", "domain");
	is_str(got[0].peer.address, "127.1.0.1", "address");
	ok(!got[0].refused && !got[0].told, "neither refused nor told");
	say(1, "Verified" TLS GOOD CIPHER);
	to(1, "AAAAAAAAAA2", "a@good.test", GOOD, SENT);
	is_int((long long)ngot, 2, "the same process again: another");
	ok(side_position_compare(&got[0].position, &got[1].position) < 0,
	    "positions rise");
}

static void
test_reused(void)
{
	begin();
	to(1, "AAAAAAAAAA1", "a@good.test", GOOD ", conn_use=2", SENT);
	is_int((long long)ngot, 0, "a connection of before is no session");
	to(2, "AAAAAAAAAA1", "a@good.test", GOOD, SENT);
	is_int((long long)ngot, 1, "a connection of its own is one");
	is_int(got[0].fact, LOG_FACT_PLAIN, "without TLS");
	to(2, "AAAAAAAAAA1", "b@good.test", GOOD, SENT);
	is_int((long long)ngot, 1, "its next recipient is none");
	to(2, "AAAAAAAAAA3", "a@good.test", GOOD, SENT);
	is_int((long long)ngot, 2, "another message is one");
	to(2, "AAAAAAAAAA4", "a@good.test", GOOD,
	    "dsn=4.4.2, status=deferred (lost connection with "
	    "mx.good.test[127.1.0.1] while receiving the initial server "
	    "greeting)");
	is_int((long long)ngot, 2, "lost before EHLO: nothing is known");
}

static void
test_refused(void)
{
	begin();
	say(1,
	    "server certificate verification failed for " BAD
	    ": certificate has expired");
	say(1, "Untrusted" TLS BAD CIPHER);
	say(1, "AAAAAAAAAA1: Server certificate not verified");
	say(1, "Verified" TLS GOOD CIPHER);
	to(1, "AAAAAAAAAA1", "u@mixed.test", GOOD, SENT);
	is_int((long long)ngot, 2, "two hosts, two sessions");
	ok(got[0].refused && !got[1].refused, "the first was refused");
	is_int(got[0].code, DATAGRAM_CERTIFICATE_EXPIRED, "for its age");
	is_str(got[0].domain, "mixed.test", "of the delivery's domain");
	is_int(got[1].code, 0, "nothing is said of the second");
	is_int((long long)(got[1].position.offset - got[0].position.offset), 1,
	    "one octet apart in one line");
	begin();
	say(1,
	    "certificate verification failed for " BAD
	    ": self-signed certificate");
	say(1, "Untrusted" TLS BAD CIPHER);
	to(1, "AAAAAAAAAA1", "u@bad.test", BAD,
	    "dsn=4.7.5, status=deferred (Server certificate not verified)");
	is_int((long long)ngot, 1, "the last host");
	ok(got[0].refused, "was refused");
	is_str(got[0].reason, "self-signed_certificate", "reason");
}

static void
test_no_tls(void)
{
	begin();
	say(1,
	    "AAAAAAAAAA1: TLS is required, but was not offered by host "
	    "mx.bad.test[127.1.0.2]");
	to(1, "AAAAAAAAAA1", "u@bad.test", GOOD,
	    "dsn=4.7.0, status=deferred (TLS is required, but host "
	    "mx.good.test[127.1.0.1] refused to start TLS: 454 later)");
	to(1, "AAAAAAAAAA1", "v@bad.test", GOOD,
	    "dsn=4.7.0, status=deferred (TLS is required, but host "
	    "mx.good.test[127.1.0.1] refused to start TLS: 454 later)");
	is_int((long long)ngot, 2, "neither host, two recipients");
	ok(got[0].fact == LOG_FACT_NO_STARTTLS &&
		got[1].fact == LOG_FACT_NO_STARTTLS,
	    "both without STARTTLS");
	is_str(got[0].peer.host, "mx.bad.test", "the first host");
	begin();
	say(1, "SSL_connect error to " BAD ": lost connection");
	to(1, "AAAAAAAAAA1", "u@bad.test", BAD,
	    "dsn=4.7.5, status=deferred (Cannot start TLS: handshake "
	    "failure)");
	is_int((long long)ngot, 1, "a handshake that failed");
	is_int(got[0].fact, LOG_FACT_HANDSHAKE, "is told as such");
	say(1, "SSL_connect error to " BAD ": lost connection");
	to(1, "AAAAAAAAAA1", "u@bad.test", BAD, SENT);
	is_int((long long)ngot, 2, "then in plaintext: one session");
	is_int(got[1].fact, LOG_FACT_HANDSHAKE, "that failed");
}

static void
test_skipped(void)
{
	static const char warning[] =
	    "warning: TLS policy lookup for d.test/mx1.d.test: no TLSA "
	    "records found";

	begin();
	say(1, warning);
	say(1, warning);
	is_int((long long)ngot, 1, "two addresses of a host are one");
	is_int(got[0].code, DATAGRAM_DANE_REQUIRED, "code");
	is_str(got[0].domain, "d.test", "domain");
	to(1, "AAAAAAAAAA1", "u@d.test", "none",
	    "dsn=4.7.5, status=deferred (no TLSA records found)");
	say(1, warning);
	is_int((long long)ngot, 2, "another delivery is another");
}

static void
test_told(void)
{
	begin();
	say(1, "Verified" TLS GOOD CIPHER);
	say(1,
	    "TLSRPT: status=success, domain=good.test, "
	    "receiving_mx=mx.good.test[127.1.0.1]");
	to(1, "AAAAAAAAAA1", "u@good.test", GOOD, SENT);
	ok(ngot == 1 && got[0].told, "a datagram tells of it");
	say(1,
	    "certificate verification failed for " BAD
	    ": self-signed certificate");
	say(1,
	    "TLSRPT: status=failure, domain=bad.test, "
	    "receiving_mx=mx.bad.test[127.1.0.2], "
	    "failure_type=validation_failure");
	say(1,
	    "warning: Could not report TLS handshake result to tlsrpt "
	    "library: Connection refused (errno 111)");
	say(1, "Untrusted" TLS BAD CIPHER);
	to(1, "AAAAAAAAAA2", "u@bad.test", BAD,
	    "dsn=4.7.5, status=deferred (Server certificate not verified)");
	ok(ngot == 2 && !got[1].told, "unless the datagram was lost");
	say(1, "Verified" TLS GOOD CIPHER);
	to(1, "AAAAAAAAAA3", "u@good.test", GOOD, SENT);
	ok(ngot == 3 && got[2].told,
	    "who tells, is silent for a reason: a session resumed");
	say_at(1000, "postfix/old/smtp", 1, "Verified" TLS GOOD CIPHER);
	say_at(1000, "postfix/old/smtp", 1,
	    "AAAAAAAAAA4: to=<u@good.test>, "
	    "relay=" GOOD ", " DELAYS SENT);
	ok(ngot == 4 && !got[3].told, "another transport does not");
	is_int((long long)log_sessions_stats(table)->reported, 2,
	    "lines TLSRPT");
	is_int((long long)log_sessions_stats(table)->lost, 1,
	    "lines Could not report");
}

static void
test_own(void)
{
	begin();
	say_at(1000, "postfix/qmgr", 9,
	    "AAAAAAAAAA1: "
	    "from=<noreply-tls@Example.org>, size=9, nrcpt=1 (queue active)");
	say_at(1000, "postfix/qmgr", 9,
	    "AAAAAAAAAA2: from=<u@example.org>, "
	    "size=9, nrcpt=1 (queue active)");
	say(1, "Untrusted" TLS GOOD CIPHER);
	to(1, "AAAAAAAAAA1", "tlsrpt@good.test", GOOD, SENT);
	is_int((long long)ngot, 0, "our own report is no session");
	is_int((long long)log_sessions_stats(table)->own, 1, "and counted");
	say(1, "Untrusted" TLS GOOD CIPHER);
	to(1, "AAAAAAAAAA2", "tlsrpt@good.test", GOOD, SENT);
	is_int((long long)ngot, 1, "other mail is one");
	say_at(1000, "postfix/qmgr", 9, "AAAAAAAAAA1: removed");
	say(1, "Untrusted" TLS GOOD CIPHER);
	to(1, "AAAAAAAAAA1", "u@good.test", GOOD, SENT);
	is_int((long long)ngot, 2, "a queue id that is used again");
}

static void
test_processes(void)
{
	begin();
	say(1, "Verified" TLS GOOD CIPHER);
	say(2, "Untrusted" TLS BAD CIPHER);
	to(2, "AAAAAAAAAA2", "u@two.test", BAD, SENT);
	to(1, "AAAAAAAAAA1", "u@one.test", GOOD, SENT);
	is_int((long long)ngot, 2, "two at a time");
	is_str(got[0].domain, "two.test", "each its own domain");
	is_str(got[1].domain, "one.test", "and host");
	is_int(got[1].trust, LOG_VERIFIED, "and trust");
	begin();
	for (uint32_t i = 0; i < LOG_PROCESSES_MAX + 10; i++)
		say(i, "Verified" TLS GOOD CIPHER);
	is_int((long long)log_sessions_stats(table)->unclear, 10,
	    "the oldest of too many are given up");
	to(3, "AAAAAAAAAA1", "u@three.test", GOOD, SENT);
	is_int(got[0].fact, LOG_FACT_PLAIN, "what was forgotten is guessed");
}

/* More hosts than a domain can sensibly have. */
static void
test_hosts(void)
{
	char text[256];

	begin();
	for (int i = 0; i < LOG_PENDING_MAX + 5; i++) {
		(void)snprintf(text, sizeof(text),
		    "Untrusted" TLS "mx%d.a.test[127.1.1.%d]:25" CIPHER, i, i);
		say(1, text);
		say(1, "AAAAAAAAAA1: Server certificate not verified");
	}
	to(1, "AAAAAAAAAA1", "u@a.test", "none",
	    "dsn=4.7.5, status=deferred (Server certificate not verified)");
	is_int((long long)ngot, LOG_PENDING_MAX, "so many hosts");
	ok(got[0].refused && got[LOG_PENDING_MAX - 1].refused,
	    "the first and the last");
	is_int((long long)log_sessions_stats(table)->unclear, 5,
	    "those beyond are counted");
}

static void
test_oldest(void)
{
	struct side_position at;
	uint64_t second, third;

	begin();
	ok(!log_sessions_oldest(table, &at), "nothing is unfinished");
	say(1, "Verified" TLS GOOD CIPHER);
	second = offset;
	say(2, "Verified" TLS GOOD CIPHER);
	ok(log_sessions_oldest(table, &at) && at.generation == 7 &&
		at.offset == 0,
	    "the first line");
	to(1, "AAAAAAAAAA1", "u@one.test", GOOD, SENT);
	ok(log_sessions_oldest(table, &at) && at.offset == 0,
	    "more recipients may follow");
	third = offset;
	say(1, "Verified" TLS GOOD CIPHER);
	ok(log_sessions_oldest(table, &at) && at.offset == second,
	    "the next delivery ends it");
	to(2, "AAAAAAAAAA2", "u@two.test", GOOD, SENT);
	say_at(1000 + LOG_SILENT_MS / 1000, "postfix/smtp", 1,
	    "AAAAAAAAAA1: to=<u@one.test>, relay=" GOOD ", " DELAYS SENT);
	ok(log_sessions_oldest(table, &at) && at.offset == second,
	    "not silent for long enough");
	say_at(1001 + LOG_SILENT_MS / 1000, "postfix/smtp", 1,
	    "AAAAAAAAAA1: to=<v@one.test>, relay=" GOOD ", " DELAYS SENT);
	ok(log_sessions_oldest(table, &at) && at.offset == third,
	    "silence ends it too");
}

/* Reading again from the oldest position gives the same positions. */
static void
test_again(void)
{
	struct log_session first;

	begin();
	say(1, "Verified" TLS GOOD CIPHER);
	to(1, "AAAAAAAAAA1", "u@one.test", GOOD, SENT);
	first = got[0];
	begin();
	say(1, "Verified" TLS GOOD CIPHER);
	to(1, "AAAAAAAAAA1", "u@one.test", GOOD, SENT);
	ok(side_position_compare(&first.position, &got[0].position) == 0,
	    "the same again");
}

static void
on_saved(void *arg, const char *what, const char *value)
{
	ok(log_sessions_load(arg, what, value), "%s %s is taken back", what,
	    value);
}

static void
test_saved(void)
{
	struct log_sessions *old;

	begin();
	say_at(1000, "postfix/qmgr", 9,
	    "AAAAAAAAAA1: "
	    "from=<noreply-tls@example.org>, size=9, nrcpt=1 (queue active)");
	say(1,
	    "TLSRPT: status=success, domain=good.test, "
	    "receiving_mx=mx.good.test[127.1.0.1]");
	old = table;
	table = NULL;
	begin();
	log_sessions_save(old, on_saved, table);
	log_sessions_free(old);
	say(1, "Untrusted" TLS GOOD CIPHER);
	to(1, "AAAAAAAAAA1", "tlsrpt@good.test", GOOD, SENT);
	is_int((long long)ngot, 0, "own mails are known after a restart");
	say(1, "Untrusted" TLS GOOD CIPHER);
	to(1, "AAAAAAAAAA2", "u@good.test", GOOD, SENT);
	ok(ngot == 1 && got[0].told, "and who tells");
	ok(!log_sessions_load(table, "other", "x") &&
		!log_sessions_load(table, "own", ""),
	    "nothing else is taken");
}

int
main(void)
{
	test_success();
	test_reused();
	test_refused();
	test_no_tls();
	test_skipped();
	test_told();
	test_own();
	test_processes();
	test_hosts();
	test_oldest();
	test_again();
	test_saved();
	log_sessions_free(table);
	return done_testing();
}
