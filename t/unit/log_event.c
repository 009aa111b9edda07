/* log_event: recorded lines of Postfix 3.7, 3.10 and 3.11, and hostile ones */
#include "config.h"

#include "reportgen/log_event.h"
#include "t/unit/tap.h"

static struct log_event e;

static int
smtp(const char *text)
{
	log_event_read(LOG_PROGRAM_SMTP, text, strlen(text), &e);
	return (int)e.kind;
}

static int
qmgr(const char *text)
{
	log_event_read(LOG_PROGRAM_QMGR, text, strlen(text), &e);
	return (int)e.kind;
}

static void
test_established(void)
{
	static const struct {
		const char *word;
		enum log_trust trust;
	} words[] = {
		{ "Verified", LOG_VERIFIED },
		{ "Trusted", LOG_TRUSTED },
		{ "Untrusted", LOG_UNTRUSTED },
		{ "Anonymous", LOG_ANONYMOUS },
	};
	char text[256];

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		(void)snprintf(text, sizeof(text),
		    "%s TLS connection established to "
		    "mx.Good.test[127.1.0.1]:25: TLSv1.3 with cipher "
		    "TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519",
		    words[i].word);
		is_int(smtp(text), LOG_ESTABLISHED, "%s", words[i].word);
		is_int(e.trust, words[i].trust, "%s: trust", words[i].word);
		is_str(e.peer.host, "mx.good.test", "the host, normal");
		is_str(e.peer.address, "127.1.0.1", "the address");
	}
	is_int(smtp("Trusted TLS connection established to "
		    "mx.v6.test[2001:DB8::0:1]:25: TLSv1.2 with cipher X"),
	    LOG_ESTABLISHED, "IPv6");
	is_str(e.peer.address, "2001:db8::1", "its canonical form");
	is_int(smtp("Trusted TLS connection reused to "
		    "mx.good.test[127.1.0.1]:25: TLSv1.3 with cipher X"),
	    LOG_OTHER, "a connection that is used again");
	is_int(smtp("Trusted TLS connection established to "
		    "mx.good.test[not an address]:25: TLSv1.3"),
	    LOG_OTHER, "no address");
}

static void
test_unverified(void)
{
	static const struct {
		const char *text;
		enum datagram_code code;
		const char *reason;
	} lines[] = {
		{ "certificate verification failed for mx.self.test[127.1.0.2]"
		  ":25: self-signed certificate",
		    DATAGRAM_VALIDATION_FAILURE, "self-signed_certificate" },
		{ "certificate verification failed for mx.ca.test[127.1.0.3]"
		  ":25: untrusted issuer /CN=Some CA",
		    DATAGRAM_VALIDATION_FAILURE,
		    "unable_to_get_local_issuer_certificate" },
		{ "server certificate verification failed for "
		  "mx.expired.test[127.1.0.5]:25: certificate has expired",
		    DATAGRAM_CERTIFICATE_EXPIRED, NULL },
		{ "server certificate verification failed for "
		  "mx.wrong.test[127.1.0.4]:25: num=62:hostname mismatch",
		    DATAGRAM_CERTIFICATE_HOST_MISMATCH, NULL },
		{ "server certificate verification failed for "
		  "mx.danebad.test[127.1.0.7]:25: num=65:no matching DANE TLSA "
		  "records",
		    DATAGRAM_CERTIFICATE_NOT_TRUSTED, NULL },
		{ "certificate verification failed for mx.x.test[127.1.0.7]"
		  ":25: not trusted by local or TLSA policy",
		    DATAGRAM_CERTIFICATE_NOT_TRUSTED, NULL },
		{ "CA certificate verification failed for mx.x.test[127.1.0.7]"
		  ":25: certificate not yet valid",
		    DATAGRAM_VALIDATION_FAILURE,
		    "certificate_is_not_yet_valid" },
		{ "certificate verification failed for mx.x.test[127.1.0.7]"
		  ":25: words that nobody knows yet",
		    DATAGRAM_CERTIFICATE_NOT_TRUSTED, NULL },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		is_int(smtp(lines[i].text), LOG_UNVERIFIED, "%s",
		    lines[i].text);
		is_int(e.code, lines[i].code, "line %zu: code", i);
		is_str(e.reason, lines[i].reason, "line %zu: reason", i);
	}
}

