/* report_read: reads the JSON of a TLS report - see report_read.h */
#include "config.h"

#include "share/rpt/report_read_part.h"
#include "share/rpt/report_time.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>

struct report_reader *
report_reader_new(void)
{
	struct report_reader *rr = xcalloc(1, sizeof(*rr));

	jscan_init(&rr->js);
	rr->gz = gz_new();
	return rr;
}

void
report_reader_free(struct report_reader *rr)
{
	if (rr == NULL)
		return;
	jscan_clear(&rr->js);
	gz_free(rr->gz);
	free(rr);
}

static void
read_organization(struct report_reader *rr, enum jscan_event ev)
{
	read_text(rr, ev, &rr->r->organization);
}

static void
read_contact(struct report_reader *rr, enum jscan_event ev)
{
	read_text(rr, ev, &rr->r->contact);
}

static void
read_id(struct report_reader *rr, enum jscan_event ev)
{
	read_text(rr, ev, &rr->r->id);
}

/* RFC 8460 section 4.1: RFC 3339 date-times. */
static void
read_time(struct report_reader *rr, enum jscan_event ev, int64_t *t)
{
	static const enum defect named[] = {
		[REPORT_TIME_NO_ZONE] = DEFECT_DATE_NO_ZONE,
		[REPORT_TIME_LOOSE] = DEFECT_DATE_FORM,
		[REPORT_TIME_BAD] = DEFECT_DATE_BAD,
	};
	enum report_time_form form;

	if (ev == JSCAN_NUMBER && rr->js.number.value > 0 &&
	    rr->js.number.value < REPORT_COUNT_MAX) {
		/* seconds of 1970, or thousandths of them */
		*t = rr->js.number.value;
		if (*t > INT64_C(100000000000))
			*t /= 1000;
		jscan_note(&rr->js, DEFECT_DATE_FORM);
		return;
	}
	if (ev != JSCAN_STRING) {
		read_wrong(rr, ev);
		return;
	}
	form = report_time_parse(rr->js.text, rr->js.len, t);
	if (form != REPORT_TIME_GOOD)
		jscan_note(&rr->js, named[form]);
}

static void
read_begin(struct report_reader *rr, enum jscan_event ev)
{
	read_time(rr, ev, &rr->r->begin);
}

static void
read_end(struct report_reader *rr, enum jscan_event ev)
{
	read_time(rr, ev, &rr->r->end);
}

static void
read_range(struct report_reader *rr, enum jscan_event ev)
{
	static const struct read_field fields[] = {
		READ_FIELD("start-datetime", read_begin, 0),
		READ_FIELD("end-datetime", read_end, 1),
	};

	(void)read_object(rr, ev, fields, sizeof(fields) / sizeof(fields[0]));
}

static void
finish_range(struct report_reader *rr)
{
	const struct report *r = rr->r;

	if (r->begin == REPORT_TIME_NONE || r->end == REPORT_TIME_NONE)
		jscan_note(&rr->js, DEFECT_RANGE_ABSENT);
	else if (r->end < r->begin)
		jscan_note(&rr->js, DEFECT_RANGE_BACKWARDS);
	else if (r->begin % REPORT_DAY != 0 ||
	    report_time_end(r->end) % REPORT_DAY != 0)
		jscan_note(&rr->js, DEFECT_RANGE_ODD);
}

static void
finish_report(struct report_reader *rr)
{
	const struct report *r = rr->r;

	if (jscan_failed(&rr->js))
		return;
	finish_range(rr);
	if (r->organization == NULL)
		jscan_note(&rr->js, DEFECT_ORG_ABSENT);
	if (r->contact == NULL)
		jscan_note(&rr->js, DEFECT_CONTACT_ABSENT);
	if (r->id == NULL)
		jscan_note(&rr->js, DEFECT_ID_ABSENT);
	if (!rr->saw_policies)
		jscan_note(&rr->js, DEFECT_NO_POLICIES);
	else if (r->npolicies == 0)
		jscan_note(&rr->js, DEFECT_EMPTY_POLICIES);
}

