/* report_check: every finding, on configs and hosts that are written here */
#include "config.h"

#include "reportgen/report_check.h"
#include "share/base/buf.h"
#include "share/base/xmem.h"
#include "share/mail/dkim_key.h"
#include "share/mail/dkim_sign.h"
#include "t/unit/dkim_samples.h"
#include "t/unit/tap.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A host on which all is well; tests change one thing. */
struct fake {
	const char *txt[4]; /* records of mail._domainkey, NULL: none */
	const char *txt2;   /* of rpt._domainkey */
	enum dns_security security;
	const char *smtp_fault; /* NULL: it takes mail */
	int64_t size;
	const char *qlen;
	bool no_program, no_log, no_library, stopped;
	const char *send_fault; /* NULL: Postfix may */
	char sent[256];         /* "user jail path" */
};

static char dir[] = "/tmp/report-check-XXXXXX";
static char *general, *for_reports, *ed25519, *foreign;

static void
fake_txt(void *ctx, const char *name, dns_callback *cb, void *arg)
{
	const struct fake *f = ctx;
	struct dns_txt txt[4];
	struct dns_answer a = { .security = f->security, .type = DNS_TXT };
	const char *const *list =
	    strncmp(name, "rpt.", 4) == 0 ? &f->txt2 : f->txt;
	size_t max = list == f->txt ? 4 : 1;

	while (a.n < max && list[a.n] != NULL) {
		txt[a.n].text = (char *)(uintptr_t)list[a.n];
		txt[a.n].len = strlen(list[a.n]);
		a.n++;
	}
	a.u.txt = txt;
	cb(arg, &a);
}

static int
fake_greet(void *ctx, const char *host, const char *port,
    struct report_check_greeting *g, struct err *e)
{
	const struct fake *f = ctx;

	if (strcmp(host, "127.0.0.1") != 0 || strcmp(port, "25") != 0)
		return err_set(e, ERR_BUG, "asked %s %s", host, port);
	g->has_size = f->size > 0;
	g->size = f->size;
	return f->smtp_fault == NULL
	    ? 0
	    : err_set(e, ERR_TEMP, "%s", f->smtp_fault);
}

static char *
fake_read_line(void *ctx, const char *path, struct err *e)
{
	const struct fake *f = ctx;

	(void)path;
	if (f->qlen != NULL)
		return xstrdup(f->qlen);
	(void)err_set(e, ERR_SYS, "denied");
	return NULL;
}

static bool
fake_may_run(void *ctx, const char *path)
{
	(void)path;
	return !((const struct fake *)ctx)->no_program;
}

static bool
fake_may_read(void *ctx, const char *path)
{
	(void)path;
	return !((const struct fake *)ctx)->no_log;
}

static bool
fake_holds(void *ctx, const char *path, const char *text)
{
	return !((const struct fake *)ctx)->no_library &&
	    strcmp(path, "/p/smtp") == 0 && strcmp(text, "libtlsrpt.so") == 0;
}

static int
fake_may_send(void *ctx, const char *user, const char *jail, const char *path,
    bool *as_user, struct err *e)
{
	struct fake *f = ctx;

	(void)snprintf(f->sent, sizeof(f->sent), "%s %s %s", user,
	    jail != NULL ? jail : "-", path);
	*as_user = true;
	return f->send_fault == NULL ? 0
				     : err_set(e, ERR_SYS, "%s", f->send_fault);
}

static bool
fake_running(void *ctx)
{
	return !((const struct fake *)ctx)->stopped;
}

static const char good_main[] = "mail_version = 3.10.5\n"
				"mail_owner = postfix\n"
				"queue_directory = /q\n"
				"daemon_directory = /p\n"
				"shlib_directory = /p\n"
				"smtp_tls_loglevel = 1\n"
				"smtp_tlsrpt_enable = yes\n"
				"smtp_tlsrpt_socket_name = run/tlsrpt.sock\n"
				"tls_required_enable = yes\n"
				"sender_dependent_default_transport_maps =\n";

#define WHO                                                            \
	"[report.tls.aggregate]\nfrom-address = \"tls@example.org\"\n" \
	"org-name = \"Example\"\ncontact-info = \"tls@example.org\"\n"
#define COLLECT "[report.collect]\nsocket = \"/q/run/tlsrpt.sock\"\n"

/* One run; free with run_clear(). */
struct run {
	struct report_check k;
	struct fake fake;
	struct report_check_host host;
};