static void
test_delivery(void)
{
	is_int(smtp("C9CF3ADCA08: to=<u@v5wrong.test>, "
		    "relay=mx.wrong.test[127.1.0.4]:25, delay=0.2, "
		    "delays=0.01/0.01/0.2/0, dsn=4.7.5, status=deferred "
		    "(Server certificate not verified)"),
	    LOG_DELIVERY, "3.7: not verified");
	is_str(e.qid, "C9CF3ADCA08", "queue id");
	is_str(e.domain, "v5wrong.test", "domain");
	is_str(e.peer.host, "mx.wrong.test", "host");
	is_int(e.end, LOG_END_UNVERIFIED, "end");
	is_int(smtp("4bQkXw2fzxz5vYc: to=<u@Good.test>, orig_to=<root>, "
		    "relay=mx.good.test[127.1.0.1]:25, conn_use=2, delay=1, "
		    "delays=0/0/0/1, tls=secure, dsn=2.0.0, status=sent "
		    "(250 2.0.0 Ok: queued as X)"),
	    LOG_DELIVERY, "3.11: sent, long queue id, tls=, conn_use=");
	ok(e.reused && e.sent, "over a connection of before");
	is_str(e.domain, "good.test", "domain, normal");
	is_int(e.end, LOG_END_MAIL, "the server took it");
	is_int(smtp("34278AE2C95: to=<u@d1c.test>, relay=none, delay=0.1, "
		    "delays=0/0/0/0, tls=unknown?, dsn=4.7.5, "
		    "status=deferred (no TLSA records found)"),
	    LOG_DELIVERY, "3.11: no host was asked");
	is_str(e.peer.address, "", "no peer");
	is_int(smtp("34278AE2C95: to=<u@n.test>, "
		    "relay=mx.notls.test[127.1.0.3]:25, delay=0.1, "
		    "delays=0/0/0/0, dsn=4.7.4, status=deferred (TLS is "
		    "required, but was not offered by host "
		    "mx.notls.test[127.1.0.3])"),
	    LOG_DELIVERY, "no STARTTLS");
	is_int(e.end, LOG_END_NO_STARTTLS, "no STARTTLS: end");
	is_int(smtp("34278AE2C95: to=<u@n.test>, "
		    "relay=mx.tls454.test[127.1.0.10]:25, delay=0.1, "
		    "delays=0/0/0/0, dsn=4.7.0, status=deferred (TLS is "
		    "required, but host mx.tls454.test[127.1.0.10] refused to "
		    "start TLS: 454 4.7.0 TLS not available)"),
	    LOG_DELIVERY, "454 to STARTTLS");
	is_int(e.end, LOG_END_NO_STARTTLS, "454: end");
	is_int(smtp("34278AE2C95: to=<u@n.test>, "
		    "relay=mx.h.test[127.1.0.11]:25, delay=0.1, "
		    "delays=0/0/0/0, tls=encrypt?, dsn=4.7.5, status=deferred "
		    "(Cannot start TLS: handshake failure)"),
	    LOG_DELIVERY, "handshake failure");
	is_int(e.end, LOG_END_HANDSHAKE, "handshake failure: end");
	is_int(smtp("34278AE2C95: to=<u@n.test>, "
		    "relay=mx.h.test[127.1.0.11]:25, delay=0.1, "
		    "delays=0/0/0/0, dsn=5.1.1, status=bounced (host "
		    "mx.h.test[127.1.0.11] said: 550 5.1.1 no (in reply to "
		    "RCPT TO command))"),
	    LOG_DELIVERY, "refused at RCPT");
	is_int(e.end, LOG_END_MAIL, "refused at RCPT: TLS was settled");
	is_int(smtp("34278AE2C95: to=<u@n.test>, "
		    "relay=mx.h.test[127.1.0.11]:25, delay=0.1, "
		    "delays=0/0/0/0, dsn=4.4.2, status=deferred (lost "
		    "connection with mx.h.test[127.1.0.11] while receiving "
		    "the initial server greeting)"),
	    LOG_DELIVERY, "lost at the greeting");
	is_int(e.end, LOG_END_OTHER, "nothing is known of TLS");
}

