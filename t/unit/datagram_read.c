/* datagram_read: libtlsrpt's datagrams to normal outcomes, and each fault */
#include "config.h"

#include "share/base/xmem.h"
#include "share/rpt/datagram.h"
#include "share/rpt/datagram_read.h"
#include "t/unit/tap.h"

#include <stdlib.h>

#define HEAD "{\"dpv\": \"1\",\"d\": \"a.example\",\"pr\": \"v=TLSRPTv1\","
#define GOOD "{\"policy-type\":9,\"t\":0,\"f\":0}"

static const struct {
	const char *text;
	enum datagram_fault want;
} faults[] = {
	{ "", DATAGRAM_EMPTY },
	{ "x", DATAGRAM_NOT_JSON },
	{ "\xff", DATAGRAM_NOT_JSON },
	{ "{", DATAGRAM_NOT_JSON },
	{ "[]", DATAGRAM_NOT_OBJECT },
	{ "7", DATAGRAM_NOT_OBJECT },
	{ "\"d\"", DATAGRAM_NOT_OBJECT },
	{ "{}", DATAGRAM_NO_DOMAIN },
	{ "{\"d\":5}", DATAGRAM_WRONG_TYPE },
	{ "{\"d\":null,\"policies\":[" GOOD "]}", DATAGRAM_WRONG_TYPE },
	{ "{\"d\":\"\",\"policies\":[" GOOD "]}", DATAGRAM_BAD_DOMAIN },
	{ "{\"d\":\"a b\",\"policies\":[" GOOD "]}", DATAGRAM_BAD_DOMAIN },
	{ "{\"d\":\"a.example\",\"policies\":[" GOOD "]}", DATAGRAM_GOOD },
	{ "{\"dpv\":\"2\",\"d\":\"a.example\",\"policies\":[" GOOD "]}",
	    DATAGRAM_BAD_VERSION },
	{ "{\"dpv\":1,\"d\":\"a.example\",\"policies\":[" GOOD "]}",
	    DATAGRAM_WRONG_TYPE },
	{ HEAD "\"x\":0}", DATAGRAM_NO_POLICIES },
	{ HEAD "\"policies\":[]}", DATAGRAM_NO_POLICIES },
	{ HEAD "\"policies\":\"zz\"}", DATAGRAM_WRONG_TYPE },
	{ HEAD "\"policies\":[7]}", DATAGRAM_WRONG_TYPE },
	{ HEAD "\"policies\":[{}]}", DATAGRAM_BAD_POLICY_TYPE },
	{ HEAD "\"policies\":[{\"policy-type\":3,\"f\":0}]}",
	    DATAGRAM_BAD_POLICY_TYPE },
	{ HEAD "\"policies\":[{\"policy-type\":\"sts\",\"f\":0}]}",
	    DATAGRAM_WRONG_TYPE },
	{ HEAD "\"policies\":[{\"policy-type\":1}]}", DATAGRAM_NO_RESULT },
	{ HEAD "\"policies\":[{\"policy-type\":1,\"f\":2}]}",
	    DATAGRAM_NO_RESULT },
	{ HEAD "\"policies\":[{\"policy-type\":1,\"f\":0,\"policy-domain\":"
	       "\"-\"}]}",
	    DATAGRAM_BAD_DOMAIN },
	{ HEAD "\"policies\":[{\"policy-type\":1,\"f\":1,\"failure-details\":"
	       "[{\"c\":999}]}]}",
	    DATAGRAM_BAD_CODE },
	{ HEAD "\"policies\":[{\"policy-type\":1,\"f\":1,\"failure-details\":"
	       "[{}]}]}",
	    DATAGRAM_BAD_CODE },
	{ HEAD "\"policies\":[{\"policy-type\":1,\"f\":1,\"failure-details\":"
	       "[{\"c\":205,\"n\":[]}]}]}",
	    DATAGRAM_WRONG_TYPE },
	{ HEAD "\"policies\":[" GOOD ",]}", DATAGRAM_NOT_JSON },
	{ HEAD "\"policies\":[" GOOD "]}x", DATAGRAM_NOT_JSON },
	{ HEAD "\"d\":\"b.example\",\"policies\":[" GOOD "]}",
	    DATAGRAM_NOT_JSON },
	{ HEAD "\"policies\":[" GOOD "],\"new\":{\"x\":[1]}}", DATAGRAM_GOOD },
};

