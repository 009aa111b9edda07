/* exchange: what one host gives, another takes, once */
#include "config.h"

#include "reportgen/exchange.h"
#include "reportgen/export.h"
#include "reportgen/hosts.h"
#include "share/base/xmem.h"
#include "t/unit/tap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY INT64_C(86400)
#define T0 INT64_C(1795219200) /* 2026-11-21 */

static char dir[] = "/tmp/exchange-XXXXXX";

static const char *const sts[] = { "version: STSv1", "mode: enforce" };
static const char *const mx[] = { "mx.example.net", "*.example.net" };
static const struct rows_failure details[] = {
	{ .result = 204,
	    .sending_ip = "192.0.2.1",
	    .mx = "mx.example.net",
	    .helo = "mx.example.net",
	    .receiving_ip = "2001:db8::1",
	    .sessions = 2 },
	{ .result = 202,
	    .info = "https://example.org/\"x\"",
	    .reason = "\xc3\xa9",
	    .sessions = 1 },
};

static struct report_db *
open_db(const char *name)
{
	char *path = xasprintf("%s/%s", dir, name);
	struct report_db *db;
	struct err e;

	db = report_db_open(path, &e);
	if (db == NULL) {
		printf("Bail out! %s\n", e.text);
		exit(1);
	}
	free(path);
	return db;
}

static void
collect(struct report_db *db, const char *domain, int64_t begin,
    int64_t success)
{
	const struct rows_row row = { .begin = begin,
		.length = DAY,
		.host = ROWS_HOST_SELF,
		.domain = domain,
		.record = "v=TLSRPTv1; rua=mailto:a@example.net",
		.type = 2,
		.policy_domain = domain,
		.strings = sts,
		.nstrings = 2,
		.mx = mx,
		.nmx = 2,
		.success = success,
		.failure = 3,
		.failures = details,
		.nfailures = 2 };
	struct err e;

	if (report_db_begin(db, &e) == -1 || rows_add(db, &row, &e) == -1 ||
	    report_db_commit(db, &e) == -1) {
		printf("Bail out! %s\n", e.text);
		exit(1);
	}
}

/* The text of the day's exports; freed. */
static char *
give(struct report_db *db, const char *host, int64_t day, int64_t complete,
    int64_t *last)
{
	char *text = NULL, *path = xasprintf("%s/%s", dir, host);
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct err e;

	(void)mkdir(path, 0700);
	if (export_make(db, path, host, day, complete, last, &e) == -1 ||
	    export_print(path, day, *last, out, &e) == -1)
		fail("%s", e.text);
	fclose(out);
	free(path);
	return text;
}

struct told {
	size_t n, known;
	uint64_t sessions;
};

static void
tell(void *arg, const struct import_result *r)
{
	struct told *t = arg;

	t->n++;
	t->known += r->known;
	t->sessions += r->sessions;
}

static int
take(struct report_db *db, const char *text, size_t n, struct told *t,
    struct err *e)
{
	FILE *in = fmemopen((char *)(uintptr_t)text, n, "r");
	int rc;

	memset(t, 0, sizeof(*t));
	rc = import_read(db, "mx1.example.org", in, tell, t, e);
	fclose(in);
	return rc;
}

struct sum {
	int64_t sessions, rows, details;
};

static bool
add_up(void *arg, const struct rows_row *row)
{
	struct sum *s = arg;
	size_t i;

	s->sessions += row->success + row->failure;
	s->rows++;
	for (i = 0; i < row->nfailures; i++)
		s->details += row->failures[i].sessions;
	return true;
}

static struct sum
sum(struct report_db *db, const char *host)
{
	struct sum s = { 0, 0, 0 };
	struct err e;

	if (rows_each(db, NULL, host, 0, INT64_MAX, add_up, &s, &e) == -1)
		fail("%s", e.text);
	return s;
}

