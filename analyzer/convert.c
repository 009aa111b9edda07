/* convert: a report that was read for the store - see convert.h */
#include "config.h"

#include "analyzer/convert.h"

#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/rpt/report_time.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINES_MAX (1u << 20) /* of the lists of a report */

_Static_assert(ANALYSIS_TIME_NONE == REPORT_TIME_NONE, "the same time");

void
convert_init(struct convert *c)
{
	memset(c, 0, sizeof(*c));
	textpool_init(&c->pool, LINES_MAX);
	buf_init(&c->line, ANALYSIS_TEXT_MAX);
	buf_init(&c->defects, 8192);
}

void
convert_clear(struct convert *c)
{
	free(c->policies);
	free(c->failures);
	textpool_clear(&c->pool);
	buf_clear(&c->line);
	buf_clear(&c->defects);
}

static const char *
text(const char *s)
{
	return s != NULL ? s : "";
}

/* ---- a report-id where there is none ---- */

/* FNV-1a: no secret is in it, and who makes two alike loses one of them. */
static uint64_t
hash(uint64_t h, const char *s)
{
	for (s = text(s); *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * UINT64_C(1099511628211);
	return (h ^ 0xff) * UINT64_C(1099511628211);
}

static uint64_t
hash_number(uint64_t h, int64_t n)
{
	char s[24];

	(void)snprintf(s, sizeof(s), "%" PRId64, n);
	return hash(h, s);
}

static const char *
made_up_id(struct convert *c, const struct report *r)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < r->npolicies; i++) {
		const struct report_policy *p = &r->policies[i];

		h = hash(h, report_policy_type_text(p));
		h = hash(h, p->domain);
		h = hash_number(h, p->success);
		h = hash_number(h, p->failure);
		for (size_t k = 0; k < p->nfailures; k++) {
			h = hash(h, report_failure_text(&p->failures[k]));
			h = hash(h, p->failures[k].sending_ip);
			h = hash(h, p->failures[k].mx);
			h = hash_number(h, p->failures[k].sessions);
		}
	}
	(void)snprintf(c->id, sizeof(c->id), "absent-%016" PRIx64, h);
	return c->id;
}

/* ---- policies ---- */

/* A list as lines. */
static const char *
as_lines(struct convert *c, const struct report_list *l)
{
	const char *lines;

	if (l->n == 0)
		return "";
	if (l->n == 1)
		return l->text[0];
	buf_reset(&c->line);
	for (size_t i = 0; i < l->n; i++)
		buf_printf(&c->line, "%s%s", i > 0 ? "\n" : "", l->text[i]);
	lines = textpool_add(&c->pool, buf_str(&c->line), c->line.len);
	return text(lines);
}

/* The domain of the policies that are not DANE's, where there is just one. */
static const char *
common_domain(const struct report *r)
{
	const char *found = NULL;

	for (size_t i = 0; i < r->npolicies; i++) {
		const struct report_policy *p = &r->policies[i];

		if (p->type == REPORT_POLICY_TLSA || p->domain == NULL)
			continue;
		if (found != NULL && strcmp(found, p->domain) != 0)
			return "";
		found = p->domain;
	}
	return text(found);
}

static const char *
mail_domain(const struct report_policy *p, const char *told, const char *common)
{
	if (p->type != REPORT_POLICY_TLSA && p->domain != NULL)
		return p->domain;
	if (*told != '\0')
		return told;
	return *common != '\0' ? common : text(p->domain);
}

/* One more than is needed: an empty array is one, too. */
static void
make_room(struct convert *c, const struct report *r)
{
	if (c->policies_room <= r->npolicies) {
		c->policies_room = r->npolicies + 1;
		c->policies = xreallocarray(c->policies, c->policies_room,
		    sizeof(*c->policies));
	}
	if (c->failures_room <= r->nfailures) {
		c->failures_room = r->nfailures + 1;
		c->failures = xreallocarray(c->failures, c->failures_room,
		    sizeof(*c->failures));
	}
}

static void
take_failures(const struct report_policy *p, struct analysis_failure *out)
{
	for (size_t i = 0; i < p->nfailures; i++) {
		const struct report_failure *f = &p->failures[i];

		out[i] = (struct analysis_failure){
			.result = report_failure_text(f),
			.sending_ip = f->sending_ip,
			.mx = f->mx,
			.helo = f->helo,
			.receiving_ip = f->receiving_ip,
			.info = f->info,
			.reason = f->reason,
			.sessions = f->sessions,
		};
	}
}

/* Gives how many policies are ours. */
static size_t
take_policies(struct convert *c, const struct reading_report *in,
    const struct own_domains *own)
{
	const struct report *r = in->report;
	const char *common = common_domain(r);
	size_t n = 0, nfailures = 0;

	make_room(c, r);
	for (size_t i = 0; i < r->npolicies; i++) {
		const struct report_policy *p = &r->policies[i];
		const char *domain = mail_domain(p, in->domain, common);

		if (!own_domains_has(own, domain))
			continue;
		take_failures(p, c->failures + nfailures);
		c->policies[n++] = (struct analysis_policy){
			.type = report_policy_type_text(p),
			.domain = p->domain != NULL ? p->domain : domain,
			.mail_domain = domain,
			.strings = as_lines(c, &p->strings),
			.mx = as_lines(c, &p->mx),
			.success = p->success,
			.failure = p->failure,
			.failures = c->failures + nfailures,
			.nfailures = p->nfailures,
		};
		nfailures += p->nfailures;
	}
	return n;
}

/* ---- the report ---- */

static void
take_range(struct analysis_report *out, const struct reading_report *in,
    int64_t now)
{
	out->begin = in->begin;
	out->end =
	    in->end == REPORT_TIME_NONE ? in->end : report_time_end(in->end);
	if (out->begin == REPORT_TIME_NONE && out->end != REPORT_TIME_NONE &&
	    out->end >= ANALYSIS_DAY)
		out->begin = out->end - ANALYSIS_DAY;
	if (out->begin != REPORT_TIME_NONE &&
	    out->begin > now + CONVERT_FUTURE_MAX)
		out->begin = out->end = REPORT_TIME_NONE;
}

bool
convert_report(struct convert *c, const struct reading_report *in,
    const struct own_domains *own, int64_t now)
{
	struct report_totals t = report_totals(in->report);
	const struct report *r = in->report;
	struct analysis_report *out = &c->out;
	size_t n;

	textpool_reset(&c->pool);
	buf_reset(&c->defects);
	defects_write_names(in->defects, &c->defects);
	n = take_policies(c, in, own);
	memset(out, 0, sizeof(*out));
	out->organization = in->organization;
	out->report_id =
	    r->id != NULL && *r->id != '\0' ? r->id : made_up_id(c, r);
	out->contact = r->contact;
	(void)text_copy(c->submitter, sizeof(c->submitter), in->submitter);
	out->submitter = c->submitter;
	take_range(out, in, now);
	out->verdict =
	    in->verdict == REPORT_OK ? ANALYSIS_OK : ANALYSIS_SALVAGED;
	out->defects = buf_str(&c->defects);
	out->success = t.success;
	out->failure = t.failure;
	out->details = t.details;
	out->ndetails = (int64_t)t.ndetails;
	out->npolicies = (int64_t)n;
	out->policies = c->policies;
	out->raw = in->raw;
	out->nraw = in->nraw;
	return n > 0 || (r->npolicies == 0 && own_domains_has(own, in->domain));
}
