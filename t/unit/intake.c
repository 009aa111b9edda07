/* intake: from a datagram to a count - see reportgen/intake.h, position.h */
#include "config.h"

#include "reportgen/intake.h"
#include "share/base/buf.h"
#include "t/unit/tap.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#define T0 INT64_C(1764633600000) /* 2025-12-02T00:00:00Z */
#define HOUR_MS INT64_C(3600000)

static const char rules[] =
    "[report.tls.aggregate]\n"
    "send = [ { if = \"rcpt_domain == 'hourly.example'\", then = \"'hourly'\" }"
    ", { if = \"rcpt_domain == 'never.example'\", then = \"'never'\" }"
    ", { else = \"'daily'\" } ]\n";

static struct conf *
parse(const char *more)
{
	struct conf_mistakes mistakes;
	struct conf *c;
	struct buf b;

	buf_init(&b, 4096);
	buf_printf(&b, "%s%s", rules, more);
	c = conf_parse("test", b.data, b.len, &mistakes, NULL);
	if (c == NULL) {
		printf("Bail out! %s\n", mistakes.line[0]);
		exit(1);
	}
	buf_clear(&b);
	return c;
}

static const char *
datagram(const char *domain, const char *more)
{
	static char text[1024];

	snprintf(text, sizeof(text),
	    "{\"dpv\": \"1\",\"d\": \"%s\",\"pr\": \"v=TLSRPTv1; "
	    "rua=mailto:a@b\",\"policies\":[{\"policy-type\":2,%s\"t\":0,"
	    "\"f\":0}]}",
	    domain, more);
	return text;
}

static bool
take(struct intake *in, int64_t ms, const char *text)
{
	return intake_datagram(in, ms, text, strlen(text), false);
}

static int
put_row(void *arg, const struct rows_row *row, struct err *e)
{
	struct buf *b = arg;

	(void)e;
	buf_printf(b, "%s %" PRId64 "/%d %" PRId64 ":%" PRId64 "\n",
	    row->domain, row->begin - T0 / 1000, row->length, row->success,
	    row->failure);
	return 0;
}

static char *
rows_of(const struct intake *in)
{
	struct err e;
	struct buf b;

	buf_init(&b, 65536);
	if (aggregate_each(in->aggregate, put_row, &b, &e) == -1)
		fail("aggregate_each");
	return buf_take(&b);
}

static void
test_buckets(struct conf *c)
{
	struct aggregate *a = aggregate_new(1 << 20);
	struct intake in;
	char *rows;

	intake_init(&in, c, a);
	ok(take(&in, T0, datagram("daily.example", "")), "the day's first ms");
	ok(take(&in, T0 + 24 * HOUR_MS - 1, datagram("daily.example", "")),
	    "its last");
	ok(take(&in, T0 + 24 * HOUR_MS, datagram("daily.example", "")),
	    "the next day");
	ok(take(&in, T0 + HOUR_MS, datagram("hourly.example", "")), "an hour");
	ok(take(&in, T0 + HOUR_MS * 2, datagram("hourly.example", "")),
	    "the next");
	ok(take(&in, T0, datagram("never.example", "")),
	    "of which nobody is told");
	rows = rows_of(&in);
	is_str(rows,
	    "daily.example 0/86400 2:0\n"
	    "daily.example 86400/86400 1:0\n"
	    "hourly.example 3600/3600 1:0\n"
	    "hourly.example 7200/3600 1:0\n",
	    "are counted in their buckets");
	free(rows);
	is_int(in.counts.sessions, 5, "sessions");
	is_int(in.counts.dropped[SHARED_NEVER], 1, "and what was dropped");
	intake_clear(&in);
	aggregate_free(a);
}

static void
test_faults(struct conf *c)
{
	struct aggregate *a = aggregate_new(1 << 20);
	struct intake in;
	struct err e = { 0 };
	struct shared *s = shared_new(&e);

	intake_init(&in, c, a);
	ok(!take(&in, T0, "x"), "no JSON is not for the journal");
	ok(!take(&in, T0, ""), "nor is an empty one");
	ok(!intake_datagram(&in, T0, datagram("a.example", ""), 10, true),
	    "nor one that was cut");
	ok(take(&in, T0, datagram("a.example", "")), "a good one is");
	is_int(in.counts.fault[DATAGRAM_NOT_JSON], 1, "counted by reason");
	is_int(in.counts.fault[DATAGRAM_EMPTY], 1, "empty");
	is_int(in.counts.fault[DATAGRAM_TOO_LONG], 1, "too long");
	intake_flush(&in, s);
	is_int(s->datagrams, 4, "all processes see the figures");
	is_int(s->fault[DATAGRAM_NOT_JSON], 1, "by reason");
	is_int(s->sessions, 1, "and what was counted");
	is_int(in.counts.datagrams, 0, "once");
	intake_flush(&in, s);
	is_int(s->datagrams, 4, "indeed");
	shared_free(s);
	intake_clear(&in);
	aggregate_free(a);
}