/* main_cf NULL: no Postfix; its lines come first and so count. */
static void
run_check(struct run *r, const char *toml, const char *main_cf,
    const struct fake *fake)
{
	struct conf_mistakes mistakes = { NULL, 0 };
	struct postconf *p = NULL;

	memset(r, 0, sizeof(*r));
	r->fake = *fake;
	r->host = (struct report_check_host){ fake_txt, fake_greet,
		fake_read_line, fake_may_run, fake_may_read, fake_holds,
		fake_may_send, fake_running, &r->fake };
	r->k.c = conf_parse("t", toml, strlen(toml), &mistakes, NULL);
	if (r->k.c == NULL) {
		diag("%s", mistakes.n > 0 ? mistakes.line[0] : "no config");
		exit(1);
	}
	if (main_cf != NULL) {
		p = postconf_new();
		postconf_add_main(p, main_cf);
		postconf_add_main(p, good_main);
		postconf_add_services(p, "smtp unix - - y - - smtp\n");
	}
	r->k.p = p;
	r->k.host = &r->host;
	report_check_run(&r->k);
}

static void
run_clear(struct run *r)
{
	findings_clear(&r->k.out);
	postconf_free((struct postconf *)(uintptr_t)r->k.p);
	conf_unref((struct conf *)(uintptr_t)r->k.c);
}

/* Whether there is a finding of that id and severity that says so. */
static bool
said(const struct run *r, const char *id, enum finding_severity severity,
    const char *text)
{
	size_t i;

	for (i = 0; i < r->k.out.n; i++) {
		const struct finding *f = &r->k.out.at[i];

		if (strcmp(f->id, id) == 0 && f->severity == severity &&
		    strstr(f->what, text) != NULL)
			return true;
	}
	for (i = 0; i < r->k.out.n; i++)
		diag("%s %s: %s", r->k.out.at[i].id,
		    finding_severity_name(r->k.out.at[i].severity),
		    r->k.out.at[i].what);
	return false;
}

/* The config with both keys, and lines after it. */
static char *
config(const char *sign, const char *more)
{
	return xasprintf(WHO "sign = %s\n" COLLECT "%s\n"
			     "[signature.mail]\nalgorithm = \"rsa-sha256\"\n"
			     "domain = \"example.org\"\nselector = \"mail\"\n"
			     "private-key = \"file:%s/rsa\"\n"
			     "[signature.rpt]\nalgorithm = \"rsa-sha256\"\n"
			     "domain = \"example.org\"\nselector = \"rpt\"\n"
			     "private-key = \"file:%s/rsa\"\n"
			     "[signature.small]\nalgorithm = \"rsa-sha256\"\n"
			     "domain = \"example.org\"\nselector = \"mail\"\n"
			     "private-key = \"file:%s/small\"\n"
			     "[signature.ed]\nalgorithm = \"ed25519-sha256\"\n"
			     "domain = \"example.org\"\nselector = \"mail\"\n"
			     "private-key = \"file:%s/ed\"\n"
			     "[signature.other]\nalgorithm = \"rsa-sha256\"\n"
			     "domain = \"example.net\"\nselector = \"mail\"\n"
			     "private-key = \"file:%s/rsa\"\n"
			     "[signature.gone]\nalgorithm = \"rsa-sha256\"\n"
			     "domain = \"example.org\"\nselector = \"mail\"\n"
			     "private-key = \"file:%s/gone\"\n",
	    sign, more, dir, dir, dir, dir, dir, dir);
}

static struct fake
good(void)
{
	return (struct fake){ .txt = { general },
		.txt2 = for_reports,
		.qlen = "512\n" };
}

static void
test_good(void)
{
	struct fake f = good();
	char *toml = config("[\"mail\", \"rpt\"]", "");
	struct run r;

	run_check(&r, toml, "", &f);
	is_int(findings_count(&r.k.out, FINDING_OK), r.k.out.n,
	    "a host on which all is well");
	ok(said(&r, "signature-services", FINDING_OK, "on top"),
	    "with two keys");
	is_str(r.fake.sent, "postfix /q /run/tlsrpt.sock",
	    "the socket is tried as Postfix, in its jail");
	run_clear(&r);
	run_check(&r, toml, NULL, &f);
	ok(said(&r, "tlsrpt", FINDING_OK, "no Postfix"),
	    "a host without Postfix");
	run_clear(&r);
	free(toml);
}

