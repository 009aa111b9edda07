/* reading: finds and reads the TLS reports in a mail - see reading.h */
#include "config.h"

#include "analyzer/reading.h"

#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/mail/mime_read.h"
#include "share/rpt/gz.h"
#include "share/rpt/report_name.h"
#include "share/rpt/zip.h"

#include <stdlib.h>
#include <string.h>

#define PEEK 512 /* octets of a part that tell what it is */

/* What a mail or a file is called, and says, before it is read. */
struct about {
	const struct mail_head *head; /* NULL: a bare file */
	bool claims;                  /* to hold a TLS report */
	struct report_name name;      /* of the attachment */
	bool named;                   /* name was read */
	bool typed;                   /* its media type is RFC 8460's */
};

struct reading {
	struct report_reader *rr;
	struct gz *gz;
	struct zip zip;
	struct report report;
	struct defects defects; /* of the report that is being read */
	struct defects broken;  /* of what could not be read */
	bool want_raw;
	struct buf json, raw;
	/* of the mail */
	unsigned faults;
	struct mime_part *parts;
	size_t nparts, room;
	bool (*each)(void *arg, const struct reading_report *report);
	void *arg;
	unsigned given, refused;
	bool over, seen_broken;
};

struct reading *
reading_new(bool raw)
{
	struct reading *r = xcalloc(1, sizeof(*r));

	r->rr = report_reader_new();
	r->gz = gz_new();
	zip_init(&r->zip);
	report_init(&r->report, REPORT_POOL_MAX);
	r->want_raw = raw;
	buf_init(&r->json, READING_RAW_MAX);
	buf_init(&r->raw, READING_RAW_MAX);
	return r;
}

void
reading_free(struct reading *r)
{
	if (r == NULL)
		return;
	report_reader_free(r->rr);
	gz_free(r->gz);
	zip_clear(&r->zip);
	report_clear(&r->report);
	buf_clear(&r->json);
	buf_clear(&r->raw);
	free(r->parts);
	free(r);
}

/* ---- what goes out ---- */

/* Faults of the mail as defects of the report. */
static void
note_faults(struct defects *d, unsigned faults)
{
	static const struct {
		unsigned fault;
		enum defect defect;
	} named[] = {
		{ MIME_FAULT_HEADER, DEFECT_MAIL_HEADER },
		{ MIME_FAULT_BOUNDARY, DEFECT_MAIL_BOUNDARY },
		{ MIME_FAULT_UNCLOSED, DEFECT_MAIL_UNCLOSED },
		{ MIME_FAULT_DEEP, DEFECT_MAIL_DEEP },
		{ MIME_FAULT_PARTS, DEFECT_MAIL_PARTS },
		{ MIME_FAULT_ENCODING, DEFECT_MAIL_ENCODING },
		{ MIME_FAULT_BASE64, DEFECT_MAIL_BASE64 },
		{ MIME_FAULT_QUOTED, DEFECT_MAIL_QUOTED },
		{ MIME_FAULT_SIZE, DEFECT_MAIL_SIZE },
		{ MIME_FAULT_FIELDS, DEFECT_MAIL_PARTS },
	};

	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		if ((faults & named[i].fault) != 0)
			defects_note(d, named[i].defect, 0, NULL);
}

static void
note_mail(struct reading *r, const struct about *a)
{
	if (a->head == NULL)
		return;
	note_faults(&r->defects, r->faults);
	if (!a->typed)
		defects_note(&r->defects, DEFECT_MAIL_TYPE, 0, NULL);
	if (!a->named)
		defects_note(&r->defects, DEFECT_MAIL_FILENAME, 0, NULL);
	if (r->given > 0)
		defects_note(&r->defects, DEFECT_MAIL_REPORTS, 0, NULL);
}

static const char *
first_of(const char *a, const char *b, const char *c)
{
	if (a != NULL && *a != '\0')
		return a;
	return b != NULL && *b != '\0' ? b : c;
}

static void
give(struct reading *r, const struct about *a)
{
	const struct mail_head *h = a->head;
	struct reading_report out = { .report = &r->report,
		.defects = &r->defects,
		.begin = r->report.begin,
		.end = r->report.end };

	note_mail(r, a);
	out.verdict = report_verdict(&r->defects);
	if (out.verdict == REPORT_REJECTED) {
		defects_add(&r->broken, &r->defects);
		r->seen_broken = true;
		return;
	}
	out.submitter = first_of(h != NULL ? h->submitter : NULL,
	    h != NULL ? h->from : NULL, a->named ? a->name.submitter : "");
	out.domain = first_of(h != NULL ? h->domain : NULL,
	    a->named ? a->name.domain : NULL, "");
	out.organization = first_of(r->report.organization, out.submitter, "");
	if (out.begin == REPORT_TIME_NONE && a->named && a->name.begin > 0) {
		out.begin = a->name.begin;
		out.end = a->name.end > 0 ? a->name.end : REPORT_TIME_NONE;
	}
	if (r->raw.len > 0) {
		out.raw = r->raw.data;
		out.nraw = r->raw.len;
	}
	r->given++;
	if (!r->each(r->arg, &out) || r->given == READING_REPORTS_MAX)
		r->over = true;
}

