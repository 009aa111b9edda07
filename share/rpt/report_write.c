/* report_write: writes a TLS report as I-JSON - see report_write.h */
#include "config.h"

#include "share/rpt/report_write.h"
#include "share/base/text.h"
#include "share/rpt/codepoint.h"

#include <stdlib.h>
#include <string.h>

/* RFC 8259 section 7; DEL too, for whoever looks at it in a terminal. */
static void
put_ascii(struct buf *out, char c)
{
	static const char plain[] = "\b\f\n\r\t\\\"";
	static const char letter[] = "bfnrt\\\"";
	const char *at = strchr(plain, c);

	if (at != NULL && c != '\0')
		buf_printf(out, "\\%c", letter[at - plain]);
	else
		buf_printf(out, "\\u%04x", (unsigned char)c);
}

static bool
is_plain(char c)
{
	return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

void
report_write_text(const char *s, size_t n, struct buf *out)
{
	buf_add(out, "\"", 1);
	while (n > 0) {
		char octets[CODEPOINT_MAX];
		size_t run = 0, took;
		uint32_t cp;
		bool good;

		while (run < n && is_plain(s[run]))
			run++;
		buf_add(out, s, run);
		s += run;
		n -= run;
		if (n == 0)
			break;
		took = codepoint_read(s, n, &cp, &good);
		/* RFC 7493 section 2.1 */
		if (codepoint_is_nonchar(cp))
			cp = CODEPOINT_REPLACEMENT;
		if (cp < 0x80)
			put_ascii(out, *s);
		else
			buf_add(out, octets, codepoint_write(octets, cp));
		s += took;
		n -= took;
	}
	buf_add(out, "\"", 1);
}

/* "key":"text", after a comma unless it is the first; NULL: nothing. */
static void
put_member(struct buf *out, const char *before, const char *key,
    const char *text)
{
	if (text == NULL)
		return;
	buf_printf(out, "%s\"%s\":", before, key);
	report_write_text(text, strlen(text), out);
}

static void
put_list(struct buf *out, const char *key, const struct report_list *l)
{
	if (l->n == 0)
		return;
	buf_printf(out, ",\"%s\":[", key);
	for (size_t i = 0; i < l->n; i++) {
		buf_puts(out, i > 0 ? "," : "");
		report_write_text(l->text[i], strlen(l->text[i]), out);
	}
	buf_puts(out, "]");
}

static void
put_failure(struct buf *out, const struct report_failure *f)
{
	put_member(out, "{", "result-type", report_failure_text(f));
	put_member(out, ",", "sending-mta-ip", f->sending_ip);
	put_member(out, ",", "receiving-mx-hostname", f->mx);
	put_member(out, ",", "receiving-mx-helo", f->helo);
	put_member(out, ",", "receiving-ip", f->receiving_ip);
	buf_printf(out, ",\"failed-session-count\":%lld",
	    (long long)f->sessions);
	put_member(out, ",", "additional-information", f->info);
	put_member(out, ",", "failure-reason-code", f->reason);
	buf_puts(out, "}");
}

static void
put_policy(struct buf *out, const struct report_policy *p)
{
	put_member(out, "{\"policy\":{", "policy-type",
	    report_policy_type_text(p));
	put_list(out, "policy-string", &p->strings);
	put_member(out, ",", "policy-domain", p->domain);
	put_list(out, "mx-host", &p->mx);
	buf_printf(out,
	    "},\"summary\":{\"total-successful-session-count\":%lld,"
	    "\"total-failure-session-count\":%lld}",
	    (long long)p->success, (long long)p->failure);
	if (p->nfailures > 0) {
		buf_puts(out, ",\"failure-details\":[");
		for (size_t i = 0; i < p->nfailures; i++) {
			buf_puts(out, i > 0 ? "," : "");
			put_failure(out, &p->failures[i]);
		}
		buf_puts(out, "]");
	}
	buf_puts(out, "}");
}

int
report_write_part(const struct report *r, const struct report_part *part,
    struct buf *out, struct err *e)
{
	char begin[32], end[32];

	if (r->organization == NULL || r->contact == NULL || part->id == NULL ||
	    r->begin == REPORT_TIME_NONE || r->end == REPORT_TIME_NONE)
		return err_set(e, ERR_BUG,
		    "a report lacks what RFC 8460 wants");
	(void)text_rfc3339(begin, sizeof(begin), (time_t)r->begin);
	(void)text_rfc3339(end, sizeof(end), (time_t)r->end);
	put_member(out, "{", "organization-name", r->organization);
	buf_printf(out,
	    ",\"date-range\":{\"start-datetime\":\"%s\","
	    "\"end-datetime\":\"%s\"}",
	    begin, end);
	put_member(out, ",", "contact-info", r->contact);
	put_member(out, ",", "report-id", part->id);
	buf_puts(out, ",\"policies\":[");
	for (size_t i = 0; i < part->n; i++) {
		buf_puts(out, i > 0 ? "," : "");
		put_policy(out, &r->policies[part->first + i]);
	}
	buf_puts(out, "]}\n");
	if (buf_full(out))
		return err_set(e, ERR_LIMIT, "the report does not fit");
	return 0;
}

int
report_write(const struct report *r, struct buf *out, struct err *e)
{
	const struct report_part all = { r->id, 0, r->npolicies };

	return report_write_part(r, &all, out, e);
}

static int
more_sessions_first(const void *va, const void *vb)
{
	const struct report_failure *a = va, *b = vb;

	return (a->sessions < b->sessions) - (a->sessions > b->sessions);
}

/* Adds f to the entry for its result among those from first on. */
static void
fold_into(struct report_policy *p, size_t first, const struct report_failure *f)
{
	struct report_failure *to;
	size_t i = first;

	while (i < p->nfailures && p->failures[i].result != f->result)
		i++;
	to = &p->failures[i];
	if (i == p->nfailures) {
		*to = (struct report_failure){ .result = f->result,
			.reason = "other" };
		/* of results without a number the first one's name stands */
		to->result_text = f->result_text;
		p->nfailures++;
	}
	to->sessions = report_count_add(to->sessions, f->sessions);
}

size_t
report_fold_policy(struct report_policy *p, size_t keep)
{
	size_t n = p->nfailures;

	if (n <= keep)
		return 0;
	qsort(p->failures, n, sizeof(*p->failures), more_sessions_first);
	p->nfailures = keep;
	for (size_t k = keep; k < n; k++) {
		struct report_failure f = p->failures[k];

		fold_into(p, keep, &f);
	}
	return n - p->nfailures;
}

size_t
report_fold(struct report *r, size_t keep)
{
	size_t fewer = 0;

	/* in canonical order those of equal counts stay by their texts */
	report_sort(r);
	for (size_t i = 0; i < r->npolicies; i++)
		fewer += report_fold_policy(&r->policies[i], keep);
	r->nfailures -= fewer;
	report_sort(r);
	return fewer;
}