static void
test_given_up(void)
{
	is_int(smtp("C9CF3ADCA08: Server certificate not verified"),
	    LOG_GIVEN_UP, "the next host is tried: not verified");
	is_int(e.end, LOG_END_UNVERIFIED, "end");
	is_int(smtp("C9CF3ADCA08: TLS is required, but was not offered by "
		    "host mx.notls.test[127.1.0.3]"),
	    LOG_GIVEN_UP, "the next host is tried: no STARTTLS");
	is_str(e.peer.host, "mx.notls.test", "which host");
	is_int(smtp("C9CF3ADCA08: host mx.a.test[127.1.0.3] refused to talk "
		    "to me: 421 later"),
	    LOG_OTHER, "nothing about TLS");
	is_int(smtp("SSL_connect error to mx.hsclose.test[127.1.0.11]:25: "
		    "lost connection"),
	    LOG_HANDSHAKE, "SSL_connect: lost connection");
	is_int(smtp("SSL_connect error to mx.hsclose.test[127.1.0.11]:25: -1"),
	    LOG_HANDSHAKE, "SSL_connect: a number");
	is_int(smtp("warning: TLS library problem: error:0A000152:SSL "
		    "routines::unsafe legacy renegotiation disabled:x.c:9:"),
	    LOG_OTHER, "the library's own words");
}

static void
test_skipped(void)
{
	is_int(smtp("warning: TLS policy lookup for d1a.test/mx1.d1a.test: no "
		    "TLSA records found"),
	    LOG_SKIPPED, "no TLSA");
	is_int(e.code, DATAGRAM_DANE_REQUIRED, "no TLSA: dane-required");
	is_str(e.domain, "d1a.test", "domain");
	is_str(e.peer.host, "mx1.d1a.test", "host");
	is_int(smtp("warning: TLS policy lookup for d1b.test/mx1.d1b.test: "
		    "TLSA lookup error for mx1.d1b.test:25"),
	    LOG_SKIPPED, "TLSA cannot be had");
	is_int(e.code, DATAGRAM_DNSSEC_INVALID, "dnssec-invalid");
	is_int(smtp("warning: TLS policy lookup for d.test/mx.d.test: TLSA "
		    "records unusable"),
	    LOG_SKIPPED, "unusable TLSA");
	is_int(e.code, DATAGRAM_TLSA_INVALID, "tlsa-invalid");
	is_int(smtp("warning: TLS policy lookup for d.test/mx.d.test: non "
		    "DNSSEC destination"),
	    LOG_SKIPPED, "unsigned");
	is_int(smtp("warning: TLS policy lookup for d.test/mx.d.test: client "
		    "TLS configuration problem"),
	    LOG_OTHER, "the map did not answer: ours, not theirs");
	is_int(smtp("warning: smtp_tls_policy_maps, next-hop destination "
		    "\"x.test\": policy table lookup error"),
	    LOG_OTHER, "likewise");
	is_int(smtp("warning: MX name 'mx.good.test' does not match STS MX "
		    "pattern for 's2sec.test'"),
	    LOG_SKIPPED, "an MX outside the policy");
	is_int(e.code, DATAGRAM_VALIDATION_FAILURE, "outside: code");
	is_str(e.reason, "mx-mismatch", "outside: reason");
	is_str(e.domain, "s2sec.test", "outside: domain");
	is_int(smtp("warning: mx.u.test[127.1.0.9]:25: all TLSA records "
		    "unusable, fallback to unauthenticated TLS"),
	    LOG_UNUSABLE, "dane without usable TLSA");
}

