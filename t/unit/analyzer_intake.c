/* intake: mails into the store, beside who verifies them - see intake.h */
#include "config.h"

#include "analyzer/intake.h"
#include "share/base/text.h"
#include "share/base/xmem.h"
#include "t/unit/tap.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/intake-XXXXXX";
static char path[64];
static const struct analysis_limits limits = { .wait_ms = 100 };
static struct buf said;

/* ---- a judge that answers when it is told to, the last mail first ---- */

static struct {
	uint64_t token[1000];
	enum analysis_trust trust[1000];
	size_t n, submitted;
	bool silent; /* loses what it is given */
} judge_state;

static void
submit(void *ctx, const char *mail, size_t n, const char *submitter,
    int64_t now, uint64_t token)
{
	bool verified = memmem(mail, n, "d=good", 6) != NULL;
	bool known = memmem(mail, n, "d=lost", 6) == NULL;

	(void)ctx;
	(void)now;
	judge_state.submitted++;
	ok(strcmp(submitter, "org.example") == 0, "submitter of a mail");
	if (judge_state.silent)
		return;
	judge_state.token[judge_state.n] = token;
	judge_state.trust[judge_state.n++] = verified ? ANALYSIS_VERIFIED
	    : known                                   ? ANALYSIS_SIGNED
						      : ANALYSIS_UNKNOWN;
}

static bool
next(void *ctx, uint64_t *token, enum analysis_trust *trust,
    char domain[HOSTNAME_SIZE], bool wait)
{
	(void)ctx;
	if (!wait || judge_state.n == 0)
		return false;
	judge_state.n--;
	*token = judge_state.token[judge_state.n];
	*trust = judge_state.trust[judge_state.n];
	(void)text_copy(domain, HOSTNAME_SIZE, "org.example");
	return true;
}

static const struct intake_judge *
give_judge(void *arg)
{
	static const struct intake_judge judge = { submit, next, NULL };

	(void)arg;
	return &judge;
}

/* ---- mails ---- */

/* A mail with a report of that id; signature NULL: none. */
static char *
mail(const char *id, const char *signature)
{
	return xasprintf(
	    "%s%s%sFrom: tls@org.example\nTo: tlsrpt@example.org\n"
	    "TLS-Report-Submitter: org.example\n"
	    "Content-Type: application/tlsrpt+json;\n "
	    "name=\"org.example!example.org!1795132800!1795219199.json\"\n\n"
	    "{\"organization-name\":\"Org\",\"date-range\":{"
	    "\"start-datetime\":\"2026-11-20T00:00:00Z\","
	    "\"end-datetime\":\"2026-11-20T23:59:59Z\"},"
	    "\"contact-info\":\"tls@org.example\",\"report-id\":\"%s\","
	    "\"policies\":[{\"policy\":{\"policy-type\":\"sts\","
	    "\"policy-domain\":\"example.org\"},\"summary\":{"
	    "\"total-successful-session-count\":5,"
	    "\"total-failure-session-count\":0}}]}\n",
	    signature != NULL ? "DKIM-Signature: v=1; " : "",
	    signature != NULL ? signature : "", signature != NULL ? "\n" : "",
	    id);
}

static void
say_result(void *arg, const struct intake_result *r)
{
	(void)arg;
	buf_printf(&said, "%s %s %s%s%s\n", r->place,
	    analysis_verdict_name(r->verdict), analysis_trust_name(r->trust),
	    *r->defects != '\0' ? " " : "", r->defects);
}

static void
say_away(void *ctx, const char *item)
{
	(void)ctx;
	buf_printf(&said, "away %s\n", item);
}

static bool
say_seen(void *arg, const char *item, int64_t mark)
{
	(void)arg;
	(void)mark;
	buf_printf(&said, "%s ", item);
	return true;
}

/* ---- one run ---- */

struct run {
	struct analysis_store store;
	struct own_domains own;
	struct intake *in;
	struct analysis_source source;
};

static void
begin(struct run *r, bool judged)
{
	struct intake_options o = { .own = &r->own,
		.judge = judged ? give_judge : NULL,
		.each = say_result };
	struct err e;

	memset(&judge_state, 0, sizeof(judge_state));
	buf_reset(&said);
	r->own = (struct own_domains){ .any = true };
	if (analysis_sqlite_open(path, &limits, &r->store, &e) == -1) {
		printf("Bail out! %s\n", e.text);
		exit(1);
	}
	r->in = intake_new(&r->store, &o);
	is_int(intake_source(r->in, "/mail", &r->source, &e), 0, "a source");
}

static void
end(struct run *r)
{
	intake_free(r->in);
	r->store.free(r->store.ctx);
}

static void
take(struct run *r, const char *id, const char *signature)
{
	char *text = mail(id, signature);
	const struct intake_item item = { .place = id,
		.data = text,
		.n = strlen(text) };
	struct err e;

	if (intake_take(r->in, &item, &e) == -1 ||
	    intake_seen(r->in, id, 1, &e) == -1 ||
	    intake_position(r->in, id, &e) == -1)
		fail("%s: %s", id, e.text);
	intake_away(r->in, say_away, NULL, id);
	free(text);
}