/*
 * Takes what report_read() gave: a report, or what was none. DMARC's XML, and
 * what nobody called a TLS report, is no fault.
 */
static void
judge(struct reading *r, const struct about *a, enum report_verdict v,
    enum mime_look look)
{
	if (v != REPORT_REJECTED) {
		give(r, a);
		return;
	}
	/* each may have cost as much as a report of the greatest length */
	if (++r->refused == READING_REFUSED_MAX) {
		r->faults |= MIME_FAULT_PARTS;
		r->over = true;
	}
	if (look == MIME_LOOK_XML || !a->claims)
		return;
	defects_add(&r->broken, &r->defects);
	r->seen_broken = true;
}

/* ---- the three ways a report comes ---- */

/* Keeps JSON, gzipped; what is too long is not kept. */
static void
keep_json(struct reading *r, const char *json, size_t n)
{
	if (r->want_raw && n <= READING_RAW_MAX &&
	    gz_write(json, n, &r->raw, NULL) == -1)
		buf_reset(&r->raw);
}

static void
take_json(struct reading *r, const struct about *a, const char *data, size_t n)
{
	enum report_verdict v =
	    report_read(r->rr, data, n, &r->report, &r->defects);

	buf_reset(&r->raw);
	if (v != REPORT_REJECTED)
		keep_json(r, data, n);
	judge(r, a, v, mime_read_look(data, n));
}

/* What gzipped data is, by its first octets. */
static enum mime_look
look_inside(struct reading *r, const char *data, size_t n)
{
	const struct gz_limits limits = { REPORT_READ_MAX, GZ_RATIO_MAX };
	const char *piece;
	size_t got;

	gz_start(r->gz, GZ_GZIP, data, n, &limits);
	got = gz_next(r->gz, &piece);
	return got > 0 ? mime_read_look(piece, got) : MIME_LOOK_OTHER;
}

static void
take_gzip(struct reading *r, const struct about *a, const char *data, size_t n)
{
	enum report_verdict v =
	    report_read_packed(r->rr, data, n, &r->report, &r->defects);

	buf_reset(&r->raw);
	if (r->want_raw && v != REPORT_REJECTED)
		buf_add(&r->raw, data, n);
	judge(r, a, v,
	    v == REPORT_REJECTED ? look_inside(r, data, n) : MIME_LOOK_JSON);
}

/* A file of a zip file as a source that looks at what goes through it. */
struct tap {
	struct reading *r;
	enum mime_look look;
	bool begun;
};

static size_t
more_of_zip(void *ctx, const char **data)
{
	struct tap *t = ctx;
	size_t n = zip_more(&t->r->zip, data);

	if (!t->begun && n > 0) {
		t->look = mime_read_look(*data, n);
		t->begun = true;
	}
	if (t->r->want_raw && n > 0)
		buf_add(&t->r->json, *data, n);
	return n;
}

static void
take_zip(struct reading *r, const struct about *about, const char *data,
    size_t n)
{
	const struct gz_limits limits = { REPORT_READ_MAX, GZ_RATIO_MAX };
	struct defects of_zip;
	const char *name;
	size_t len;

	defects_init(&of_zip);
	zip_begin(&r->zip, data, n, &limits, &of_zip);
	while (!r->over && zip_next(&r->zip, &name, &len)) {
		struct tap tap = { r, MIME_LOOK_OTHER, false };
		struct about a = *about;

		buf_reset(&r->json);
		buf_reset(&r->raw);
		if (!a.named)
			a.named = report_name_read_file(name, len, &a.name);
		(void)report_read_source(r->rr,
		    (struct jscan_source){ more_of_zip, &tap }, &r->report,
		    &r->defects);
		defects_add(&r->defects, &of_zip);
		if (!buf_full(&r->json))
			keep_json(r, buf_str(&r->json), r->json.len);
		judge(r, &a, report_verdict(&r->defects), tap.look);
		defects_init(&of_zip);
	}
	if (of_zip.kinds > 0 && about->claims && r->given == 0) {
		defects_add(&r->broken, &of_zip);
		r->seen_broken = true;
	}
}

