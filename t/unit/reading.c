/* reading: how much of one mail is read - see analyzer/reading.h */
#include "config.h"

#include "analyzer/reading.h"
#include "share/base/buf.h"
#include "t/unit/tap.h"

static const char good[] =
    "{\"organization-name\":\"x\",\"date-range\":{\"start-datetime\":"
    "\"2026-11-20T00:00:00Z\",\"end-datetime\":\"2026-11-20T23:59:59Z\"},"
    "\"contact-info\":\"a@example.org\",\"report-id\":\"r@example.org\","
    "\"policies\":[{\"policy\":{\"policy-type\":\"no-policy-found\","
    "\"policy-domain\":\"b.test\"},\"summary\":{"
    "\"total-successful-session-count\":1,"
    "\"total-failure-session-count\":0}}]}";

static bool
take(void *arg, const struct reading_report *report)
{
	(void)report;
	++*(unsigned *)arg;
	return true;
}

static void
add_part(struct buf *b, const char *text)
{
	buf_printf(b,
	    "--b\r\nContent-Type: application/tlsrpt+json\r\n\r\n%s\r\n", text);
}

/* How many reports are found behind so many that are none. */
static unsigned
count(unsigned bad)
{
	struct reading *r = reading_new(false);
	const struct defects *broken;
	struct mail_head h;
	unsigned found = 0;
	struct buf b;
	struct err e;

	buf_init(&b, 1 << 20);
	buf_puts(&b,
	    "From: a@example.org\r\nMIME-Version: 1.0\r\n"
	    "Content-Type: multipart/mixed; boundary=b\r\n\r\n");
	for (unsigned i = 0; i < bad; i++)
		add_part(&b, "{\"policies\": nothing");
	add_part(&b, good);
	buf_puts(&b, "--b--\r\n");
	is_int(mail_head_read(&h, b.data, b.len, &e), 0, "a mail");
	(void)reading_mail(r, &h, take, &found, &broken);
	mail_head_clear(&h);
	reading_free(r);
	buf_clear(&b);
	return found;
}

int
main(void)
{
	is_int(count(0), 1, "a report");
	is_int(count(READING_REFUSED_MAX - 1), 1, "behind many that are none");
	is_int(count(READING_REFUSED_MAX), 0,
	    "but a mail does not cost more than so many");
	return done_testing();
}
