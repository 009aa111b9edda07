/* log_outcome: each fact of the log under each kind of policy, as datagrams */
#include "config.h"

#include "reportgen/log_outcome.h"
#include "share/rpt/datagram_read.h"
#include "t/unit/tap.h"

#define RECORD "v=TLSRPTv1; rua=mailto:r@d.test"
#define STS                                                           \
	"policy_type=sts policy_domain=d.test {policy_string = "      \
	"version: STSv1} {policy_string = mode: %s} mx_host_pattern=" \
	"mx.d.test"
#define TLSA                                                             \
	"{\"name\":\"_25._tcp.mx.d.test\",\"type\":\"TLSA\",\"status\":" \
	"\"secure\",\"data\":\"3 1 1 AB\"}"

static struct log_session
session(enum log_fact fact, enum log_trust trust)
{
	struct log_session s = { .fact = fact, .trust = trust };

	(void)snprintf(s.domain, sizeof(s.domain), "d.test");
	(void)snprintf(s.peer.host, sizeof(s.peer.host), "mx.d.test");
	(void)snprintf(s.peer.address, sizeof(s.peer.address), "192.0.2.1");
	return s;
}

/* What becomes of s under a reply: a datagram's text, or a word. */
static const char *
outcome(const struct log_session *s, const char *reply)
{
	static const char *const words[] = {
		[LOG_SEND] = "send",
		[LOG_TOLD] = "told",
		[LOG_NOTHING] = "nothing",
		[LOG_NOT_FORCE] = "not in force",
	};
	static char text[4096];
	char json[4096];
	struct err e = { 0 };
	struct log_policy *p;
	enum log_verdict v;
	struct buf out;

	(void)snprintf(json, sizeof(json),
	    "OK {\"replies\":{\"postfix-tlsrpt\":\"%s\"},\"links\":[%s]}",
	    reply, TLSA);
	p = log_policy_read(json, &e);
	if (p == NULL) {
		diag("%s", e.text);
		return NULL;
	}
	buf_init(&out, DATAGRAM_MAX);
	v = log_outcome_write(s, p, RECORD, &out);
	log_policy_free(p);
	(void)snprintf(text, sizeof(text), "%s",
	    v == LOG_SEND ? buf_str(&out) : words[v]);
	buf_clear(&out);
	return text;
}

static const char *
sts(const char *level, const char *mode)
{
	static char reply[1024];
	char policy[512];

	(void)snprintf(policy, sizeof(policy), STS, mode);
	(void)snprintf(reply, sizeof(reply), "OK %s %s", level, policy);
	return reply;
}

#define HEAD                                                  \
	"{\"dpv\": \"1\",\"d\": \"d.test\",\"pr\": \"" RECORD \
	"\",\"policies\":["
#define P_NONE "{\"policy-type\":9,\"policy-domain\": \"d.test\""
#define P_TLSA                                                 \
	"{\"policy-type\":1,\"policy-domain\": \"mx.d.test\"," \
	"\"policy-string\":[\"3 1 1 AB\"]"
#define P_STS(mode)                                                           \
	"{\"policy-type\":2,\"policy-domain\": \"d.test\",\"policy-string\":" \
	"[\"version: STSv1\",\"mode: " mode "\"],\"mx-host\":[\"mx.d.test\"]"
#define GOOD ",\"t\":0,\"f\":0}]}"
#define FAIL(code, more)                                              \
	",\"failure-details\":[{\"c\":" code ",\"n\": \"mx.d.test\"," \
	"\"r\": \"192.0.2.1\"" more "}],\"t\":1,\"f\":1}]}"
#define WHY(reason) ",\"f\": \"" reason "\""

static void
test_none(void)
{
	struct log_session s = session(LOG_FACT_TLS, LOG_UNTRUSTED);

	is_str(outcome(&s, "NOTFOUND "), HEAD P_NONE GOOD,
	    "no policy: any TLS is a success");
	s = session(LOG_FACT_PLAIN, 0);
	is_str(outcome(&s, "OK may"), "nothing", "no policy, no TLS: nothing");
	s = session(LOG_FACT_HANDSHAKE, 0);
	is_str(outcome(&s, "OK may"),
	    HEAD P_NONE FAIL("205", WHY("tls-handshake-failure")),
	    "no policy: a handshake that failed");
	s = session(LOG_FACT_NO_STARTTLS, 0);
	is_str(outcome(&s, "OK encrypt"), HEAD P_NONE FAIL("201", ""),
	    "encrypt: no STARTTLS");
	s = session(LOG_FACT_TLS, LOG_UNTRUSTED);
	is_str(outcome(&s, "OK verify match=hostname servername=hostname"),
	    "not in force", "verify: unverified mail went out");
}