static void
read_root(struct report_reader *rr)
{
	static const struct read_field fields[] = {
		READ_FIELD("organization-name", read_organization, 0),
		READ_FIELD("date-range", read_range, 1),
		READ_FIELD("contact-info", read_contact, 2),
		READ_FIELD("report-id", read_id, 3),
		READ_FIELD("policies", read_policies, 4),
	};
	enum jscan_event ev = jscan_next(&rr->js);

	if (ev == JSCAN_END)
		return; /* the scanner has said why */
	if (ev != JSCAN_BEGIN_OBJECT) {
		jscan_note(&rr->js, DEFECT_NOT_OBJECT);
		return;
	}
	(void)read_object(rr, ev, fields, sizeof(fields) / sizeof(fields[0]));
	finish_report(rr);
	while (jscan_next(&rr->js) != JSCAN_END)
		;
}

static void
start(struct report_reader *rr, struct report *r, struct defects *d)
{
	report_reset(r);
	defects_init(d);
	rr->r = r;
	rr->d = d;
	rr->p = NULL;
	rr->f = NULL;
	rr->saw_policies = false;
}

static enum report_verdict
finish(struct report_reader *rr)
{
	enum report_verdict v = report_verdict(rr->d);

	if (v == REPORT_REJECTED)
		report_reset(rr->r);
	return v;
}

enum report_verdict
report_read(struct report_reader *rr, const char *text, size_t n,
    struct report *r, struct defects *d)
{
	start(rr, r, d);
	if (n > REPORT_READ_MAX) {
		defects_note(d, DEFECT_JSON_LONG, 0, NULL);
		return finish(rr);
	}
	jscan_begin(&rr->js, text, n, d);
	read_root(rr);
	return finish(rr);
}

enum report_verdict
report_read_source(struct report_reader *rr, struct jscan_source source,
    struct report *r, struct defects *d)
{
	const char *rest;

	start(rr, r, d);
	jscan_begin_source(&rr->js, source, REPORT_READ_MAX, d);
	read_root(rr);
	/* the checksum stands at the end, beyond what the scanner wanted */
	while (source.more(source.ctx, &rest) > 0)
		;
	return finish(rr);
}

static size_t
more_of_gz(void *ctx, const char **data)
{
	return gz_next(ctx, data);
}

/* RFC 1952 section 2.3.1.2: the magic of gzip. */
static bool
is_gzip(const char *data, size_t n)
{
	return n >= 2 && (unsigned char)data[0] == 0x1f &&
	    (unsigned char)data[1] == 0x8b;
}

static void
note_gz(struct gz *gz, struct defects *d)
{
	static const struct {
		enum gz_status status;
		enum defect defect;
	} named[] = {
		{ GZ_TRUNCATED, DEFECT_GZIP_TRUNCATED },
		{ GZ_BAD_CHECK, DEFECT_GZIP_CHECK },
		{ GZ_BAD_DATA, DEFECT_GZIP_DATA },
		{ GZ_TOO_LONG, DEFECT_GZIP_SIZE },
		{ GZ_TOO_DENSE, DEFECT_GZIP_RATIO },
	};

	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		if (gz_status(gz) == named[i].status)
			defects_note(d, named[i].defect, 0, NULL);
	if (gz_members(gz) > 1)
		defects_note(d, DEFECT_GZIP_MEMBERS, 0, NULL);
	if (gz_trailing(gz))
		defects_note(d, DEFECT_GZIP_TRAILING, 0, NULL);
}

enum report_verdict
report_read_packed(struct report_reader *rr, const char *data, size_t n,
    struct report *r, struct defects *d)
{
	const struct gz_limits limits = { REPORT_READ_MAX, GZ_RATIO_MAX };
	const char *rest;

	if (!is_gzip(data, n))
		return report_read(rr, data, n, r, d);
	start(rr, r, d);
	gz_start(rr->gz, GZ_GZIP, data, n, &limits);
	jscan_begin_source(&rr->js, (struct jscan_source){ more_of_gz, rr->gz },
	    REPORT_READ_MAX, d);
	read_root(rr);
	/* the checksum stands at the end, beyond what the scanner wanted */
	while (gz_next(rr->gz, &rest) > 0)
		;
	note_gz(rr->gz, d);
	return finish(rr);
}

enum report_verdict
report_verdict(const struct defects *d)
{
	return d->worst == DEFECT_REJECTED
	    ? REPORT_REJECTED
	    : (d->worst == DEFECT_SALVAGED ? REPORT_SALVAGED : REPORT_OK);
}

const char *
report_verdict_name(enum report_verdict v)
{
	static const char *const names[] = { "ok", "salvaged", "rejected" };

	return names[v];
}