static void
take(struct reading *r, const struct about *a, const char *data, size_t n)
{
	switch (mime_read_look(data, n)) {
	case MIME_LOOK_GZIP:
		take_gzip(r, a, data, n);
		break;
	case MIME_LOOK_ZIP:
		take_zip(r, a, data, n);
		break;
	case MIME_LOOK_JSON:
		take_json(r, a, data, n);
		break;
	case MIME_LOOK_EMPTY:
	case MIME_LOOK_XML:
		break;
	case MIME_LOOK_OTHER:
		if (a->typed)
			take_json(r, a, data, n);
		break;
	}
}

/* ---- mails ---- */

static bool
collect(void *arg, const struct mime_part *part)
{
	struct reading *r = arg;

	if (r->nparts == r->room) {
		r->room = r->room == 0 ? 8 : 2 * r->room;
		r->parts = xreallocarray(r->parts, r->room, sizeof(*r->parts));
	}
	r->parts[r->nparts++] = *part;
	return true;
}

/* Whether the first octets of a part are worth decoding the rest. */
static bool
is_worth(const struct mime_part *part)
{
	struct mime_part begin = *part;
	struct mime_data d;
	unsigned ignored = 0;
	enum mime_look look = MIME_LOOK_OTHER;

	if (begin.len > PEEK)
		begin.len = PEEK;
	if (mime_read_decode(&begin, &d, &ignored) == 0)
		look = mime_read_look(d.data, d.len);
	mime_read_clear(&d);
	return look == MIME_LOOK_GZIP || look == MIME_LOOK_ZIP ||
	    look == MIME_LOOK_JSON;
}

/* RFC 8460 section 6.4, 6.5, and what senders make of it. */
static bool
is_typed(const char *type)
{
	return strcmp(type, "application/tlsrpt+gzip") == 0 ||
	    strcmp(type, "application/tlsrpt+json") == 0;
}

static bool
says_json(const char *name)
{
	return text_ends_nocase(name, ".json") ||
	    text_ends_nocase(name, ".json.gz");
}

static void
take_part(struct reading *r, const struct mail_head *h,
    const struct mime_part *part)
{
	struct about a = { .head = h };
	struct mime_data d;
	unsigned faults = 0;

	a.typed = is_typed(part->type);
	a.named =
	    report_name_read_file(part->name, strlen(part->name), &a.name);
	a.claims = h->claims || a.typed ||
	    strncmp(part->type, "application/tlsrpt", 18) == 0 ||
	    (a.named && says_json(part->name));
	if (!a.typed && !is_worth(part))
		return;
	if (mime_read_decode(part, &d, &faults) == 0) {
		unsigned before = r->faults;

		r->faults |= faults;
		take(r, &a, d.data, d.len);
		r->faults = before;
	} else if (a.claims) {
		note_faults(&r->broken, faults);
		r->seen_broken = true;
	}
	mime_read_clear(&d);
}

static void
begin(struct reading *r,
    bool (*each)(void *arg, const struct reading_report *report), void *arg)
{
	defects_init(&r->broken);
	r->each = each;
	r->arg = arg;
	r->given = r->refused = 0;
	r->nparts = 0;
	r->faults = 0;
	r->over = r->seen_broken = false;
}

static enum reading_end
end(struct reading *r, bool claims, const struct defects **broken)
{
	*broken = &r->broken;
	if (r->given > 0)
		return READING_FOUND;
	if (!r->seen_broken && claims) {
		/* it says that it is a report, and holds none */
		note_faults(&r->broken, r->faults);
		defects_note(&r->broken, DEFECT_JSON_EMPTY, 0, NULL);
		r->seen_broken = true;
	}
	return r->seen_broken ? READING_BROKEN : READING_NONE;
}

enum reading_end
reading_mail(struct reading *r, const struct mail_head *h,
    bool (*each)(void *arg, const struct reading_report *report), void *arg,
    const struct defects **broken)
{
	begin(r, each, arg);
	r->faults = mime_read(&h->fields, collect, r);
	for (size_t i = 0; i < r->nparts && !r->over; i++)
		take_part(r, h, &r->parts[i]);
	return end(r, h->claims, broken);
}

/* ---- bare files ---- */

enum reading_end
reading_file(struct reading *r, const char *name, const char *data, size_t n,
    bool (*each)(void *arg, const struct reading_report *report), void *arg,
    const struct defects **broken)
{
	struct about a = { .claims = true };

	begin(r, each, arg);
	a.named = report_name_read_file(name, strlen(name), &a.name);
	take(r, &a, data, n);
	return end(r, false, broken);
}

bool
reading_is_bare(const char *data, size_t n)
{
	switch (mime_read_look(data, n)) {
	case MIME_LOOK_GZIP:
	case MIME_LOOK_ZIP:
	case MIME_LOOK_JSON:
	case MIME_LOOK_XML:
		return true;
	default:
		return false;
	}
}