/* One config and host, and what is said of it. */
static void
one(const char *sign, const char *more, const char *main_cf,
    const struct fake *f, const char *id, enum finding_severity severity,
    const char *text)
{
	char *toml = config(sign, more);
	struct run r;

	run_check(&r, toml, main_cf, f);
	ok(said(&r, id, severity, text), "%s: %s", id, text);
	run_clear(&r);
	free(toml);
}

#define BOTH "[\"mail\", \"rpt\"]"

static void
record(const char *txt, enum finding_severity severity, const char *text)
{
	struct fake f = good();

	f.txt[0] = txt;
	one(BOTH, "", "", &f, "signature", severity, text);
}

static void
test_records(void)
{
	char *with_hash = xasprintf("v=DKIM1; h=sha1; %s", general + 9),
	     *testing = xasprintf("v=DKIM1; t=y; %s", general + 9),
	     *list = xasprintf("v=DKIM1; s=email:tlsrpt; %s", general + 9),
	     *none = xasprintf("v=DKIM1; s=other; %s", general + 9);
	struct fake f = good();

	record(NULL, FINDING_ERROR, "no key record at mail._domainkey");
	record("v=spf1 -all", FINDING_ERROR, "is no key record");
	record("v=DKIM1; p=", FINDING_ERROR, "revoked");
	record(foreign, FINDING_ERROR, "another public key");
	record(ed25519, FINDING_ERROR, "another type of key");
	record(with_hash, FINDING_ERROR, "sha256");
	record(none, FINDING_ERROR, "neither mail nor reports");
	record(testing, FINDING_WARN, "t=y");
	record(list, FINDING_WARN, "lists two services");
	f.txt[1] = general;
	one(BOTH, "", "", &f, "signature", FINDING_ERROR, "2 TXT records");
	f = good();
	f.security = DNS_UNKNOWN;
	one(BOTH, "", "", &f, "signature", FINDING_WARN,
	    "could not be looked up");
	f.security = DNS_BOGUS;
	one(BOTH, "", "", &f, "signature", FINDING_WARN,
	    "could not be looked up: bogus");
	free(with_hash);
	free(testing);
	free(list);
	free(none);
}

/* A key that others may read needs no new key. */
static void
test_open_key(void)
{
	struct fake f = good();
	char *path = xasprintf("%s/gone", dir);
	char *want = xasprintf("chmod 600 %s", path);
	char *toml = config("[\"gone\"]", "");
	struct run r;
	bool fixed = false;
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	ok(fd != -1 && fchmod(fd, 0644) == 0, "a key that all may read");
	close(fd);
	run_check(&r, toml, "", &f);
	for (size_t i = 0; i < r.k.out.n; i++)
		fixed |= r.k.out.at[i].fix != NULL &&
		    strcmp(r.k.out.at[i].fix, want) == 0;
	ok(fixed, "is to be closed: %s", want);
	run_clear(&r);
	(void)unlink(path);
	free(toml);
	free(want);
	free(path);
}

static void
test_keys(void)
{
	struct fake f = good();

	one("[\"gone\"]", "", "", &f, "signature", FINDING_ERROR,
	    "private-key can't be used");
	one("[\"other\"]", "", "", &f, "signature", FINDING_WARN,
	    "signs for example.net, but reports are from example.org");
	one("[\"mail\"]", "", "", &f, "signature-services", FINDING_WARN,
	    "No key record says s=tlsrpt");
	one("[\"rpt\"]", "", "", &f, "signature-services", FINDING_WARN,
	    "Every key record says s=tlsrpt");
	one("[\"rpt\", \"mail\"]", "", "", &f, "signature-services",
	    FINDING_WARN, "The first signature");
	f.txt[0] = foreign;
	one("[\"small\"]", "", "", &f, "signature", FINDING_WARN,
	    "has a key of 1024 bits");
	f.txt[0] = ed25519;
	one("[\"ed\", \"rpt\"]", "", "", &f, "signature-services", FINDING_WARN,
	    "only general keys are Ed25519");
	one("[]", "", "", &f, "identity", FINDING_ERROR,
	    "sign names no signature");
}