static void
test_reported(void)
{
	is_int(smtp("TLSRPT: status=success, domain=s2self.test, "
		    "receiving_mx=mx.self.test[127.1.0.2]"),
	    LOG_REPORTED, "a success");
	is_str(e.domain, "s2self.test", "domain");
	is_int(smtp("TLSRPT: status=failure, domain=self.test, "
		    "receiving_mx=mx.self.test[127.1.0.2], "
		    "failure_type=validation_failure, "
		    "failure_reason=self-signed_certificate"),
	    LOG_REPORTED, "a failure");
	is_str(e.peer.host, "mx.self.test", "host");
	is_int(smtp("warning: Could not report TLS handshake result to tlsrpt "
		    "library: Connection refused (errno 111)"),
	    LOG_LOST, "a lost one");
	log_event_read(LOG_PROGRAM_TLSPROXY,
	    "TLSRPT: status=success, domain=a.test, receiving_mx=b.test[::1]",
	    63, &e);
	is_int(e.kind, LOG_REPORTED, "of tlsproxy");
}

static void
test_qmgr(void)
{
	is_int(qmgr("C9CF3ADCA08: from=<Noreply-tls@example.org>, size=3019, "
		    "nrcpt=1 (queue active)"),
	    LOG_SENDER, "a sender");
	is_mem(e.sender, "Noreply-tls@example.org", 23, "its address");
	is_int(qmgr("C9CF3ADCA08: from=<>, size=3019, nrcpt=1 (queue active)"),
	    LOG_SENDER, "the null sender");
	is_int((long long)e.sender_len, 0, "is empty");
	is_int(qmgr("C9CF3ADCA08: removed"), LOG_REMOVED, "removed");
	is_int(qmgr("C9CF3ADCA08: removed (canceled)"), LOG_OTHER,
	    "another way to go");
	is_int(qmgr("short: removed"), LOG_OTHER, "no queue id");
}

/* Texts that a recipient's address or a server's reply may hold. */
static void
test_hostile(void)
{
	is_int(smtp("C9CF3ADCA08: to=<\"x>, relay=mx.victim.test[192.0.2.1]:"
		    "25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent "
		    "(\"@evil.test>, relay=mx.evil.test[127.0.0.9]:25, "
		    "delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (ok)"),
	    LOG_DELIVERY, "a quoted local part is one word");
	is_str(e.domain, "evil.test", "the domain is behind it");
	is_str(e.peer.host, "mx.evil.test", "and so is the host");
	is_int(smtp("C9CF3ADCA08: to=<\"x\\\">, relay=y\"@evil.test>, "
		    "relay=mx.evil.test[127.0.0.9]:25, delay=1, "
		    "delays=0/0/0/1, dsn=2.0.0, status=sent (ok)"),
	    LOG_DELIVERY, "an escaped quote in it");
	is_str(e.domain, "evil.test", "does not end it");
	is_int(smtp("C9CF3ADCA08: to=<\"x@evil.test>, relay=none, status="), 0,
	    "a quote that does not end");
	is_int(smtp("C9CF3ADCA08: host mx.evil.test[127.0.0.9] said: 450 "
		    "to=<u@victim.test>, relay=mx.victim.test[192.0.2.1]:25, "
		    "dsn=4.7.5, status=deferred (Server certificate not "
		    "verified) (in reply to RCPT TO command)"),
	    LOG_OTHER, "a reply that looks like a delivery");
	is_int(smtp("C9CF3ADCA08: to=<u@evil.test>, relay=mx.evil.test"
		    "[127.0.0.9]:25, delay=1, delays=0/0/0/1, dsn=4.0.0, "
		    "status=deferred (host mx.evil.test[127.0.0.9] said: 450 "
		    "Server certificate not verified (in reply to DATA "
		    "command))"),
	    LOG_DELIVERY, "a reply that speaks of certificates");
	is_int(e.end, LOG_END_MAIL, "is only a reply");
	is_int(smtp("C9CF3ADCA08: to=<u@[192.0.2.1]>, relay=192.0.2.1"
		    "[192.0.2.1]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, "
		    "status=sent (ok)"),
	    LOG_DELIVERY, "an address literal");
	ok(e.domain[0] == '\0' && e.peer.host[0] == '\0', "has no names");
}

int
main(void)
{
	test_established();
	test_unverified();
	test_delivery();
	test_given_up();
	test_skipped();
	test_reported();
	test_qmgr();
	test_hostile();
	return done_testing();
}