static void
test_faults(struct datagram_reader *dr)
{
	bool met[DATAGRAM_FAULTS] = { false };
	struct datagram_outcome o;
	char *text;

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		is_str(datagram_fault_name(datagram_read(dr, faults[i].text,
			   strlen(faults[i].text), &o)),
		    datagram_fault_name(faults[i].want), "%zu: %s", i,
		    faults[i].text);
		met[faults[i].want] = true;
	}
	text = xcalloc(1, DATAGRAM_READ_MAX + 1);
	memset(text, ' ', DATAGRAM_READ_MAX + 1);
	is_int(datagram_read(dr, text, DATAGRAM_READ_MAX + 1, &o),
	    DATAGRAM_TOO_LONG, "a very long one");
	met[DATAGRAM_TOO_LONG] = true;
	free(text);
	met[DATAGRAM_TOO_MANY] = true; /* below */
	for (size_t i = 0; i < DATAGRAM_FAULTS; i++)
		ok(met[i], "%s was met",
		    datagram_fault_name((enum datagram_fault)i));
}

static void
test_too_many(struct datagram_reader *dr)
{
	struct datagram_outcome o;
	struct buf b;

	buf_init(&b, DATAGRAM_READ_MAX);
	buf_puts(&b, HEAD "\"policies\":[{\"policy-type\":2,\"mx-host\":[");
	for (int i = 0; i <= REPORT_STRINGS_MAX; i++)
		buf_printf(&b, "%s\"m%d.example\"", i > 0 ? "," : "", i);
	buf_puts(&b, "],\"f\":0}]}");
	is_int(datagram_read(dr, b.data, b.len, &o), DATAGRAM_TOO_MANY,
	    "too many MX patterns");
	buf_reset(&b);
	buf_printf(&b,
	    "{\"d\": \"a.example\",\"pr\": \"%*s\",\"policies\":[" GOOD "]}",
	    DATAGRAM_READ_RECORD_MAX + 1, "x");
	is_int(datagram_read(dr, b.data, b.len, &o), DATAGRAM_TOO_LONG,
	    "a long record");
	buf_clear(&b);
}

/* What our own writer writes comes back, with and without the version. */
static void
test_round_trip(struct datagram_reader *dr, bool version)
{
	static const struct datagram_failure failures[] = {
		{ DATAGRAM_VALIDATION_FAILURE, "2001:DB8:0::1", "MX.a.example.",
		    "250-MX.a.example at\r\n250 SIZE 1", "192.0.2.1", NULL,
		    "self-signed\r\ncertificate \xff" },
		{ DATAGRAM_DANE_REQUIRED, "not an address", "_", "", "", "",
		    "" },
	};
	static const char *const records[] = { "3 1 1 bb", "3 1 1 aA cc",
		"odd" };
	static const char *const lines[] = { "version: STSv1\r", "mx: *.x" };
	static const char *const mx[] = { "*.Mail.A.Example.", "mx.a.example",
		"*" };
	const struct datagram_policy policies[] = {
		{ .type = DATAGRAM_TLSA,
		    .domain = "B\xc3\xbc"
			      "cher.example",
		    .strings = records,
		    .nstrings = 3,
		    .failures = failures,
		    .nfailures = 2,
		    .failed = true },
		{ .type = DATAGRAM_STS,
		    .strings = lines,
		    .nstrings = 2,
		    .mx = mx,
		    .nmx = 3 },
	};
	const struct datagram d = { "A.Example", "v=TLSRPTv1; rua=mailto:x@y",
		policies, 2 };
	struct datagram_outcome o;
	const struct report_failure *f;
	struct buf b;

	buf_init(&b, DATAGRAM_MAX);
	datagram_write(&d, version, &b);
	if (!is_int(datagram_read(dr, b.data, b.len, &o), DATAGRAM_GOOD,
		"%s version: read", version ? "with" : "without"))
		goto out;
	is_str(o.domain, "a.example", "the domain");
	is_str(o.record, d.record, "the record");
	is_int(o.npolicies, 2, "two policies");
	is_int(o.policies[0].type, REPORT_POLICY_TLSA, "the first is tlsa");
	is_str(o.policies[0].domain, "xn--bcher-kva.example", "its domain");
	is_int(o.policies[0].failure, 1, "one failure");
	is_int(o.policies[0].success, 0, "no success");
	is_int(o.policies[0].strings.n, 3, "its records");
	is_str(o.policies[0].strings.text[0], "3 1 1 AACC", "in order");
	is_str(o.policies[0].strings.text[1], "3 1 1 BB", "in form");
	is_str(o.policies[0].strings.text[2], "odd", "odd ones as they are");
	is_int(o.policies[0].nfailures, 2, "failures");
	f = &o.policies[0].failures[0];
	is_int(f->result, REPORT_VALIDATION_FAILURE, "result");
	is_int(f->sessions, 1, "one session");
	is_str(f->sending_ip, "2001:db8::1", "sending address");
	is_str(f->receiving_ip, "192.0.2.1", "receiving address");
	is_str(f->mx, "mx.a.example", "MX host");
	is_str(f->helo, "mx.a.example", "of the EHLO reply the name");
	is_str(f->reason, "self-signed  certificate \xef\xbf\xbd", "reason");
	f++;
	ok(f->sending_ip == NULL && f->mx == NULL && f->helo == NULL &&
		f->receiving_ip == NULL && f->info == NULL && f->reason == NULL,
	    "what is nothing is absent");
	is_str(o.policies[1].domain, "a.example", "no domain: the recipient's");
	is_int(o.policies[1].success, 1, "one success");
	is_str(o.policies[1].strings.text[0], "version: STSv1", "a line");
	is_int(o.policies[1].mx.n, 2, "MX patterns");
	is_str(o.policies[1].mx.text[0], "*.mail.a.example", "a wildcard");
	is_str(o.policies[1].mx.text[1], "mx.a.example", "a host");
out:
	buf_clear(&b);
}

