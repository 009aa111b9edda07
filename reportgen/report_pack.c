/* report_pack: a job's sessions as reports ready to be sent - report_pack.h */
#include "config.h"

#include "reportgen/report_pack.h"
#include "reportgen/report_gather.h"
#include "reportgen/report_mail.h"
#include "share/base/xmem.h"
#include "share/rpt/report_fit.h"
#include "share/rpt/report_name.h"

#include <stdlib.h>
#include <string.h>

#define ID_MAX (REPORT_NAME_ID_MAX + 2 * HOSTNAME_SIZE)

/* What all parts of a report have in common. */
struct packer {
	struct report_packs *packs;
	struct outbox_report common;
};

static void
clear_report(struct outbox_report *r)
{
	free((char *)(uintptr_t)r->id);
	free((char *)(uintptr_t)r->domain);
	free((char *)(uintptr_t)r->submitter);
	free((char *)(uintptr_t)r->record);
	free((char *)(uintptr_t)r->missing);
	free((void *)(uintptr_t)r->packed);
}

void
report_packs_clear(struct report_packs *packs)
{
	for (size_t i = 0; i < packs->n; i++)
		clear_report(&packs->at[i]);
	free(packs->at);
	memset(packs, 0, sizeof(*packs));
}

size_t
report_pack_max(const struct conf *c, int64_t size_max)
{
	/* header, text and signatures of the mail */
	int64_t max = c->report.max_size, rest = 2 * REPORT_MAIL_TEXT_MAX;

	if (size_max > 0) {
		if (rest > size_max / 2)
			rest = size_max / 2;
		/* base64 makes 78 octets of 57, CRLF included */
		if (max > (size_max - rest) / 78 * 57)
			max = (size_max - rest) / 78 * 57;
	}
	return (size_t)max;
}

static void
find_submitter(const struct conf *c, char submitter[HOSTNAME_SIZE])
{
	const char *host = c->server.hostname;

	if (report_mail_submitter(c, submitter, NULL) == -1 &&
	    hostname_normalize(host, strlen(host), submitter, NULL) == -1)
		memcpy(submitter, "localhost", sizeof("localhost"));
}

/* What a report says beside its policies. */
static void
put_head(struct report *r, const struct conf *c, const struct report_key *key)
{
	struct buf id;

	buf_init(&id, ID_MAX);
	report_name_write_id(key, &id);
	r->organization = textpool_add(&r->pool, c->report.org_name,
	    strlen(c->report.org_name));
	r->contact = textpool_add(&r->pool, c->report.contact_info,
	    strlen(c->report.contact_info));
	r->id = textpool_add(&r->pool, buf_str(&id), id.len);
	r->begin = key->begin;
	r->end = key->end - 1; /* as RFC 8460's example has it */
	buf_clear(&id);
}

/* The part's number: 0 of the first report on its range, then 2 and on. */
static int
find_part(struct report_db *db, struct report_key *key, struct err *e)
{
	int last;

	if (outbox_last_part(db, key->domain, key->begin, key->end, &last, e) ==
	    -1)
		return -1;
	key->part = last == -1 ? 0 : last < 1 ? 2 : (unsigned)last + 1;
	return 0;
}

static int
take_part(void *ctx, const struct report_fit_part *part, struct err *e)
{
	struct packer *p = ctx;
	struct report_packs *packs = p->packs;
	struct outbox_report *r;
	char *packed = xmalloc(part->packed_len);

	(void)e;
	if (packs->n == packs->cap) {
		packs->cap = packs->cap == 0 ? 4 : 2 * packs->cap;
		packs->at =
		    xreallocarray(packs->at, packs->cap, sizeof(*packs->at));
	}
	r = &packs->at[packs->n++];
	*r = p->common;
	r->id = xstrdup(part->id);
	r->domain = xstrdup(p->common.domain);
	r->submitter = xstrdup(p->common.submitter);
	r->record = xstrdup(p->common.record);
	r->missing = xstrdup(p->common.missing);
	memcpy(packed, part->packed, part->packed_len);
	r->packed = packed;
	r->packed_len = part->packed_len;
	r->part = part->key->part;
	r->success = part->success;
	r->failure = part->failure;
	return 0;
}

static void
drop_from(struct report_packs *packs, size_t n)
{
	while (packs->n > n)
		clear_report(&packs->at[--packs->n]);
}

/* Makes the parts of what was gathered. */
static int
fit(struct report_db *db, const struct conf *c, struct packer *p,
    struct report *r, size_t max, struct err *e)
{
	struct report_key key = { p->common.submitter, p->common.domain,
		p->common.begin, p->common.end, 0 };

	if (find_part(db, &key, e) == -1)
		return -1;
	put_head(r, c, &key);
	return report_fit(r, &key, max, take_part, p, e);
}

int
report_pack(struct report_db *db, const struct conf *c,
    const struct report_job *job, int64_t now_s, size_t max,
    const char *missing, struct report_packs *packs, struct err *e)
{
	char submitter[HOSTNAME_SIZE];
	struct packer p = { packs,
		{ .domain = job->domain,
		    .submitter = submitter,
		    .begin = job->begin,
		    .end = job->end,
		    .made_s = now_s,
		    .due_s = now_s,
		    .missing = missing,
		    .state = OUTBOX_NEW } };
	struct report_gathered g;
	struct report r;
	size_t before = packs->n;
	int rc;

	find_submitter(c, submitter);
	report_init(&r, REPORT_GATHER_POOL);
	rc = report_gather(db, job->domain, job->begin, job->end, &r, &g, e);
	if (rc == 0 && g.rows > 0) {
		p.common.record = g.record != NULL ? g.record : "";
		rc = fit(db, c, &p, &r, max, e);
	}
	if (rc == -1)
		drop_from(packs, before);
	report_gathered_clear(&g);
	report_clear(&r);
	return rc;
}