static void
is_said(const char *want, const char *name)
{
	is_str(buf_str(&said), want, "%s", name);
	buf_reset(&said);
}

static void
is_seen(struct run *r, const char *want, const char *name)
{
	struct analysis_source source;
	struct err e;

	buf_reset(&said);
	is_int(r->store.seen_each(r->store.ctx, r->source.id, say_seen, NULL,
		   &e),
	    0, "%s: asked", name);
	is_str(buf_str(&said), want, "%s", name);
	buf_reset(&said);
	is_int(r->store.begin(r->store.ctx, &e), 0, "begun");
	is_int(r->store.source(r->store.ctx, "/mail", &source, &e), 0,
	    "the source");
	r->store.rollback(r->store.ctx);
	buf_puts(&said, source.state);
}

static void
fresh(void)
{
	char *rest[2] = { xasprintf("%s-wal", path),
		xasprintf("%s-shm", path) };

	(void)unlink(path);
	(void)unlink(rest[0]);
	(void)unlink(rest[1]);
	free(rest[0]);
	free(rest[1]);
}

/* ---- tests ---- */

static void
test_order(void)
{
	struct run r;
	struct err e;

	begin(&r, true);
	take(&r, "a", NULL);
	is_said("a ok unsigned\n", "unsigned: at once");
	take(&r, "b", "d=good");
	take(&r, "c", NULL);
	take(&r, "d", "d=bad");
	take(&r, "e", NULL);
	is_said("", "behind a signed one they wait");
	is_int(intake_commit(r.in, &e), 0, "committed");
	is_said("b ok verified\nc ok unsigned\nd ok signed\ne ok unsigned\n"
		"away a\naway b\naway c\naway d\naway e\n",
	    "in their order, and put away behind the commit");
	is_seen(&r, "a b c d e ", "each is noted");
	is_said("e", "with the position of the last");
	end(&r);
	fresh();
}

static void
test_window(void)
{
	char id[16];
	struct run r;
	struct err e;

	begin(&r, true);
	for (int i = 0; i < 600; i++) {
		snprintf(id, sizeof(id), "%04d", i);
		take(&r, id, "d=good");
	}
	ok(intake_totals(r.in)->mails[ANALYSIS_OK] >= 300,
	    "the window is no longer than it may be");
	is_int(intake_commit(r.in, &e), 0, "committed");
	is_int(intake_totals(r.in)->mails[ANALYSIS_OK], 600, "all are in");
	end(&r);
	fresh();
}

/* A process that ends leaves neither reports nor positions of what waited. */
static void
test_ends(void)
{
	struct run r;
	struct err e;

	begin(&r, true);
	take(&r, "a", NULL);
	is_int(intake_commit(r.in, &e), 0, "committed");
	take(&r, "b", "d=good");
	take(&r, "c", NULL);
	end(&r);
	begin(&r, true);
	is_int(intake_commit(r.in, &e), 0, "nothing is open");
	is_seen(&r, "a ", "what waited is not noted");
	is_said("a", "nor its position");
	take(&r, "b", "d=good");
	is_int(intake_commit(r.in, &e), 0, "it comes again");
	is_said("b ok verified\naway b\n", "and is new");
	end(&r);
	fresh();
}

static void
test_lost(void)
{
	struct run r;
	struct err e;

	begin(&r, true);
	judge_state.silent = true;
	take(&r, "a", "d=good");
	is_int(intake_commit(r.in, &e), 0, "committed");
	is_said("a ok unknown\naway a\n", "a judge that says nothing");
	end(&r);
	fresh();
}

static void
test_forged(void)
{
	struct run r;
	struct err e;

	begin(&r, true);
	take(&r, "same", NULL);
	take(&r, "same", "d=good");
	take(&r, "same", NULL);
	is_int(intake_commit(r.in, &e), 0, "committed");
	is_said("same ok unsigned\nsame ok verified\n"
		"same duplicate unsigned\naway same\naway same\naway same\n",
	    "a signed report takes the place of an unsigned one");
	end(&r);
	fresh();
}

static void
test_ignore(void)
{
	struct run r;
	struct err e;

	begin(&r, false);
	take(&r, "a", NULL);
	take(&r, "b", "d=good");
	is_int(intake_commit(r.in, &e), 0, "committed");
	is_said("a ok unknown\nb ok unknown\naway a\naway b\n",
	    "nobody verifies");
	is_int(judge_state.submitted, 0, "nothing");
	end(&r);
	fresh();
}

int
main(void)
{
	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/analysis.db", dir);
	buf_init(&said, 1 << 20);
	test_order();
	test_window();
	test_ends();
	test_lost();
	test_forged();
	test_ignore();
	buf_clear(&said);
	(void)rmdir(dir);
	return done_testing();
}
