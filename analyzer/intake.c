/* intake: one mail in, reports into the store - see intake.h */
#include "config.h"

#include "analyzer/intake.h"

#include "share/base/clock.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Gives other writers, who poll, their turn; see analysis_sqlite.c. */
#define TURN_NS 5000000

/* A mail to put away behind the commit. */
struct away {
	void (*away)(void *ctx, const char *item);
	void *ctx;
	char *item;
};

struct intake {
	struct analysis_store *store;
	struct intake_options o;
	struct reading *reading;
	struct convert convert;
	char *source;
	int64_t source_id;
	bool within; /* a transaction */
	int64_t since_ms;
	unsigned in_batch;
	int64_t now;
	struct away *away;
	size_t naway, away_room;
	struct intake_totals totals;
	/* the mail */
	const struct intake_item *item;
	const struct mail_head *head; /* NULL: a bare file */
	struct intake_result result;
	bool any_new, any_salvaged, any_again, any_capped;
	char organization[512], report_id[512];
	struct buf defects;
	struct err *e;
	bool failed;
	bool store_failed;
};

struct intake *
intake_new(struct analysis_store *store, const struct intake_options *o)
{
	struct intake *in = xcalloc(1, sizeof(*in));

	in->store = store;
	in->o = *o;
	in->reading = reading_new(o->keep_raw);
	in->source = xstrdup("");
	convert_init(&in->convert);
	buf_init(&in->defects, 8192);
	return in;
}

static void
forget_away(struct intake *in)
{
	for (size_t i = 0; i < in->naway; i++)
		free(in->away[i].item);
	in->naway = 0;
}

void
intake_free(struct intake *in)
{
	if (in == NULL)
		return;
	in->store->rollback(in->store->ctx);
	forget_away(in);
	free(in->away);
	reading_free(in->reading);
	convert_clear(&in->convert);
	buf_clear(&in->defects);
	free(in->source);
	free(in);
}

/* ---- transactions ---- */

/* Notes that the store said -1. */
static int
from_store(struct intake *in, int ret)
{
	in->store_failed |= ret == -1;
	return ret;
}

bool
intake_store_failed(const struct intake *in)
{
	return in->store_failed;
}

static int
begin(struct intake *in, struct err *e)
{
	if (in->within)
		return 0;
	if (from_store(in, in->store->begin(in->store->ctx, e)) == -1)
		return -1;
	in->within = true;
	in->since_ms = clock_mono_ms(clock_system());
	in->in_batch = 0;
	return 0;
}

int
intake_commit(struct intake *in, struct err *e)
{
	if (!in->within)
		return 0;
	in->within = false;
	if (from_store(in, in->store->commit(in->store->ctx, e)) == -1) {
		forget_away(in);
		return -1;
	}
	for (size_t i = 0; i < in->naway; i++)
		in->away[i].away(in->away[i].ctx, in->away[i].item);
	forget_away(in);
	return 0;
}

/* Commits what has become long or old, before the next mail. */
static int
commit_when_due(struct intake *in, struct err *e)
{
	const struct timespec turn = { 0, TURN_NS };

	if (!in->within)
		return 0;
	if (in->in_batch < INTAKE_BATCH_MAILS &&
	    clock_mono_ms(clock_system()) - in->since_ms < INTAKE_BATCH_MS)
		return 0;
	if (intake_commit(in, e) == -1)
		return -1;
	(void)nanosleep(&turn, NULL);
	return 0;
}

int
intake_source(struct intake *in, const char *name, struct analysis_source *out,
    struct err *e)
{
	if (begin(in, e) == -1 ||
	    from_store(in, in->store->source(in->store->ctx, name, out, e)) ==
		-1)
		return -1;
	free(in->source);
	in->source = xstrdup(name);
	in->source_id = out->id;
	return 0;
}

int
intake_seen(struct intake *in, const char *item, int64_t mark, struct err *e)
{
	if (begin(in, e) == -1)
		return -1;
	return from_store(in,
	    in->store->seen_add(in->store->ctx, in->source_id, item, mark, e));
}

int
intake_is_seen(struct intake *in, const char *item, int64_t *mark,
    struct err *e)
{
	return from_store(in,
	    in->store->seen_get(in->store->ctx, in->source_id, item, mark, e));
}