static bool
compare(void *arg, const struct rows_row *r)
{
	bool *same = arg;

	*same = strcmp(r->domain, "example.net") == 0 && r->begin == T0 &&
	    r->length == DAY && r->type == 2 && r->nstrings == 2 &&
	    strcmp(r->strings[1], sts[1]) == 0 && r->nmx == 2 &&
	    strcmp(r->mx[1], mx[1]) == 0 && r->success == 40 &&
	    r->failure == 3 && r->nfailures == 2 && r->record != NULL &&
	    strcmp(r->policy_domain, "example.net") == 0;
	for (size_t i = 0; *same && i < 2; i++) {
		const struct rows_failure *f = &r->failures[i];

		if (f->result == 204)
			*same = f->sessions == 2 &&
			    strcmp(f->sending_ip, "192.0.2.1") == 0 &&
			    strcmp(f->receiving_ip, "2001:db8::1") == 0 &&
			    strcmp(f->helo, "mx.example.net") == 0;
		else
			*same = f->result == 202 && f->sessions == 1 &&
			    strcmp(f->info, details[1].info) == 0 &&
			    strcmp(f->reason, "\xc3\xa9") == 0;
	}
	return false;
}

static void
test_one_host(void)
{
	struct report_db *from = open_db("a"), *to = open_db("b");
	struct told t;
	struct err e;
	int64_t last;
	bool same = false;
	char *first, *second, *empty;

	collect(from, "example.net", T0, 40);
	first = give(from, "mx2.example.org", T0, T0 + 3600, &last);
	is_int(last, 1, "the first export of a day");
	is_int(sum(from, ROWS_HOST_SELF).sessions, 0, "what was given is gone");
	is_int(take(to, first, strlen(first), &t, &e), 0, "it is taken");
	is_int(t.sessions, 43, "with its sessions");
	(void)!rows_each(to, NULL, "mx2.example.org", 0, INT64_MAX, compare,
	    &same, &e);
	ok(same, "and all that is known of them");

	second = give(from, "mx2.example.org", T0, T0 + 3600, &last);
	is_str(second, first, "what was given can be given again");
	free(second);
	collect(from, "example.net", T0, 1);
	second = give(from, "mx2.example.org", T0, T0 + 7200, &last);
	is_int(last, 2, "what came later is a second export");
	is_int(take(to, second, strlen(second), &t, &e), 0, "both are taken");
	is_int(t.known, 1, "the first is known");
	is_int(sum(to, NULL).sessions, 47, "each session counts once");

	empty = give(from, "mx2.example.org", T0, T0 + DAY + 60, &last);
	is_int(last, 3, "the end of a day is told without sessions");
	free(empty);
	empty = give(from, "mx2.example.org", T0, T0 + 2 * DAY, &last);
	is_int(last, 3, "once");
	is_int(take(to, empty, strlen(empty), &t, &e), 0, "and is taken");
	is_int(t.known, 2, "as news");
	free(first);
	free(second);
	free(empty);
	report_db_close(from);
	report_db_close(to);
}

/* Two other hosts; in every order, one of them twice. */
static void
test_order(void)
{
	static const int order[][3] = { { 0, 1, 0 }, { 1, 0, 1 }, { 1, 1, 0 } };
	struct report_db *host[2] = { open_db("c"), open_db("d") };
	char *text[2], name[16];
	int64_t last;
	size_t i, j;

	collect(host[0], "example.net", T0, 10);
	collect(host[1], "example.net", T0, 100);
	collect(host[1], "example.com", T0, 1000);
	text[0] = give(host[0], "mx2.example.org", T0, T0 + DAY, &last);
	text[1] = give(host[1], "mx3.example.org", T0, T0 + DAY, &last);
	for (i = 0; i < 3; i++) {
		struct report_db *to;
		struct told t;
		struct err e;
		struct sum s;

		snprintf(name, sizeof(name), "order%zu", i);
		to = open_db(name);
		collect(to, "example.net", T0, 7);
		for (j = 0; j < 3; j++)
			if (take(to, text[order[i][j]],
				strlen(text[order[i][j]]), &t, &e) == -1)
				fail("%s", e.text);
		s = sum(to, NULL);
		is_int(s.sessions, 1117 + 12, "order %zu: sessions", i);
		is_int(s.details, 12, "order %zu: details", i);
		report_db_close(to);
	}
	for (i = 0; i < 2; i++) {
		free(text[i]);
		report_db_close(host[i]);
	}
}