static bool
side(struct intake *in, enum side_kind kind, uint64_t offset, const char *text)
{
	const struct side_record r = { .kind = kind,
		.ms = T0,
		.source = "file",
		.position = { 1, offset },
		.text = text,
		.len = strlen(text) };
	struct buf b;
	bool journal;

	buf_init(&b, SIDE_MAX);
	side_write(&r, &b);
	journal = intake_side(in, b.data, b.len);
	buf_clear(&b);
	return journal;
}

static void
test_side(struct conf *c)
{
	struct aggregate *a = aggregate_new(1 << 20);
	struct side_position at;
	struct intake in;

	intake_init(&in, c, a);
	ok(side(&in, SIDE_LOG, 10, datagram("a.example", "")),
	    "what the log says");
	ok(!side(&in, SIDE_LOG, 10, datagram("a.example", "")), "counts once");
	ok(!side(&in, SIDE_LOG, 5, datagram("a.example", "")),
	    "and nothing before it");
	ok(side(&in, SIDE_AT, 20, ""), "it has read on");
	ok(!side(&in, SIDE_LOG, 20, datagram("a.example", "")),
	    "up to there all was said");
	ok(!side(&in, SIDE_AT, 20, ""), "the same again is no news");
	is_int(in.counts.sessions, 1, "one session");
	is_int(in.counts.dropped[SHARED_AGAIN], 3, "three said again");
	at = position_of(&in.positions, "file");
	is_int(at.offset, 20, "the position is kept");
	ok(position_of(&in.positions, "journal").generation == 0,
	    "of each source");
	ok(!intake_side(&in, "noise", 5), "noise is dropped");
	ok(side(&in, SIDE_LOG, 30, "{}"), "a bad session goes on");
	is_int(in.counts.fault[DATAGRAM_NO_DOMAIN], 1, "and is counted so");
	intake_clear(&in);
	aggregate_free(a);
}

static void
test_own(struct conf *c)
{
	struct aggregate *a = aggregate_new(1 << 20);
	struct intake in;

	intake_init(&in, c, a);
	ok(side(&in, SIDE_OWN, 0, "a.example"), "a report goes out");
	ok(side(&in, SIDE_LOG, 1, datagram("a.example", "")),
	    "the log tells of a delivery");
	is_int(in.counts.sessions, 1, "which is another's");
	ok(take(&in, T0 + 1, datagram("a.example", "")),
	    "the delivery is for the journal");
	is_int(in.counts.dropped[SHARED_OWN], 1, "but not counted");
	ok(take(&in, T0 + 2, datagram("a.example", "")), "the next one");
	is_int(in.counts.sessions, 2, "is");
	intake_clear(&in);
	aggregate_free(a);
}

static void
test_log_config(struct conf *c)
{
	static const char testing[] = "\"policy-string\":[\"mode: testing\"],";
	struct aggregate *a = aggregate_new(1 << 20);
	struct conf *other =
	    parse("[report.collect]\nlog = \"/var/log/mail.log\"\n");
	struct intake in;

	intake_init(&in, c, a);
	ok(take(&in, T0, datagram("a.example", testing)), "without a log");
	is_int(in.counts.dropped[SHARED_TESTING], 1, "it is unproven");
	intake_set_conf(&in, other);
	ok(take(&in, T0, datagram("a.example", testing)), "with a log");
	is_int(in.counts.dropped[SHARED_LOGGED], 1, "it is the log's");
	intake_clear(&in);
	aggregate_free(a);
	conf_unref(other);
}

int
main(void)
{
	struct conf *c = parse("");

	test_buckets(c);
	test_faults(c);
	test_side(c);
	test_own(c);
	test_log_config(c);
	conf_unref(c);
	return done_testing();
}
