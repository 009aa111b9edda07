/* transport: mails through programs and servers - see reportgen/transport.h */
#include "config.h"

#include "reportgen/transport.h"
#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/rpt/gz.h"
#include "t/unit/dkim_samples.h"
#include "t/unit/tap.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/transport-XXXXXX";
static struct event_base *base;
static struct conf *conf;
static struct keyring keys;
static struct err e;

static void
write_file(const char *name, const char *text, mode_t mode)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0 ||
	    chmod(path, mode) == -1) {
		printf("Bail out! %s\n", path);
		exit(1);
	}
}

static char *
read_file(const char *name)
{
	static char text[65536];
	char path[128];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "r");
	if (f != NULL) {
		n = fread(text, 1, sizeof(text) - 1, f);
		fclose(f);
	}
	text[n] = '\0';
	return text;
}

static void
load_conf(const char *via)
{
	struct conf_mistakes mistakes = { 0 };
	char *text;

	write_file("key.pem", rsa2048_pkcs1, 0600);
	text =
	    xasprintf("[report.tls.aggregate]\nfrom-address = "
		      "\"noreply@example.org\"\norg-name = \"x\"\n"
		      "contact-info = \"a@example.org\"\nsign = [\"k\"]\n"
		      "[report.deliver]\nvia = \"%s\"\n"
		      "[signature.k]\ndomain = \"example.org\"\n"
		      "selector = \"k\"\nprivate-key = \"file:%s/key.pem\"\n",
		via, dir);
	keyring_clear(&keys);
	conf_unref(conf);
	conf = conf_parse("test", text, strlen(text), &mistakes, NULL);
	if (conf == NULL || keyring_load(&keys, conf, &e) == -1) {
		printf("Bail out! %s\n",
		    conf == NULL ? mistakes.line[0] : e.text);
		exit(1);
	}
	free(text);
}

static const char json[] =
    "{\"organization-name\":\"x\",\"date-range\":{\"start-datetime\":"
    "\"2026-11-20T00:00:00Z\",\"end-datetime\":\"2026-11-20T23:59:59Z\"},"
    "\"contact-info\":\"a@example.org\",\"report-id\":\"r@example.org\","
    "\"policies\":[{\"policy\":{\"policy-type\":\"no-policy-found\","
    "\"policy-domain\":\"b.test\"},\"summary\":{"
    "\"total-successful-session-count\":1,"
    "\"total-failure-session-count\":0}}]}";

static struct outbox_report report = { .id = "r@example.org",
	.domain = "b.test",
	.submitter = "example.org",
	.record = "",
	.begin = INT64_C(1795132800),
	.end = INT64_C(1795219200),
	.made_s = INT64_C(1795219300),
	.success = 1,
	.missing = "" };

static struct {
	int calls;
	enum transport_result result;
	char why[400];
} got;

static void
note(void *arg, enum transport_result result, const char *why)
{
	(void)arg;
	got.calls++;
	got.result = result;
	snprintf(got.why, sizeof(got.why), "%s", why);
}

static struct transport_env
env(void)
{
	static const struct dns_resolver none;

	return (struct transport_env){ .base = base,
		.conf = conf,
		.keys = &keys,
		.dns = &none,
		.clock = clock_system() };
}

/* Brings the report to an address by what the config says. */
static void
bring(const char *to)
{
	const struct transport_parcel parcel = { &report, to };
	const struct transport_env world = env();
	struct transport t;

	memset(&got, 0, sizeof(got));
	if (transport_open_mail(&t, &world, &e) == -1) {
		fail("%s", e.text);
		return;
	}
	(void)t.kind->start(t.ctx, &parcel, note, NULL);
	while (got.calls == 0)
		(void)event_base_loop(base, EVLOOP_ONCE);
	is_int(got.calls, 1, "one end: %s", got.why);
	transport_close(&t);
}