/* Every octet of an export counts: changed or cut, nothing of it is kept. */
static void
test_damage(void)
{
	struct report_db *from = open_db("e"), *to = open_db("f");
	struct told t;
	struct err e;
	int64_t last;
	size_t n, i, taken = 0, cut = 0;
	char *text;

	collect(from, "example.net", T0, 40);
	text = give(from, "mx2.example.org", T0, T0 + DAY, &last);
	n = strlen(text);
	for (i = 0; i < n; i++) {
		text[i] ^= 1;
		taken += take(to, text, n, &t, &e) == 0 || t.n > 0;
		text[i] ^= 1;
	}
	is_int(taken, 0, "no octet can be changed (%zu)", n);
	for (i = 1; i < n; i++)
		cut += take(to, text, i, &t, &e) == 0;
	is_int(cut, 0, "nor the end be cut");
	is_int(sum(to, NULL).rows, 0, "nothing of it was kept");
	is_int(take(to, text, n, &t, &e), 0, "whole it is taken");
	report_db_close(from);
	report_db_close(to);
	free(text);
}

/* A line that is none, below a good head; its tail is not reached. */
static void
refused(const char *head, const char *line, const char *want)
{
	struct report_db *to = open_db("g");
	char *text =
	    xasprintf("%s\n%s%s", head, line, line[0] != '\0' ? "\n" : "");
	struct told t;
	struct err e;

	if (take(to, text, strlen(text), &t, &e) == 0)
		fail("taken: %s", text);
	else
		ok(strstr(e.text, want) != NULL, "%s: %s", want, e.text);
	free(text);
	report_db_close(to);
}

static void
test_refused(void)
{
	static const char good[] =
	    "{\"schema\":1,\"export\":\"x\",\"host\":\"mx2.example.org\","
	    "\"day\":\"2026-11-21T00:00:00Z\",\"sequence\":1,"
	    "\"complete\":\"2026-11-22T00:00:00Z\"}";
	static const char *const rows[] = {
		"\"domain\":\"../x\",\"success\":1,\"failure\":0",
		"\"domain\":\"EXAMPLE.net\",\"success\":1,\"failure\":0",
		"\"domain\":\"example.net\",\"success\":-1,\"failure\":0",
		"\"domain\":\"example.net\",\"success\":1.5,\"failure\":0",
		"\"domain\":\"example.net\",\"success\":9e15,\"failure\":0",
		"\"domain\":\"example.net\",\"success\":1,\"failure\":0,"
		"\"mx-host\":\"x\"",
		"\"domain\":\"example.net\",\"success\":1,\"failure\":0,"
		"\"mx-host\":[1]",
		"\"domain\":\"example.net\",\"success\":1,\"failure\":0,"
		"\"policy-string\":[\"a\\nb\"]",
		"\"domain\":\"example.net\",\"success\":1,\"failure\":0,"
		"\"failures\":[{\"result-type\":\"x\",\"sessions\":1}]",
		"\"domain\":\"example.net\",\"success\":1,\"failure\":0,"
		"\"record\":\"a\\u0001b\"",
	};
	char *line, *head;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		line = xasprintf("{\"begin\":\"2026-11-21T00:00:00Z\","
				 "\"length\":86400,\"policy-type\":\"sts\","
				 "%s}",
		    rows[i]);
		refused(good, line, "line 2: no row");
		free(line);
	}
	line = xasprintf("{\"begin\":\"2026-11-20T00:00:00Z\",\"length\":86400,"
			 "\"policy-type\":\"sts\",\"domain\":\"example.net\","
			 "\"success\":1,\"failure\":0}");
	refused(good, line, "line 2: no row"); /* of another day */
	free(line);
	refused(good, "{\"rows\":0,\"sha256\":\"00\"}", "checksum");
	refused(good, "[]", "no JSON object");
	refused(good, "{", "no JSON object");
	refused(good, "", "no end");
	refused("{}", "", "begins otherwise");
	head = xasprintf("%s", good);
	memcpy(strstr(head, "mx2"), "mx1", 3);
	refused(head, "", "of this host");
	free(head);
}

int
main(void)
{
	char *command;

	if (mkdtemp(dir) == NULL)
		return 1;
	test_one_host();
	test_order();
	test_damage();
	test_refused();
	command = xasprintf("rm -r %s", dir);
	if (system(command) != 0)
		diag("%s is left", dir);
	free(command);
	return done_testing();
}
