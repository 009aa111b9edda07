/* report_mail_text: the part of a mail for people - see report_mail.h */
#include "config.h"

#include "reportgen/report_mail.h"
#include "reportgen/report_text.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>

#define POLICIES_SHOWN 10
#define FAILURES_SHOWN 10

/* What failed in the same way, whatever the policy. */
struct shown {
	const struct report_failure *failure; /* one of them */
	int64_t sessions;
};

/* Our own words, in UTF-8; they come from the config, but by way of a report. */
static void
put_own(const char *label, const char *s, struct buf *out)
{
	buf_puts(out, label);
	for (; s != NULL && *s != '\0'; s++)
		buf_add(out, (unsigned char)*s < ' ' || *s == 0x7f ? " " : s,
		    1);
}

static void
put_intro(const struct report *r, struct buf *out)
{
	char begin[32], end[32];

	buf_puts(out,
	    "This is a report on TLS by RFC 8460: how the transport of mail\n"
	    "to the domains below was secured. The same is in the file that\n"
	    "is attached, for programs.\n\n");
	put_own("From: ", r->organization, out);
	put_own("\nContact: ", r->contact, out);
	buf_printf(out, "\nPeriod: %s to %s",
	    text_rfc3339(begin, sizeof(begin), (time_t)r->begin),
	    text_rfc3339(end, sizeof(end), (time_t)r->end));
	put_own("\nReport-ID: ", r->id, out);
	buf_puts(out, "\n\n");
}

static void
put_results(int64_t success, int64_t failure, struct buf *out)
{
	report_text_count(success, out);
	buf_puts(out, " good, ");
	report_text_count(failure, out);
	buf_puts(out, " failed");
	if (failure > 0) {
		double part = 100.0 * (double)failure /
		    ((double)success + (double)failure);

		/* never 0.0 of something */
		if (part < 0.1)
			buf_puts(out, " (less than 0.1 %)");
		else
			buf_printf(out, " (%.1f %%)", part);
	}
}

/* Those with the most failures first, then those with the most sessions. */
static int
worse_policy(const void *va, const void *vb)
{
	const struct report_policy *a =
	    *(const struct report_policy *const *)va;
	const struct report_policy *b =
	    *(const struct report_policy *const *)vb;

	if (a->failure != b->failure)
		return a->failure < b->failure ? 1 : -1;
	if (a->success != b->success)
		return a->success < b->success ? 1 : -1;
	return a < b ? -1 : a > b;
}

static void
put_policies(const struct report *r, struct buf *out)
{
	const struct report_policy **p =
	    xcalloc(r->npolicies + 1, sizeof(struct report_policy *));

	for (size_t i = 0; i < r->npolicies; i++)
		p[i] = &r->policies[i];
	qsort(p, r->npolicies, sizeof(struct report_policy *), worse_policy);
	buf_puts(out, "By policy:\n");
	for (size_t i = 0; i < r->npolicies && i < POLICIES_SHOWN; i++) {
		buf_puts(out, "  ");
		report_text_escaped(p[i]->domain != NULL ? p[i]->domain : "?",
		    out);
		buf_printf(out, ", %s: ", report_text_policy(p[i]->type));
		put_results(p[i]->success, p[i]->failure, out);
		buf_puts(out, "\n");
	}
	if (r->npolicies > POLICIES_SHOWN)
		buf_printf(out, "  and %zu more\n",
		    r->npolicies - POLICIES_SHOWN);
	free(p);
}

static int
compare(const char *a, const char *b)
{
	return strcmp(a != NULL ? a : "", b != NULL ? b : "");
}

/* 0 when they tell people the same. */
static int
compare_failures(const void *va, const void *vb)
{
	const struct report_failure *a = ((const struct shown *)va)->failure;
	const struct report_failure *b = ((const struct shown *)vb)->failure;
	int d = a->result < b->result ? -1 : a->result > b->result;

	d = d != 0 ? d : compare(a->result_text, b->result_text);
	d = d != 0 ? d : compare(a->mx, b->mx);
	d = d != 0 ? d : compare(a->receiving_ip, b->receiving_ip);
	d = d != 0 ? d : compare(a->sending_ip, b->sending_ip);
	d = d != 0 ? d : compare(a->reason, b->reason);
	return d != 0 ? d : compare(a->info, b->info);
}

static int
more_sessions(const void *va, const void *vb)
{
	const struct shown *a = va, *b = vb;

	if (a->sessions != b->sessions)
		return a->sessions < b->sessions ? 1 : -1;
	return compare_failures(a, b);
}

/* Makes one of those that are the same; how many are left. */
static size_t
unite(struct shown *s, size_t n)
{
	size_t left = 0;

	qsort(s, n, sizeof(*s), compare_failures);
	for (size_t i = 0; i < n; i++) {
		if (left > 0 && compare_failures(&s[left - 1], &s[i]) == 0)
			s[left - 1].sessions =
			    report_count_add(s[left - 1].sessions,
				s[i].sessions);
		else
			s[left++] = s[i];
	}
	qsort(s, left, sizeof(*s), more_sessions);
	return left;
}

static void
put_text(const char *before, const char *text, const char *after,
    struct buf *out)
{
	if (text == NULL)
		return;
	buf_puts(out, before);
	report_text_escaped(text, out);
	buf_puts(out, after);
}

static void
put_failure(const struct shown *s, struct buf *out)
{
	const struct report_failure *f = s->failure;

	buf_puts(out, "  ");
	report_text_count(s->sessions, out);
	put_text(" x ", report_failure_text(f), "", out);
	put_text(" at ", f->mx, "", out);
	put_text(" [", f->receiving_ip, "]", out);
	put_text(", from ", f->sending_ip, "", out);
	buf_printf(out, "\n    %s\n", report_text_advice(f->result));
	put_text("    Reason: ", f->reason, "\n", out);
	put_text("    See ", f->info, "\n", out);
}

static void
put_failures(const struct report *r, const struct report_totals *t,
    struct buf *out)
{
	struct shown *s = xcalloc(t->ndetails + 1, sizeof(*s));
	size_t n = 0;

	for (size_t i = 0; i < r->npolicies; i++)
		for (size_t k = 0; k < r->policies[i].nfailures; k++)
			s[n++] = (struct shown){ &r->policies[i].failures[k],
				r->policies[i].failures[k].sessions };
	n = unite(s, n);
	buf_puts(out, "\nMost frequent failures:\n");
	for (size_t i = 0; i < n && i < FAILURES_SHOWN; i++)
		put_failure(&s[i], out);
	if (n > FAILURES_SHOWN)
		buf_printf(out, "  and %zu more kinds\n", n - FAILURES_SHOWN);
	free(s);
}

void
report_mail_text(const struct report *r, struct buf *out)
{
	struct report_totals t = report_totals(r);

	put_intro(r, out);
	buf_puts(out, "Sessions: ");
	put_results(t.success, t.failure, out);
	buf_puts(out, "\n\n");
	put_policies(r, out);
	if (t.ndetails > 0)
		put_failures(r, &t, out);
	else if (t.failure == 0)
		buf_puts(out, "\nNothing went wrong.\n");
}
