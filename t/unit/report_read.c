/* report_read: the reports of quirks.txt, plain and packed, and the limits */
#include "config.h"

#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/rpt/gz.h"
#include "share/rpt/report_read.h"
#include "t/unit/tap.h"

#include <stdlib.h>

#define LETS 32

struct quirks {
	struct report_reader *rr;
	char *name[LETS], *text[LETS];
	size_t nlets;
	size_t ncases;
};

/* Appends src with @NAME and {{hex}} put in. */
static void
expand(const struct quirks *q, const char *src, struct buf *out)
{
	for (const char *p = src; *p != '\0';) {
		size_t i, n = strspn(p + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
		unsigned octet;
		char c;

		for (i = 0; *p == '@' && i < q->nlets; i++)
			if (strlen(q->name[i]) == n &&
			    strncmp(q->name[i], p + 1, n) == 0)
				break;
		if (*p == '@' && i < q->nlets) {
			buf_puts(out, q->text[i]);
			p += 1 + n;
		} else if (sscanf(p, "{{%2x}}", &octet) == 1) {
			c = (char)octet;
			buf_add(out, &c, 1);
			p += 6;
		} else {
			buf_add(out, p++, 1);
		}
	}
}

static void
define(struct quirks *q, char *line)
{
	char *blank = strchr(line, ' ');
	struct buf b;

	if (blank == NULL || q->nlets == LETS)
		abort();
	buf_init(&b, 4096);
	expand(q, blank + 1, &b);
	q->name[q->nlets] = xstrndup(line, (size_t)(blank - line));
	q->text[q->nlets++] = buf_take(&b);
}

static void
print_time(struct buf *out, int64_t t)
{
	char text[32];

	buf_puts(out,
	    t == REPORT_TIME_NONE
		? "-"
		: text_rfc3339(text, sizeof(text), (time_t)t));
}

static void
print_list(struct buf *out, const char *name, const struct report_list *l)
{
	buf_printf(out, " %s=", name);
	for (size_t i = 0; i < l->n; i++)
		buf_printf(out, "%s%s", i > 0 ? ";" : "", l->text[i]);
}

static void
print_field(struct buf *out, const char *name, const char *text)
{
	if (text != NULL)
		buf_printf(out, " %s=%s", name, text);
}

static void
print_policy(struct buf *out, const struct report_policy *p)
{
	buf_printf(out, "%s %s s%lld f%lld", report_policy_type_text(p),
	    p->domain == NULL ? "-" : p->domain, (long long)p->success,
	    (long long)p->failure);
	print_list(out, "strings", &p->strings);
	print_list(out, "mx", &p->mx);
	buf_puts(out, "\n");
	for (size_t i = 0; i < p->nfailures; i++) {
		const struct report_failure *f = &p->failures[i];

		buf_printf(out, " %s n%lld", report_failure_text(f),
		    (long long)f->sessions);
		print_field(out, "from", f->sending_ip);
		print_field(out, "mx", f->mx);
		print_field(out, "helo", f->helo);
		print_field(out, "to", f->receiving_ip);
		print_field(out, "info", f->info);
		print_field(out, "reason", f->reason);
		buf_puts(out, "\n");
	}
}

static void
print_report(struct buf *out, enum report_verdict v, const struct report *r,
    const struct defects *d)
{
	buf_puts(out, report_verdict_name(v));
	if (d->kinds > 0)
		buf_puts(out, " ");
	defects_write_names(d, out);
	buf_puts(out, "\n");
	if (v == REPORT_REJECTED)
		return;
	buf_printf(out, "org=%s contact=%s id=%s ",
	    r->organization == NULL ? "-" : r->organization,
	    r->contact == NULL ? "-" : r->contact, r->id == NULL ? "-" : r->id);
	print_time(out, r->begin);
	buf_puts(out, "..");
	print_time(out, r->end);
	buf_puts(out, "\n");
	for (size_t i = 0; i < r->npolicies; i++)
		print_policy(out, &r->policies[i]);
}

static void
run_case(struct quirks *q, const char *name, const struct buf *in,
    const struct buf *want)
{
	struct report r;
	struct defects d;
	struct buf got, packed;
	struct err e;

	q->ncases++;
	report_init(&r, REPORT_POOL_MAX);
	buf_init(&got, 65536);
	buf_init(&packed, 65536);
	print_report(&got, report_read(q->rr, buf_str(in), in->len, &r, &d), &r,
	    &d);
	is_str(buf_str(&got), buf_str(want), "%s", name);
	buf_reset(&got);
	ok(gz_write(buf_str(in), in->len, &packed, &e) == 0, "packed");
	print_report(&got,
	    report_read_packed(q->rr, packed.data, packed.len, &r, &d), &r, &d);
	is_str(buf_str(&got), buf_str(want), "%s, packed", name);
	report_clear(&r);
	buf_clear(&got);
	buf_clear(&packed);
}

/* One line of the file, without its end. */
static void
take_line(struct quirks *q, char *line, char **name, struct buf *in,
    struct buf *want)
{
	if (*name != NULL && (line[0] == '=' || line[0] == '\0')) {
		run_case(q, *name, in, want);
		free(*name);
		*name = NULL;
	}
	if (strncmp(line, "let ", 4) == 0) {
		define(q, line + 4);
	} else if (strncmp(line, "= ", 2) == 0) {
		*name = xstrdup(line + 2);
		buf_reset(in);
		buf_reset(want);
	} else if (line[0] == '>') {
		expand(q, line[1] == ' ' ? line + 2 : line + 1, in);
	} else if (strncmp(line, "< ", 2) == 0) {
		expand(q, line + 2, want);
		buf_puts(want, "\n");
	} else if (line[0] != '#' && line[0] != '\0') {
		fail("a line of quirks.txt is understood: %s", line);
	}
}

static void
test_quirks(struct report_reader *rr)
{
	struct quirks q = { .rr = rr };
	const char *srcdir = getenv("SRCDIR");
	char *path =
	    xasprintf("%s/t/unit/quirks.txt", srcdir == NULL ? "." : srcdir);
	char *name = NULL, *line = NULL, last[] = "";
	FILE *f = fopen(path, "r");
	struct buf in, want;
	size_t size = 0;
	ssize_t n;

	buf_init(&in, 65536);
	buf_init(&want, 65536);
	if (!ok(f != NULL, "%s can be read", path))
		goto out;
	while ((n = getline(&line, &size, f)) != -1) {
		line[n - (line[n - 1] == '\n')] = '\0';
		take_line(&q, line, &name, &in, &want);
	}
	take_line(&q, last, &name, &in, &want);
	ok(q.ncases >= 40, "%zu reports", q.ncases);
	fclose(f);
out:
	for (size_t i = 0; i < q.nlets; i++) {
		free(q.name[i]);
		free(q.text[i]);
	}
	free(line);
	free(path);
	buf_clear(&in);
	buf_clear(&want);
}

static const char head[] = "{\"policies\":[{\"policy\":{\"policy-type\":"
			   "\"sts\",\"policy-domain\":\"a.example\",";

/* Lists of more than is kept: the rest is passed over, sums are right. */
static void
test_many(struct report_reader *rr)
{
	struct report r;
	struct defects d;
	struct buf b;

	buf_init(&b, 8 << 20);
	report_init(&r, REPORT_POOL_MAX);
	buf_printf(&b, "%s\"mx-host\":[\"x\"", head);
	for (int i = 0; i < REPORT_STRINGS_MAX; i++)
		buf_printf(&b, ",\"mx%d.example\"", i);
	buf_puts(&b,
	    "]},\"summary\":{\"total-successful-session-count\":1,"
	    "\"total-failure-session-count\":20000},"
	    "\"failure-details\":[{}");
	for (int i = 0; i < REPORT_FAILURES_MAX; i++)
		buf_puts(&b,
		    ",{\"result-type\":\"validation-failure\","
		    "\"failed-session-count\":1}");
	buf_puts(&b, "]}]}");
	is_int(report_read(rr, b.data, b.len, &r, &d), REPORT_SALVAGED,
	    "very many entries are salvaged");
	is_int(d.count[DEFECT_TOO_MANY], 2, "one mx and one detail too many");
	is_int(r.nfailures, REPORT_FAILURES_MAX, "details up to the limit");
	is_int(r.policies[0].mx.n, REPORT_STRINGS_MAX, "mx up to the limit");
	is_int(r.policies[0].failure, 20000, "the summary counts");
	is_str(d.first[DEFECT_TOO_MANY].path, "policies[0].policy.mx-host[256]",
	    "where it began");
	report_clear(&r);
	report_init(&r, 64);
	(void)report_read(rr, b.data, b.len, &r, &d);
	ok(defects_has(&d, DEFECT_TOO_MANY), "a small pool is a limit too");
	report_clear(&r);
	buf_clear(&b);
}

/* Damaged packing is rejected whatever the JSON within says. */
static void
test_packing(struct report_reader *rr)
{
	static const char json[] =
	    "{\"report-id\":\"1\",\"policies\":[{\"policy\":{}}]}";
	struct report r;
	struct defects d;
	struct buf b;
	struct err e;

	buf_init(&b, 65536);
	report_init(&r, REPORT_POOL_MAX);
	ok(gz_write(json, sizeof(json) - 1, &b, &e) == 0, "packed");
	b.data[b.len - 6] ^= 1;
	is_int(report_read_packed(rr, b.data, b.len, &r, &d), REPORT_REJECTED,
	    "a wrong checksum is rejected");
	ok(defects_has(&d, DEFECT_GZIP_CHECK), "and named");
	is_int(r.npolicies, 0, "nothing of it is left");
	b.data[b.len - 6] ^= 1;
	is_int(report_read_packed(rr, b.data, b.len - 8, &r, &d),
	    REPORT_REJECTED, "cut gzip data is rejected");
	ok(defects_has(&d, DEFECT_GZIP_TRUNCATED), "and named");
	buf_puts(&b, "\r\n");
	is_int(report_read_packed(rr, b.data, b.len, &r, &d), REPORT_SALVAGED,
	    "octets behind gzip data are not");
	ok(defects_has(&d, DEFECT_GZIP_TRAILING), "and named");
	report_clear(&r);
	buf_clear(&b);
}

int
main(void)
{
	struct report_reader *rr = report_reader_new();

	test_quirks(rr);
	test_many(rr);
	test_packing(rr);
	report_reader_free(rr);
	return done_testing();
}
