/* show_print: a report as text and as JSON - see show_print.h */
#include "config.h"

#include "analyzer/show_print.h"

#include "share/app/control_json.h"
#include "share/app/term.h"
#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/rpt/defect.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- for people ---- */

#define LABEL 14

/* term_print() escapes what ends a line. */
static void
end_line(struct term *t)
{
	(void)fputc('\n', t->out);
}

static void
line(struct term *t, const char *label, const char *text)
{
	if (*text == '\0')
		return;
	term_print(t, TERM_PLAIN, "%-*s%s", LABEL, label, text);
	end_line(t);
}

static const char *
time_text(char *dst, size_t size, int64_t t)
{
	return t == ANALYSIS_TIME_NONE ? "?" : text_rfc3339(dst, size, t);
}

static void
print_defects(struct term *t, const char *names)
{
	while (*names != '\0') {
		size_t n = strcspn(names, " ");
		char *name = xstrndup(names, n);
		enum defect d = defect_from_name(name);

		term_print(t, TERM_WARN, "%-*s%s%s%s", LABEL, "defect", name,
		    d != DEFECT_N ? ": " : "",
		    d != DEFECT_N ? defect_text(d) : "");
		end_line(t);
		free(name);
		names += n + strspn(names + n, " ");
	}
}

/* Lines of a list, each on one of its own. */
static void
print_list(struct term *t, const char *label, const char *lines)
{
	while (*lines != '\0') {
		size_t n = strcspn(lines, "\n");
		char *text = xstrndup(lines, n);

		term_print(t, TERM_PLAIN, "  %-*s%s", LABEL - 2, label, text);
		end_line(t);
		free(text);
		lines += lines[n] == '\0' ? n : n + 1;
	}
}

static void
print_failure(struct term *t, const struct analysis_failure *f)
{
	const char *const parts[][2] = { { "from", f->sending_ip },
		{ "to", f->mx }, { "at", f->receiving_ip },
		{ "greeting", f->helo }, { "reason", f->reason },
		{ "see", f->info } };

	term_print(t, TERM_BAD, "  %" PRId64 " x %s", f->sessions,
	    *f->result != '\0' ? f->result : "(no result type)");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (*parts[i][1] != '\0')
			term_print(t, TERM_PLAIN, ", %s %s", parts[i][0],
			    parts[i][1]);
	end_line(t);
}

static void
print_policy(struct term *t, const struct analysis_policy *p)
{
	end_line(t);
	term_print(t, TERM_HEAD, "%s %s",
	    *p->type != '\0' ? p->type : "(no policy type)",
	    *p->domain != '\0' ? p->domain : "(no domain)");
	if (strcmp(p->domain, p->mail_domain) != 0)
		term_print(t, TERM_PLAIN, " for %s", p->mail_domain);
	end_line(t);
	print_list(t, "policy", p->strings);
	print_list(t, "mx", p->mx);
	term_print(t, TERM_PLAIN,
	    "  %-*s%" PRId64 " succeeded, %" PRId64 " failed%s", LABEL - 2,
	    "sessions", p->success, p->failure,
	    p->sibling ? " (the same sessions as of another policy)" : "");
	end_line(t);
	for (size_t i = 0; i < p->nfailures; i++)
		print_failure(t, &p->failures[i]);
}

void
show_print_text(FILE *out, const struct analysis_report *r)
{
	char begin[32], end[32], received[32], number[32];
	struct term t;

	term_init(&t, out);
	(void)snprintf(number, sizeof(number), "%" PRId64, r->id);
	line(&t, "report", number);
	line(&t, "report-id", r->report_id);
	line(&t, "organization", r->organization);
	line(&t, "contact", r->contact);
	line(&t, "submitter", r->submitter);
	term_print(&t, TERM_PLAIN, "%-*s%s to %s", LABEL, "range",
	    time_text(begin, sizeof(begin), r->begin),
	    time_text(end, sizeof(end), r->end));
	end_line(&t);
	line(&t, "received",
	    time_text(received, sizeof(received), r->received));
	term_print(&t, r->trust == ANALYSIS_UNSIGNED ? TERM_WARN : TERM_PLAIN,
	    "%-*s%s%s%s", LABEL, "trust", analysis_trust_name(r->trust),
	    *r->dkim_domain != '\0' ? " by " : "", r->dkim_domain);
	end_line(&t);
	line(&t, "verdict", analysis_verdict_name(r->verdict));
	line(&t, "from", r->source);
	line(&t, "", r->place);
	print_defects(&t, r->defects);
	for (int64_t i = 0; i < r->npolicies; i++)
		print_policy(&t, &r->policies[i]);
}