static void
test_dane(void)
{
	struct log_session s = session(LOG_FACT_TLS, LOG_VERIFIED);

	is_str(outcome(&s, "OK dane-only"), HEAD P_TLSA GOOD, "DANE: verified");
	s.trust = LOG_UNTRUSTED;
	s.refused = true;
	s.code = DATAGRAM_CERTIFICATE_NOT_TRUSTED;
	is_str(outcome(&s, "OK dane-only"), HEAD P_TLSA FAIL("203", ""),
	    "DANE: no record matches");
	s = session(LOG_FACT_SKIPPED, 0);
	s.code = DATAGRAM_DANE_REQUIRED;
	s.peer.address[0] = '\0';
	(void)snprintf(s.peer.host, sizeof(s.peer.host), "mx2.d.test");
	is_str(outcome(&s, "OK dane-only"),
	    HEAD "{\"policy-type\":1,\"policy-domain\": \"mx2.d.test\","
		 "\"failure-details\":[{\"c\":306,\"n\": \"mx2.d.test\"}],"
		 "\"t\":1,\"f\":1}]}",
	    "DANE: a host without records is passed over");
	s = session(LOG_FACT_UNUSABLE, LOG_UNTRUSTED);
	is_str(outcome(&s, "OK dane"),
	    HEAD P_TLSA FAIL("304", WHY("all-TLSA-records-unusable")),
	    "dane: no usable record");
	s = session(LOG_FACT_TLS, LOG_UNTRUSTED);
	(void)snprintf(s.peer.host, sizeof(s.peer.host), "mx2.d.test");
	is_str(outcome(&s, "OK dane"), HEAD P_NONE GOOD,
	    "dane: a host without records has no policy");
}

static void
test_enforce(void)
{
	struct log_session s = session(LOG_FACT_TLS, LOG_VERIFIED);
	const char *reply = sts("secure match=mx.d.test", "enforce");

	is_str(outcome(&s, reply), HEAD P_STS("enforce") GOOD,
	    "enforce: verified");
	s.trust = LOG_UNTRUSTED;
	is_str(outcome(&s, reply), "not in force",
	    "enforce: unverified mail went out (TLS-Required: No)");
	s.refused = true;
	s.code = DATAGRAM_CERTIFICATE_EXPIRED;
	is_str(outcome(&s, reply), HEAD P_STS("enforce") FAIL("204", ""),
	    "enforce: expired");
	s.code = 0;
	is_str(outcome(&s, reply), HEAD P_STS("enforce") FAIL("203", ""),
	    "enforce: refused without a reason, untrusted");
	s.trust = LOG_TRUSTED;
	is_str(outcome(&s, reply), HEAD P_STS("enforce") FAIL("202", ""),
	    "enforce: refused without a reason, trusted");
	s = session(LOG_FACT_SKIPPED, 0);
	s.code = DATAGRAM_VALIDATION_FAILURE;
	s.reason = "mx-mismatch";
	is_str(outcome(&s, reply),
	    HEAD P_STS("enforce") FAIL("205", WHY("mx-mismatch")),
	    "enforce: a host outside the policy");
	s = session(LOG_FACT_PLAIN, 0);
	is_str(outcome(&s, reply), "not in force",
	    "enforce: mail went without TLS");
}

static void
test_testing(void)
{
	struct log_session s = session(LOG_FACT_TLS, LOG_TRUSTED);
	char reply[1024];

	(void)snprintf(reply, sizeof(reply), "%s", sts("may", "testing"));
	is_str(outcome(&s, reply), HEAD P_STS("testing") GOOD,
	    "testing: trusted");
	s.trust = LOG_UNTRUSTED;
	is_str(outcome(&s, reply), HEAD P_STS("testing") FAIL("203", ""),
	    "testing: untrusted is a failure");
	s.told = true;
	is_str(outcome(&s, reply), HEAD P_STS("testing") FAIL("203", ""),
	    "testing: though a datagram said otherwise");
	s = session(LOG_FACT_PLAIN, 0);
	s.told = true;
	is_str(outcome(&s, reply), HEAD P_STS("testing") FAIL("201", ""),
	    "testing: no TLS is a failure");
	s = session(LOG_FACT_TLS, LOG_TRUSTED);
	(void)snprintf(s.peer.host, sizeof(s.peer.host), "mx.e.test");
	has_str(outcome(&s, reply), "\"f\": \"mx-mismatch\"",
	    "testing: a host outside the policy is a failure");
}

static void
test_told(void)
{
	struct log_session s = session(LOG_FACT_TLS, LOG_VERIFIED);

	s.told = true;
	is_str(outcome(&s, sts("secure match=mx.d.test", "enforce")), "told",
	    "what a datagram tells is not told again");
	is_str(outcome(&s, "OK dane-only"), "told", "nor of DANE");
	is_str(outcome(&s, "NOTFOUND "), "told", "nor without a policy");
	s.told = false;
	is_str(outcome(&s, "TEMP d.test: MX cannot be known"), "not in force",
	    "no policy can be told now");
}

/* Our own reader takes what we write. */
static void
test_read(void)
{
	struct log_session s = session(LOG_FACT_HANDSHAKE, 0);
	const char *text =
	    outcome(&s, sts("secure match=mx.d.test", "enforce"));
	struct datagram_reader *dr = datagram_reader_new();
	struct datagram_outcome o;

	is_int(datagram_read(dr, text, strlen(text), &o), DATAGRAM_GOOD,
	    "the collector takes it");
	is_str(o.record, RECORD, "with the record");
	is_str(o.policies[0].failures[0].reason, "tls-handshake-failure",
	    "and the reason");
	datagram_reader_free(dr);
}

int
main(void)
{
	test_none();
	test_dane();
	test_enforce();
	test_testing();
	test_told();
	test_read();
	return done_testing();
}
