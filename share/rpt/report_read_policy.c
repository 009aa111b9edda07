/* report_read_policy: policies and their details - see report_read_part.h */
#include "config.h"

#include "share/rpt/report_read_part.h"
#include "share/base/hostname.h"
#include "share/base/text.h"

#include <string.h>

#define FIELDS(f) f, sizeof(f) / sizeof((f)[0])

static void
read_type(struct report_reader *rr, enum jscan_event ev)
{
	struct report_policy *p = rr->p;
	bool exact;

	if (ev != JSCAN_STRING) {
		read_wrong(rr, ev);
		return;
	}
	p->type = report_policy_type_find(rr->js.text, rr->js.len, &exact);
	if (p->type == REPORT_POLICY_UNKNOWN) {
		jscan_note(&rr->js, DEFECT_TYPE_UNKNOWN);
		p->type_text = read_keep(rr, rr->js.text, rr->js.len);
	} else if (!exact) {
		jscan_note(&rr->js, DEFECT_TYPE_CASE);
	}
}

/* RFC 8460 section 4.4: policy-domain in A-labels. */
static void
read_domain(struct report_reader *rr, enum jscan_event ev)
{
	char host[HOSTNAME_SIZE];
	const char **dst = &rr->p->domain;

	read_host(rr, ev, dst);
	if (*dst == NULL || hostname_is_normal(*dst))
		return;
	jscan_note(&rr->js, DEFECT_DOMAIN_FORM);
	if (hostname_normalize(*dst, strlen(*dst), host, NULL) == 0)
		*dst = read_keep(rr, host, strlen(host));
}

static void
add_text(struct report_reader *rr, struct report_list *l, const char *s,
    size_t n)
{
	if (report_list_add(rr->r, l, s, n) == -1)
		jscan_note(&rr->js, DEFECT_TOO_MANY);
}

/* Microsoft: the one text holds the JSON array that should stand there. */
static bool
read_nested(struct report_reader *rr)
{
	struct report_list *l = &rr->p->strings;
	struct defects ignored;
	struct jscan js;
	enum jscan_event ev;
	size_t before = l->n;

	defects_init(&ignored);
	jscan_init(&js);
	jscan_begin(&js, rr->js.text, rr->js.len, &ignored);
	if (jscan_next(&js) == JSCAN_BEGIN_ARRAY)
		while ((ev = jscan_next(&js)) != JSCAN_END &&
		    ev != JSCAN_END_ARRAY) {
			if (ev == JSCAN_STRING)
				add_text(rr, l, js.text, js.len);
			else
				jscan_skip(&js, ev);
		}
	jscan_clear(&js);
	return l->n > before;
}

static void
read_string(struct report_reader *rr, enum jscan_event ev)
{
	if (ev != JSCAN_STRING) {
		read_wrong(rr, ev);
		return;
	}
	if (rr->js.len > 1 && rr->js.text[0] == '[' && read_nested(rr)) {
		jscan_note(&rr->js, DEFECT_STRING_NESTED);
		return;
	}
	add_text(rr, &rr->p->strings, rr->js.text, rr->js.len);
}

static void
read_strings(struct report_reader *rr, enum jscan_event ev)
{
	read_array(rr, ev, read_string);
}

/* An entry of mx-host: a host name or a pattern of it. */
static void
read_mx(struct report_reader *rr, enum jscan_event ev)
{
	const char *host = NULL;
	size_t skip;

	if (ev != JSCAN_STRING) {
		read_wrong(rr, ev);
		return;
	}
	if (rr->js.len > 3 && strncmp(rr->js.text, "mx:", 3) == 0) {
		jscan_note(&rr->js, DEFECT_MX_PREFIX);
		skip = 3;
		while (skip < rr->js.len && rr->js.text[skip] == ' ')
			skip++;
		rr->js.text += skip;
		rr->js.len -= skip;
	}
	read_host(rr, ev, &host);
	if (host != NULL)
		add_text(rr, &rr->p->mx, host, strlen(host));
}

static void
read_mxs(struct report_reader *rr, enum jscan_event ev)
{
	read_array(rr, ev, read_mx);
}

static void
read_policy(struct report_reader *rr, enum jscan_event ev)
{
	static const struct read_field fields[] = {
		READ_FIELD("policy-type", read_type, 0),
		READ_FIELD("policy-string", read_strings, 1),
		READ_FIELD("policy-domain", read_domain, 2),
		READ_FIELD("mx-host", read_mxs, 3),
		READ_OLD_FIELD("mx-host-pattern", read_mxs, 3),
	};

	rr->saw_policy = read_object(rr, ev, FIELDS(fields));
}

static void
read_success(struct report_reader *rr, enum jscan_event ev)
{
	rr->saw_success = read_count(rr, ev, &rr->p->success);
}

static void
read_failure(struct report_reader *rr, enum jscan_event ev)
{
	rr->saw_failure = read_count(rr, ev, &rr->p->failure);
}

static void
read_summary(struct report_reader *rr, enum jscan_event ev)
{
	static const struct read_field fields[] = {
		READ_FIELD("total-successful-session-count", read_success, 0),
		READ_FIELD("total-failure-session-count", read_failure, 1),
	};

	rr->saw_summary = read_object(rr, ev, FIELDS(fields));
}