/* ---- JSON ---- */

static void
put(json_t *o, const char *name, json_t *value)
{
	if (json_object_set_new(o, name, control_need(value)) == -1)
		abort();
}

static void
append(json_t *list, json_t *value)
{
	if (json_array_append_new(list, control_need(value)) == -1)
		abort();
}

/* A text, or null where there is none. */
static void
put_text(json_t *o, const char *name, const char *s)
{
	control_put_str(o, name, *s != '\0' ? s : NULL);
}

static void
put_time(json_t *o, const char *name, int64_t t)
{
	control_put_time(o, name, t == ANALYSIS_TIME_NONE ? 0 : t * 1000);
}

/* Pieces of a text as a list. */
static json_t *
pieces(const char *s, char between)
{
	const char stop[2] = { between, '\0' };
	json_t *list = control_need(json_array());

	while (*s != '\0') {
		size_t n = strcspn(s, stop);

		append(list, json_stringn(s, n));
		s += s[n] == '\0' ? n : n + 1;
	}
	return list;
}

static json_t *
failure_json(const struct analysis_failure *f)
{
	json_t *o = control_need(json_object());

	put_text(o, "result", f->result);
	put_text(o, "sending_ip", f->sending_ip);
	put_text(o, "mx", f->mx);
	put_text(o, "helo", f->helo);
	put_text(o, "receiving_ip", f->receiving_ip);
	put_text(o, "reason", f->reason);
	put_text(o, "info", f->info);
	control_put_int(o, "sessions", f->sessions);
	return o;
}

static json_t *
policy_json(const struct analysis_policy *p)
{
	json_t *o = control_need(json_object());
	json_t *failures = control_need(json_array());

	put_text(o, "type", p->type);
	put_text(o, "domain", p->domain);
	put_text(o, "mail_domain", p->mail_domain);
	put(o, "strings", pieces(p->strings, '\n'));
	put(o, "mx", pieces(p->mx, '\n'));
	control_put_bool(o, "sibling", p->sibling);
	control_put_int(o, "success", p->success);
	control_put_int(o, "failure", p->failure);
	for (size_t i = 0; i < p->nfailures; i++)
		append(failures, failure_json(&p->failures[i]));
	put(o, "failures", failures);
	return o;
}

void
show_print_json(FILE *out, const struct analysis_report *r)
{
	json_t *o = control_object(), *policies = control_need(json_array());
	char *text;

	control_put_int(o, "id", r->id);
	put_text(o, "organization", r->organization);
	put_text(o, "report_id", r->report_id);
	put_text(o, "contact", r->contact);
	put_text(o, "submitter", r->submitter);
	put_time(o, "begin", r->begin);
	put_time(o, "end", r->end);
	put_time(o, "received", r->received);
	put_time(o, "stored", r->stored);
	put_text(o, "verdict", analysis_verdict_name(r->verdict));
	put_text(o, "trust", analysis_trust_name(r->trust));
	put_text(o, "dkim_domain", r->dkim_domain);
	put(o, "defects", pieces(r->defects, ' '));
	put_text(o, "source", r->source);
	put_text(o, "place", r->place);
	control_put_int(o, "success", r->success);
	control_put_int(o, "failure", r->failure);
	control_put_int(o, "details", r->ndetails);
	control_put_bool(o, "raw", r->nraw > 0);
	for (int64_t i = 0; i < r->npolicies; i++)
		append(policies, policy_json(&r->policies[i]));
	put(o, "policies", policies);
	text = control_text(o);
	fprintf(out, "%s\n", text);
	free(text);
}
