/* intake_mail: one mail into the store - see intake_mail.h */
#include "config.h"

#include "analyzer/intake_mail.h"

#include "share/base/text.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

void
intake_mail_init(struct intake_mail *m, struct analysis_store *store,
    const struct intake_options *o)
{
	memset(m, 0, sizeof(*m));
	m->store = store;
	m->o = o;
	m->reading = reading_new(o->keep_raw);
	convert_init(&m->convert);
	buf_init(&m->defects, 8192);
}

void
intake_mail_clear(struct intake_mail *m)
{
	reading_free(m->reading);
	convert_clear(&m->convert);
	buf_clear(&m->defects);
}

/* ---- one report ---- */

/* Copies what fits of a text. */
static void
copy(char *dst, size_t size, const char *src)
{
	size_t n = strnlen(src, size - 1);

	memcpy(dst, src, n);
	dst[n] = '\0';
}

static void
add_up(struct intake_mail *m, const struct reading_report *report)
{
	const struct analysis_report *r = &m->convert.out;
	struct intake_result *out = &m->result;

	if (out->reports++ == 0) {
		copy(m->organization, sizeof(m->organization),
		    report->organization);
		copy(m->report_id, sizeof(m->report_id), r->report_id);
		buf_puts(&m->defects, r->defects);
	} else if (*r->defects != '\0') {
		buf_printf(&m->defects, "%s%s", m->defects.len > 0 ? " " : "",
		    r->defects);
	}
	out->policies += (int64_t)report->report->npolicies;
	out->success = report_count_add(out->success, r->success);
	out->failure = report_count_add(out->failure, r->failure);
	out->ndetails += r->ndetails;
}

/* Leaves a note that an organisation has had its share, for alerts. */
static int
note_cap(struct intake_mail *m, const char *organization)
{
	char *key = xasprintf("cap.sender.%lld.%.200s",
	    (long long)(m->now / ANALYSIS_DAY), organization);
	int ret = m->store->note(m->store->ctx, key, "reached", m->e);

	free(key);
	return ret;
}

static int
store_report(struct intake_mail *m)
{
	struct analysis_report *r = &m->convert.out;
	enum analysis_put what;

	r->source = m->source;
	r->place = m->item->place;
	r->stored = m->now;
	r->received = m->item->received;
	if (r->received == 0 && m->head != NULL && m->head->date > 0 &&
	    m->head->date < m->now + CONVERT_FUTURE_MAX)
		r->received = m->head->date;
	if (r->received == 0)
		r->received = m->now;
	r->trust = m->result.trust;
	r->dkim_domain = m->proof->domain;
	if (m->store->put(m->store->ctx, r, &what, NULL, m->e) == -1)
		return -1;
	m->any_again |= what == ANALYSIS_PUT_AGAIN;
	m->any_capped |= what == ANALYSIS_PUT_CAPPED;
	if (what == ANALYSIS_PUT_NEW || what == ANALYSIS_PUT_REPLACED) {
		m->any_new = true;
		m->any_salvaged |= r->verdict == ANALYSIS_SALVAGED;
	}
	return what == ANALYSIS_PUT_CAPPED ? note_cap(m, r->organization) : 0;
}

static bool
take_report(void *arg, const struct reading_report *report)
{
	struct intake_mail *m = arg;
	bool ours = convert_report(&m->convert, report, m->o->own, m->now);

	add_up(m, report);
	if (!ours)
		return true;
	if (m->begin(m->arg, m->e) == -1 || store_report(m) == -1) {
		m->failed = true;
		return false;
	}
	return true;
}

/* ---- one mail ---- */

static void
add_defect(struct intake_mail *m, enum defect d)
{
	buf_printf(&m->defects, "%s%s", m->defects.len > 0 ? " " : "",
	    defect_name(d));
}

/* What its reports amount to. */
static enum analysis_verdict
sum_up(struct intake_mail *m, enum reading_end end,
    const struct defects *broken)
{
	if (end == READING_NONE)
		return ANALYSIS_OTHER;
	if (end == READING_BROKEN) {
		defects_write_names(broken, &m->defects);
		return ANALYSIS_REJECTED;
	}
	if (m->any_new)
		return m->any_salvaged ? ANALYSIS_SALVAGED : ANALYSIS_OK;
	if (m->any_again)
		return ANALYSIS_DUPLICATE;
	if (m->any_capped) {
		add_defect(m, DEFECT_SENDER_CAP);
		return ANALYSIS_REJECTED;
	}
	return ANALYSIS_FOREIGN;
}