/* A program that notes its arguments and mail, and ends as it is told. */
static void
test_sendmail(void)
{
	static const struct {
		const char *end;
		enum transport_result result;
		const char *why;
	} cases[] = {
		{ "exit 0", TRANSPORT_ACCEPTED, "" },
		{ "echo one >&2; echo no such user >&2; exit 67",
		    TRANSPORT_REFUSED, "exit status 67 no such user" },
		{ "exit 65", TRANSPORT_REFUSED, "65" },
		{ "exit 75", TRANSPORT_LATER, "75" },
		{ "exit 1", TRANSPORT_LATER, "exit status 1" },
		{ "kill -9 $$", TRANSPORT_LATER, "signal 9" },
		{ "head -c 100000 /dev/zero >&2; exit 67", TRANSPORT_REFUSED,
		    "67" },
	};
	char via[128], text[512];
	const char *mail;

	snprintf(via, sizeof(via), "sendmail:%s/sendmail", dir);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(text, sizeof(text),
		    "#!/bin/sh\nprintf '%%s\\n' \"$@\" >%s/args\n"
		    "cat >%s/mail\n%s\n",
		    dir, dir, cases[i].end);
		write_file("sendmail", text, 0755);
		load_conf(via);
		bring("-oQ/tmp@b.test");
		is_int(got.result, cases[i].result, "%s", cases[i].end);
		has_str(got.why, cases[i].why, "why");
	}
	is_str(read_file("args"),
	    "-i\n-f\nnoreply@example.org\n--\n-oQ/tmp@b.test\n",
	    "an address is never an option");
	mail = read_file("mail");
	has_str(mail, "\nTo: ", "the mail");
	has_str(mail, "\nTLS-Required: No\n", "with LF");
	ok(strchr(mail, '\r') == NULL, "without CR");
	has_str(mail, "--\n", "to its end");
}

/* Who ignores SIGCHLD passes that on, and no status is kept. */
static void
test_no_status(void)
{
	char via[128];

	snprintf(via, sizeof(via), "sendmail:%s/sendmail", dir);
	write_file("sendmail", "#!/bin/sh\nexit 67\n", 0755);
	load_conf(via);
	(void)signal(SIGCHLD, SIG_IGN);
	bring("a@b.test");
	(void)signal(SIGCHLD, SIG_DFL);
	is_int(got.result, TRANSPORT_LATER, "what is unknown is not accepted");
}

static void
test_open(void)
{
	struct transport_env world;
	struct transport t;

	load_conf("sendmail:/no/such/program");
	world = env();
	is_int(transport_open_mail(&t, &world, &e), -1, "no program");
	has_str(e.text, "/no/such/program", "is named");
	ok(transport_runs_program(conf), "it would be a program");
	load_conf("none");
	world = env();
	is_int(transport_open_mail(&t, &world, &e), 0, "none");
	ok(t.kind == NULL, "is none");
	ok(!transport_runs_program(conf), "no program");
	transport_close(&t);
}

/* Nothing is lost when a mail cannot be made or nobody listens. */
static void
test_later(void)
{
	size_t n;

	load_conf("smtp://127.0.0.1:1");
	bring("a@b.test");
	is_int(got.result, TRANSPORT_LATER, "nobody listens: %s", got.why);
	load_conf("smtp://[::1]:1");
	bring("a@b.test");
	is_int(got.result, TRANSPORT_LATER, "nobody listens: %s", got.why);
	load_conf("smtp://localhost:1");
	bring("a@b.test");
	is_int(got.result, TRANSPORT_LATER, "nobody listens: %s", got.why);
	n = keys.n;
	keys.n = 0;
	bring("a@b.test");
	is_int(got.result, TRANSPORT_LATER, "no key: %s", got.why);
	keys.n = n;
}

int
main(void)
{
	char command[64];
	struct buf packed;

	signal(SIGPIPE, SIG_IGN);
	if (mkdtemp(dir) == NULL)
		return 1;
	base = event_base_new();
	buf_init(&packed, 65536);
	if (gz_write(json, sizeof(json) - 1, &packed, &e) == -1)
		fail("%s", e.text);
	report.packed = packed.data;
	report.packed_len = packed.len;
	test_sendmail();
	test_no_status();
	test_open();
	test_later();
	keyring_clear(&keys);
	conf_unref(conf);
	buf_clear(&packed);
	event_base_free(base);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ok(system(command) == 0, "cleaned up");
	return done_testing();
}