static void
test_way(void)
{
	struct fake f = good();

	f.smtp_fault = "it hung up";
	one(BOTH, "", "", &f, "way", FINDING_ERROR, "takes no mail: it hung");
	f = good();
	f.size = 1000000;
	one(BOTH, "", "", &f, "way", FINDING_OK, "up to 1000000 octets");
	f.no_program = true;
	one(BOTH, "[report.deliver]\nvia = \"sendmail:/x\"\n", "", &f, "way",
	    FINDING_ERROR, "/x can't be run");
	one(BOTH, "[report.deliver]\nvia = \"none\"\n", "", &f, "identity",
	    FINDING_OK, "another host reports");
	one(BOTH, "", "tls_required_enable = no\n", &f, "own-reports",
	    FINDING_WARN, "enforces TLS on reports");
	one(BOTH, "", "mail_version = 3.7.11\n", &f, "own-reports",
	    FINDING_WARN, "enforces TLS on reports");
	one(BOTH, "",
	    "mail_version = 3.7.11\nsender_dependent_default_transport_maps = "
	    "inline:{{tls@example.org = tlsrpt-plain:}}\n",
	    &f, "own-reports", FINDING_OK, "transport of its own");
}

static void
test_collect(void)
{
	struct fake f = good();

	f.qlen = "10\n";
	one(BOTH, "", "", &f, "queue", FINDING_WARN, "max_dgram_qlen is 10");
	f.qlen = NULL;
	one(BOTH, "", "", &f, "queue", FINDING_WARN, "not known: denied");
	f = good();
	f.stopped = true;
	one(BOTH, "", "", &f, "daemon", FINDING_ERROR, "does not run");
	f = good();
	f.send_fault = "permission denied";
	one(BOTH, "", "", &f, "socket", FINDING_ERROR,
	    "can't send to /q/run/tlsrpt.sock: permission");
	f = good();
	one(BOTH, "", "smtp_tlsrpt_enable = no\n", &f, "tlsrpt", FINDING_ERROR,
	    "does not use it");
	one(BOTH, "", "smtp_tlsrpt_socket_name = /q/run/tlsrpt.sock\n", &f,
	    "tlsrpt", FINDING_ERROR, "another socket");
	one(BOTH, "", "smtp_tlsrpt_socket_name =\n", &f, "tlsrpt",
	    FINDING_ERROR, "another socket");
}

static void
test_log(void)
{
	struct fake f = good();

	one(BOTH, "", "mail_version = 3.7.11\n", &f, "log", FINDING_ERROR,
	    "no libtlsrpt, and no log");
	f.no_library = true;
	one(BOTH, "", "", &f, "log", FINDING_ERROR, "no libtlsrpt, and no log");
	one(BOTH, "log = \"/l\"", "", &f, "log", FINDING_OK, "in /l");
	one(BOTH, "log = \"journal\"", "", &f, "log", FINDING_OK,
	    "from the journal");
	one(BOTH, "log = \"/l\"", "smtp_tls_loglevel = 0\n", &f, "log",
	    FINDING_ERROR, "smtp_tls_loglevel is 0");
	f.no_log = f.no_program = true;
	one(BOTH, "log = \"/l\"", "", &f, "log", FINDING_ERROR,
	    "can't read /l");
	one(BOTH, "log = \"journal\"", "", &f, "log", FINDING_ERROR,
	    "no journalctl");
}

/* Writes a key file and gives its record. */
static char *
key_file(const char *name, const char *pem, enum dkim_algorithm a,
    const char *service)
{
	char *path = xasprintf("%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	struct dkim_key *key = dkim_key_parse(pem, strlen(pem), a, NULL);
	struct buf text;

	buf_init(&text, 8192);
	if (f == NULL || fputs(pem, f) == EOF || fclose(f) != 0 ||
	    chmod(path, 0600) == -1 || key == NULL ||
	    dkim_sign_record(key, service, &text, NULL) == -1)
		abort();
	dkim_key_free(key);
	free(path);
	return buf_take(&text);
}

int
main(void)
{
	static const char *const files[] = { "rsa", "small", "ed" };
	size_t i;

	if (mkdtemp(dir) == NULL)
		return 1;
	general = key_file("rsa", rsa2048_pkcs8, DKIM_RSA_SHA256, NULL);
	for_reports = key_file("rsa", rsa2048_pkcs8, DKIM_RSA_SHA256, "tlsrpt");
	foreign = key_file("small", rsa1024_pkcs8, DKIM_RSA_SHA256, NULL);
	ed25519 = key_file("ed", ed25519_pkcs8, DKIM_ED25519_SHA256, NULL);
	test_good();
	test_records();
	test_keys();
	test_open_key();
	test_way();
	test_collect();
	test_log();
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char *path = xasprintf("%s/%s", dir, files[i]);

		unlink(path);
		free(path);
	}
	rmdir(dir);
	free(general);
	free(for_reports);
	free(foreign);
	free(ed25519);
	return done_testing();
}