static void
read_mail(struct intake_mail *m, const struct intake_item *item)
{
	const struct defects *broken;
	struct mail_head head;
	enum reading_end end;
	struct err ignored;

	/* too many fields: nothing that a sender of reports would send */
	if (mail_head_read(&head, item->data, item->n, &ignored) == -1) {
		m->result.verdict = ANALYSIS_OTHER;
	} else if (m->o->addresses != NULL &&
	    !mail_head_is_to(&head, m->o->addresses, item->recipient)) {
		m->result.verdict = ANALYSIS_OTHER;
		m->result.not_to_us = head.claims;
	} else {
		m->head = &head;
		if (!head.is_signed && m->o->judge != NULL)
			m->result.trust = ANALYSIS_UNSIGNED;
		end = reading_mail(m->reading, &head, take_report, m, &broken);
		m->result.verdict = sum_up(m, end, broken);
		if (item->too_long && end != READING_FOUND) {
			buf_reset(&m->defects);
			buf_puts(&m->defects, defect_name(DEFECT_MAIL_SIZE));
			m->result.verdict = ANALYSIS_REJECTED;
		}
	}
	m->head = NULL;
	mail_head_clear(&head);
}

static void
read_bare(struct intake_mail *m, const struct intake_item *item)
{
	const struct defects *broken;
	enum reading_end end;

	if (m->o->judge != NULL)
		m->result.trust = ANALYSIS_UNSIGNED;
	end = reading_file(m->reading, item->place, item->data, item->n,
	    take_report, m, &broken);

	m->result.verdict = sum_up(m, end, broken);
}

static void
count(struct intake_mail *m)
{
	struct intake_totals *t = &m->totals;
	const struct intake_result *r = &m->result;

	t->mails[r->verdict]++;
	t->not_to_us += r->not_to_us;
	if (r->verdict != ANALYSIS_OK && r->verdict != ANALYSIS_SALVAGED)
		return;
	t->policies += r->policies;
	t->success = report_count_add(t->success, r->success);
	t->failure = report_count_add(t->failure, r->failure);
	t->ndetails += r->ndetails;
}

static void
start(struct intake_mail *m, const struct intake_item *item,
    const struct intake_proof *proof, struct err *e)
{
	m->now = (int64_t)time(NULL);
	m->item = item;
	m->proof = proof;
	m->e = e;
	m->failed = m->any_new = m->any_salvaged = false;
	m->any_again = m->any_capped = false;
	m->organization[0] = m->report_id[0] = '\0';
	buf_reset(&m->defects);
	m->result = (struct intake_result){ .source = m->source,
		.place = item->place,
		.organization = m->organization,
		.report_id = m->report_id,
		.trust = proof->trust };
}

int
intake_mail_take(struct intake_mail *m, const struct intake_item *item,
    const struct intake_proof *proof, struct err *e)
{
	start(m, item, proof, e);
	if (reading_is_bare(item->data, item->n))
		read_bare(m, item);
	else
		read_mail(m, item);
	if (m->failed || m->begin(m->arg, e) == -1 ||
	    m->store->count(m->store->ctx, m->now / ANALYSIS_DAY,
		m->result.verdict, 1, e) == -1)
		return -1;
	m->result.defects = buf_str(&m->defects);
	count(m);
	if (m->o->each != NULL)
		m->o->each(m->o->arg, &m->result);
	return 0;
}

/* ---- a look before ---- */

/* Keeps the submitter of the first report; one is enough. */
static bool
look_at(void *arg, const struct reading_report *report)
{
	char *submitter = arg;

	(void)text_copy(submitter, HOSTNAME_SIZE, report->submitter);
	return false;
}

/* Whether a header has the field, before anything is parsed. */
static bool
has_signature(const char *s, size_t n)
{
	static const char name[] = "DKIM-Signature";
	const char *end = s + n;

	while (s < end && *s != '\n' && *s != '\r') {
		const char *lf = memchr(s, '\n', (size_t)(end - s));

		if ((size_t)(end - s) >= sizeof(name) &&
		    strncasecmp(s, name, sizeof(name) - 1) == 0)
			return true;
		if (lf == NULL)
			break;
		s = lf + 1;
	}
	return false;
}

bool
intake_mail_is_signed(struct intake_mail *m, const struct intake_item *item,
    char submitter[HOSTNAME_SIZE])
{
	const struct defects *broken;
	struct mail_head head;
	struct err ignored;
	bool is = false;

	*submitter = '\0';
	if (!has_signature(item->data, item->n) ||
	    reading_is_bare(item->data, item->n))
		return false;
	if (mail_head_read(&head, item->data, item->n, &ignored) == 0 &&
	    head.is_signed &&
	    (m->o->addresses == NULL ||
		mail_head_is_to(&head, m->o->addresses, item->recipient)))
		is = reading_mail(m->reading, &head, look_at, submitter,
			 &broken) == READING_FOUND;
	mail_head_clear(&head);
	return is;
}