int
intake_each_seen(struct intake *in,
    bool (*each)(void *arg, const char *item, int64_t mark), void *arg,
    struct err *e)
{
	return from_store(in,
	    in->store->seen_each(in->store->ctx, in->source_id, each, arg, e));
}

int
intake_gone(struct intake *in, const char *item, struct err *e)
{
	if (begin(in, e) == -1)
		return -1;
	return from_store(in,
	    in->store->seen_remove(in->store->ctx, in->source_id, item, e));
}

int
intake_position(struct intake *in, const char *state, struct err *e)
{
	if (begin(in, e) == -1)
		return -1;
	return in->store->source_state(in->store->ctx, in->source_id, state, e);
}

void
intake_away(struct intake *in, void (*away)(void *ctx, const char *item),
    void *ctx, const char *item)
{
	enum analysis_verdict v = in->result.verdict;

	if (v != ANALYSIS_OK && v != ANALYSIS_SALVAGED &&
	    v != ANALYSIS_DUPLICATE)
		return;
	if (in->naway == in->away_room) {
		in->away_room = in->away_room == 0 ? 64 : 2 * in->away_room;
		in->away =
		    xreallocarray(in->away, in->away_room, sizeof(*in->away));
	}
	in->away[in->naway++] = (struct away){ away, ctx, xstrdup(item) };
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
add_up(struct intake *in, const struct reading_report *report)
{
	const struct analysis_report *r = &in->convert.out;
	struct intake_result *out = &in->result;

	if (out->reports++ == 0) {
		copy(in->organization, sizeof(in->organization),
		    report->organization);
		copy(in->report_id, sizeof(in->report_id), r->report_id);
		buf_puts(&in->defects, r->defects);
	} else if (*r->defects != '\0') {
		buf_printf(&in->defects, "%s%s", in->defects.len > 0 ? " " : "",
		    r->defects);
	}
	out->policies += (int64_t)report->report->npolicies;
	out->success = report_count_add(out->success, r->success);
	out->failure = report_count_add(out->failure, r->failure);
	out->ndetails += r->ndetails;
}

static enum analysis_trust
trust_of(struct intake *in, const struct reading_report *report,
    char domain[HOSTNAME_SIZE])
{
	*domain = '\0';
	if (in->head == NULL || !in->head->is_signed)
		return ANALYSIS_UNSIGNED;
	if (in->o.trust == NULL)
		return ANALYSIS_UNKNOWN;
	return in->o.trust(in->o.trust_ctx, in->item->data, in->item->n,
	    in->head, report, domain);
}

/* Leaves a note that an organisation has had its share, for alerts. */
static int
note_cap(struct intake *in, const char *organization)
{
	char *key = xasprintf("cap.sender.%lld.%.200s",
	    (long long)(in->now / ANALYSIS_DAY), organization);
	int ret = in->store->note(in->store->ctx, key, "reached", in->e);

	free(key);
	return ret;
}

static int
store_report(struct intake *in, const struct reading_report *report)
{
	struct analysis_report *r = &in->convert.out;
	char domain[HOSTNAME_SIZE];
	enum analysis_put what;

	r->source = in->source;
	r->place = in->item->place;
	r->stored = in->now;
	r->received = in->item->received;
	if (r->received == 0 && in->head != NULL && in->head->date > 0 &&
	    in->head->date < in->now + CONVERT_FUTURE_MAX)
		r->received = in->head->date;
	if (r->received == 0)
		r->received = in->now;
	r->trust = trust_of(in, report, domain);
	r->dkim_domain = domain;
	in->result.trust = r->trust;
	if (in->store->put(in->store->ctx, r, &what, NULL, in->e) == -1)
		return -1;
	in->any_again |= what == ANALYSIS_PUT_AGAIN;
	in->any_capped |= what == ANALYSIS_PUT_CAPPED;
	if (what == ANALYSIS_PUT_NEW || what == ANALYSIS_PUT_REPLACED) {
		in->any_new = true;
		in->any_salvaged |= r->verdict == ANALYSIS_SALVAGED;
	}
	return what == ANALYSIS_PUT_CAPPED ? note_cap(in, r->organization) : 0;
}

static bool
take_report(void *arg, const struct reading_report *report)
{
	struct intake *in = arg;
	bool ours = convert_report(&in->convert, report, in->o.own, in->now);

	add_up(in, report);
	if (!ours)
		return true;
	if (begin(in, in->e) == -1 || store_report(in, report) == -1) {
		in->failed = true;
		return false;
	}
	return true;
}

/* ---- one mail ---- */

/* What its reports amount to. */
static enum analysis_verdict
sum_up(struct intake *in, enum reading_end end, const struct defects *broken)
{
	if (end == READING_NONE)
		return ANALYSIS_OTHER;
	if (end == READING_BROKEN) {
		defects_write_names(broken, &in->defects);
		return ANALYSIS_REJECTED;
	}
	if (in->any_new)
		return in->any_salvaged ? ANALYSIS_SALVAGED : ANALYSIS_OK;
	if (in->any_again)
		return ANALYSIS_DUPLICATE;
	if (in->any_capped) {
		buf_printf(&in->defects, "%s%s", in->defects.len > 0 ? " " : "",
		    defect_name(DEFECT_SENDER_CAP));
		return ANALYSIS_REJECTED;
	}
	return ANALYSIS_FOREIGN;
}

static void
read_mail(struct intake *in, const struct intake_item *item)
{
	const struct defects *broken;
	struct mail_head head;
	enum reading_end end;
	struct err ignored;

	/* too many fields: nothing that a sender of reports would send */
	if (mail_head_read(&head, item->data, item->n, &ignored) == -1) {
		in->result.verdict = ANALYSIS_OTHER;
	} else if (in->o.addresses != NULL &&
	    !mail_head_is_to(&head, in->o.addresses, item->recipient)) {
		in->result.verdict = ANALYSIS_OTHER;
		in->result.not_to_us = head.claims;
	} else {
		in->head = &head;
		end =
		    reading_mail(in->reading, &head, take_report, in, &broken);
		in->result.verdict = sum_up(in, end, broken);
		if (item->too_long && end != READING_FOUND) {
			buf_reset(&in->defects);
			buf_puts(&in->defects, defect_name(DEFECT_MAIL_SIZE));
			in->result.verdict = ANALYSIS_REJECTED;
		}
	}
	in->head = NULL;
	mail_head_clear(&head);
}

static void
read_bare(struct intake *in, const struct intake_item *item)
{
	const struct defects *broken;
	enum reading_end end = reading_file(in->reading, item->place,
	    item->data, item->n, take_report, in, &broken);

	in->result.verdict = sum_up(in, end, broken);
}

static void
count(struct intake *in)
{
	struct intake_totals *t = &in->totals;
	const struct intake_result *r = &in->result;

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
start(struct intake *in, const struct intake_item *item, struct err *e)
{
	in->now = (int64_t)time(NULL);
	in->item = item;
	in->e = e;
	in->failed = in->any_new = in->any_salvaged = false;
	in->any_again = in->any_capped = false;
	in->organization[0] = in->report_id[0] = '\0';
	buf_reset(&in->defects);
	in->result = (struct intake_result){ .source = in->source,
		.place = item->place,
		.organization = in->organization,
		.report_id = in->report_id,
		.trust = ANALYSIS_UNSIGNED };
}

int
intake_take(struct intake *in, const struct intake_item *item, struct err *e)
{
	if (commit_when_due(in, e) == -1)
		return -1;
	start(in, item, e);
	if (reading_is_bare(item->data, item->n))
		read_bare(in, item);
	else
		read_mail(in, item);
	if (in->failed || begin(in, e) == -1 ||
	    in->store->count(in->store->ctx, in->now / ANALYSIS_DAY,
		in->result.verdict, 1, e) == -1) {
		in->within = false;
		in->store->rollback(in->store->ctx);
		forget_away(in);
		return from_store(in, -1);
	}
	in->in_batch++;
	in->result.defects = buf_str(&in->defects);
	count(in);
	if (in->o.each != NULL)
		in->o.each(in->o.arg, &in->result);
	return 0;
}

const struct intake_totals *
intake_totals(const struct intake *in)
{
	return &in->totals;
}