/* Texts of any length are kept short, and in whole characters. */
static void
test_long_reason(struct datagram_reader *dr)
{
	struct datagram_outcome o;
	const char *reason;
	struct buf b;

	buf_init(&b, DATAGRAM_MAX);
	buf_puts(&b,
	    HEAD "\"policies\":[{\"policy-type\":1,\"f\":1,"
		 "\"failure-details\":[{\"c\":205,\"f\":\"x");
	for (int i = 0; i < DATAGRAM_READ_TEXT_MAX; i++)
		buf_puts(&b, "\xc3\xa9");
	buf_puts(&b, "\"}]}]}");
	is_int(datagram_read(dr, b.data, b.len, &o), DATAGRAM_GOOD, "read");
	reason = o.policies[0].failures[0].reason;
	is_int(strlen(reason), DATAGRAM_READ_TEXT_MAX - 1, "cut");
	is_int((unsigned char)reason[strlen(reason) - 1], 0xa9,
	    "after a whole character");
	buf_clear(&b);
}

static bool
is_exact(const char *more)
{
	struct datagram_reader *dr = datagram_reader_new();
	struct datagram_outcome o;
	char *text = xasprintf(HEAD "\"policies\":[" GOOD "]%s}", more);
	bool exact;

	exact = datagram_read(dr, text, strlen(text), &o) == DATAGRAM_GOOD &&
	    o.exact;
	free(text);
	datagram_reader_free(dr);
	return exact;
}

/* Our milter's outcomes of Sendmail are proven. */
static void
test_exact(void)
{
	struct datagram_reader *dr = datagram_reader_new();
	static const char exact[] =
	    HEAD "\"x-exact\":1,\"policies\":[" GOOD "]}";
	static const char not_exact[] = HEAD "\"policies\":[" GOOD "]}";
	struct datagram_outcome o;

	ok(is_exact(",\"x-exact\":1"), "an exact sender says so");
	ok(!is_exact(""), "others do not");
	ok(!is_exact(",\"x-exact\":0"), "or that they are not");
	ok(!is_exact(",\"x-exact\":\"1\""), "another type is a fault");
	is_int(datagram_read(dr, exact, sizeof(exact) - 1, &o), DATAGRAM_GOOD,
	    "before the policies too");
	ok(o.exact, "it counts");
	is_int(datagram_read(dr, not_exact, sizeof(not_exact) - 1, &o),
	    DATAGRAM_GOOD, "the next one");
	ok(!o.exact, "is on its own");
	datagram_reader_free(dr);
}

int
main(void)
{
	struct datagram_reader *dr = datagram_reader_new();

	test_faults(dr);
	test_too_many(dr);
	test_round_trip(dr, true);
	test_round_trip(dr, false);
	test_long_reason(dr);
	datagram_reader_free(dr);
	test_exact();
	return done_testing();
}