static void
read_result(struct report_reader *rr, enum jscan_event ev)
{
	struct report_failure *f = rr->f;
	bool exact;

	if (ev != JSCAN_STRING || rr->js.len == 0) {
		read_wrong(rr, ev);
		return;
	}
	f->result = report_result_find(rr->js.text, rr->js.len, &exact);
	if (f->result == REPORT_RESULT_UNKNOWN) {
		jscan_note(&rr->js, DEFECT_RESULT_UNKNOWN);
		f->result_text = read_keep(rr, rr->js.text, rr->js.len);
	} else if (!exact) {
		jscan_note(&rr->js, DEFECT_RESULT_CASE);
	}
}

static void
read_sending_ip(struct report_reader *rr, enum jscan_event ev)
{
	read_ip(rr, ev, &rr->f->sending_ip);
}

static void
read_receiving_ip(struct report_reader *rr, enum jscan_event ev)
{
	read_ip(rr, ev, &rr->f->receiving_ip);
}

static void
read_failure_mx(struct report_reader *rr, enum jscan_event ev)
{
	read_host(rr, ev, &rr->f->mx);
}

static void
read_helo(struct report_reader *rr, enum jscan_event ev)
{
	read_text(rr, ev, &rr->f->helo);
}

static void
read_info(struct report_reader *rr, enum jscan_event ev)
{
	read_text(rr, ev, &rr->f->info);
}

static void
read_reason(struct report_reader *rr, enum jscan_event ev)
{
	read_text(rr, ev, &rr->f->reason);
}

static void
read_sessions(struct report_reader *rr, enum jscan_event ev)
{
	if (!read_count(rr, ev, &rr->f->sessions))
		rr->f->sessions = -1;
}

static void
read_detail(struct report_reader *rr, enum jscan_event ev)
{
	static const struct read_field fields[] = {
		READ_FIELD("result-type", read_result, 0),
		READ_FIELD("sending-mta-ip", read_sending_ip, 1),
		READ_FIELD("receiving-mx-hostname", read_failure_mx, 2),
		READ_FIELD("receiving-mx-helo", read_helo, 3),
		READ_FIELD("receiving-ip", read_receiving_ip, 4),
		READ_FIELD("failed-session-count", read_sessions, 5),
		READ_FIELD("additional-information", read_info, 6),
		READ_OLD_FIELD("additional-info-uri", read_info, 6),
		READ_FIELD("failure-reason-code", read_reason, 7),
		READ_OLD_FIELD("failure-error-code", read_reason, 7),
	};

	if (ev != JSCAN_BEGIN_OBJECT) {
		read_wrong(rr, ev);
		return;
	}
	rr->f = report_add_failure(rr->r, rr->p);
	if (rr->f == NULL) {
		jscan_note(&rr->js, DEFECT_TOO_MANY);
		jscan_skip(&rr->js, ev);
		return;
	}
	rr->f->sessions = -1;
	(void)read_object(rr, ev, FIELDS(fields));
	if (rr->f->result == REPORT_RESULT_UNKNOWN &&
	    rr->f->result_text == NULL)
		jscan_note(&rr->js, DEFECT_RESULT_ABSENT);
	if (rr->f->sessions == -1) {
		jscan_note(&rr->js, DEFECT_COUNT_ABSENT);
		rr->f->sessions = 0;
	}
}

static void
read_details(struct report_reader *rr, enum jscan_event ev)
{
	read_array(rr, ev, read_detail);
}

/* A missing count is what can be known: no success, failures as detailed. */
static void
finish_entry(struct report_reader *rr)
{
	struct report_policy *p = rr->p;
	int64_t details = report_policy_details(p);

	if (!rr->saw_policy) {
		jscan_note(&rr->js, DEFECT_POLICY_ABSENT);
	} else {
		if (p->type == REPORT_POLICY_UNKNOWN && p->type_text == NULL)
			jscan_note(&rr->js, DEFECT_TYPE_ABSENT);
		if (p->domain == NULL)
			jscan_note(&rr->js, DEFECT_DOMAIN_ABSENT);
	}
	if (!rr->saw_summary)
		jscan_note(&rr->js, DEFECT_SUMMARY_ABSENT);
	else if (!rr->saw_success || !rr->saw_failure)
		jscan_note(&rr->js, DEFECT_COUNT_ABSENT);
	if (!rr->saw_failure)
		p->failure = details;
	else if (p->nfailures > 0 && details != p->failure)
		jscan_note(&rr->js, DEFECT_SUM_DIFFERS);
}

static void
read_entry(struct report_reader *rr, enum jscan_event ev)
{
	static const struct read_field fields[] = {
		READ_FIELD("policy", read_policy, 0),
		READ_FIELD("summary", read_summary, 1),
		READ_FIELD("failure-details", read_details, 2),
	};

	if (ev != JSCAN_BEGIN_OBJECT) {
		read_wrong(rr, ev);
		return;
	}
	rr->p = report_add_policy(rr->r);
	if (rr->p == NULL) {
		jscan_note(&rr->js, DEFECT_TOO_MANY);
		jscan_skip(&rr->js, ev);
		return;
	}
	rr->saw_policy = rr->saw_summary = false;
	rr->saw_success = rr->saw_failure = false;
	(void)read_object(rr, ev, FIELDS(fields));
	finish_entry(rr);
}

void
read_policies(struct report_reader *rr, enum jscan_event ev)
{
	rr->saw_policies = ev == JSCAN_BEGIN_ARRAY || ev == JSCAN_BEGIN_OBJECT;
	read_array(rr, ev, read_entry);
}
