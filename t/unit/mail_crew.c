/* mail_crew: a mail for each address, by several threads; one failure ends all*/
#include "config.h"

#include "reportgen/mail_crew.h"
#include "share/base/xmem.h"
#include "t/unit/dkim_samples.h"
#include "t/unit/tap.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define REPORTS 200
#define NOW INT64_C(1795304033)

static char path[] = "/tmp/mail_crew.XXXXXX";

/* What the threads handed over. */
struct sink {
	pthread_mutex_t lock;
	int of_report[REPORTS][3];
	int wrong;
	int fail_at; /* -1: never */
	int taken;
};

static int
take(void *ctx, const struct outbox_report *r, const char *to, size_t i,
    const struct buf *mail, struct err *e)
{
	struct sink *s = ctx;
	char want[64];
	int rc = 0;

	pthread_mutex_lock(&s->lock);
	snprintf(want, sizeof(want), "\r\nTo: %s\r\n", to);
	if (i > 2 || r->number < 0 || r->number >= REPORTS ||
	    strstr(buf_str(mail), want) == NULL ||
	    strncmp(buf_str(mail), "DKIM-Signature:", 15) != 0)
		s->wrong++;
	else
		s->of_report[r->number][i]++;
	if (s->taken++ == s->fail_at)
		rc = err_set(e, ERR_SYS, "the disk is full");
	pthread_mutex_unlock(&s->lock);
	return rc;
}

static struct conf *
make_conf(const char *key)
{
	struct conf_mistakes m;
	struct conf *c;
	char *text = xasprintf(
	    "[report.tls.aggregate]\nfrom-address = 'tls@example.org'\n"
	    "org-name = 'E'\ncontact-info = 'j@example.org'\nsign = ['ed']\n"
	    "[signature.ed]\nalgorithm = 'ed25519-sha256'\n"
	    "domain = 'example.org'\nselector = 'ed'\n"
	    "private-key = 'file:%s'\n",
	    key);

	c = conf_parse("test", text, strlen(text), &m, NULL);
	conf_mistakes_clear(&m);
	free(text);
	if (c == NULL)
		abort();
	return c;
}

static int
add_reports(struct mail_crew *crew, struct err *e)
{
	/* https is no mail; its place is counted */
	static const char record[] = "v=TLSRPTv1; rua=mailto:a@r.example,"
				     "https://r.example/, mailto:b@r.example";
	int rc = 0;

	for (int i = 0; rc == 0 && i < REPORTS; i++) {
		struct outbox_report r = { .number = i,
			.id = "1@example.org",
			.domain = "r.example",
			.submitter = "example.org",
			.record = i % 10 == 9 ? "v=TLSRPTv1" : record,
			.begin = NOW - 86400,
			.end = NOW,
			.made_s = NOW,
			.packed = "not a report",
			.packed_len = 12 };

		rc = mail_crew_add(crew, &r, e);
	}
	return rc;
}

static void
test_all(size_t threads)
{
	struct sink s = { .lock = PTHREAD_MUTEX_INITIALIZER, .fail_at = -1 };
	struct conf *c = make_conf(path);
	struct mail_crew *crew;
	struct err e;
	size_t mails = 0;
	int bad = 0;

	crew = mail_crew_start(c, threads, NOW, take, &s, &e);
	conf_unref(c);
	ok(crew != NULL, "%zu threads (0: a good number)", threads);
	if (crew == NULL)
		return;
	is_int(add_reports(crew, &e), 0, "reports are added");
	is_int(mail_crew_end(crew, &mails, &e), 0, "all is done");
	is_int(mails, 2 * REPORTS * 9 / 10, "a mail for each address");
	is_int(s.wrong, 0, "each for its own, signed");
	for (int i = 0; i < REPORTS; i++)
		bad += s.of_report[i][0] != (i % 10 != 9) ||
		    s.of_report[i][1] != 0 ||
		    s.of_report[i][2] != (i % 10 != 9);
	is_int(bad, 0, "and none twice");
}

static void
test_failure(void)
{
	struct sink s = { .lock = PTHREAD_MUTEX_INITIALIZER, .fail_at = 3 };
	struct conf *c = make_conf(path);
	struct mail_crew *crew;
	struct err e;

	crew = mail_crew_start(c, 3, NOW, take, &s, &e);
	conf_unref(c);
	if (crew == NULL)
		abort();
	is_int(add_reports(crew, &e), -1, "a failure ends the adding");
	is_str(e.text, "the disk is full", "with its reason");
	is_int(mail_crew_end(crew, NULL, &e), -1, "and the whole");
	is_int(e.code, ERR_SYS, "with its code");
	ok(s.taken < 20, "soon (%d)", s.taken);
	c = make_conf("/none/such");
	ok(mail_crew_start(c, 3, NOW, take, &s, &e) == NULL,
	    "no keys, no threads");
	has_str(e.text, "[signature.ed]", "and why");
	conf_unref(c);
}

int
main(void)
{
	int fd = mkstemp(path);

	if (fd == -1 || write(fd, ed25519_pkcs8, strlen(ed25519_pkcs8)) == -1)
		abort();
	close(fd);
	test_all(1);
	test_all(4);
	test_all(0);
	test_failure();
	unlink(path);
	return done_testing();
}
