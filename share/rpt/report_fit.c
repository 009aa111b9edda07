/* report_fit: makes of a report what can be sent - see report_fit.h */
#include "config.h"

#include "share/rpt/report_fit.h"
#include "share/rpt/gz.h"
#include "share/rpt/report_write.h"

struct fitter {
	struct report *r;
	struct report_key key;
	unsigned first; /* number of the first part, or 0 */
	size_t max;
	struct buf id, json, packed;
	report_fit_take *take;
	void *ctx;
};

/* Writes and packs n policies from first on; 1 when that is above the size. */
static int
pack(struct fitter *f, size_t first, size_t n, struct err *e)
{
	struct report_part part = { NULL, first, n };

	buf_reset(&f->id);
	buf_reset(&f->json);
	buf_reset(&f->packed);
	report_name_write_id(&f->key, &f->id);
	part.id = buf_str(&f->id);
	if (report_write_part(f->r, &part, &f->json, e) == -1)
		return e->code == ERR_LIMIT ? 1 : -1;
	if (gz_write(f->json.data, f->json.len, &f->packed, e) == -1)
		return e->code == ERR_LIMIT ? 1 : -1;
	return 0;
}

static int
hand_over(struct fitter *f, size_t first, size_t n, struct err *e)
{
	struct report_fit_part part = { &f->key, buf_str(&f->id), f->json.data,
		f->json.len, f->packed.data, f->packed.len, 0, 0 };

	for (size_t i = first; i < first + n; i++) {
		const struct report_policy *p = &f->r->policies[i];

		part.success = report_count_add(part.success, p->success);
		part.failure = report_count_add(part.failure, p->failure);
	}
	return f->take(f->ctx, &part, e);
}

/* The whole, folded more and more; 1 when that is not enough. */
static int
fit_whole(struct fitter *f, struct err *e)
{
	size_t keep = REPORT_FAILURES_MAX;
	int rc;

	f->key.part = f->first;
	while ((rc = pack(f, 0, f->r->npolicies, e)) == 1) {
		size_t fewer = 0;

		while (fewer == 0 && keep > REPORT_FIT_KEEP) {
			keep /= 4;
			fewer = report_fold(f->r, keep);
		}
		if (fewer == 0)
			return 1;
	}
	return rc == 0 ? hand_over(f, 0, f->r->npolicies, e) : -1;
}

/* Makes one policy smaller; false when there is nothing left to leave out. */
static bool
shrink(struct report_policy *p)
{
	if (p->mx.n > 0) {
		p->mx.n = 0;
		return true;
	}
	if (p->strings.n > 0) {
		p->strings.n = 0;
		return true;
	}
	return report_fold_policy(p, 0) > 0;
}

static int
fit_parts(struct fitter *f, struct err *e)
{
	size_t first = 0, n = f->r->npolicies;

	f->key.part = f->first > 0 ? f->first : 1;
	while (first < f->r->npolicies) {
		int rc;

		if (n > f->r->npolicies - first)
			n = f->r->npolicies - first;
		rc = pack(f, first, n, e);
		if (rc == 1 && n > 1) {
			n = (n + 1) / 2;
			continue;
		}
		if (rc == 1 && shrink(&f->r->policies[first]))
			continue;
		if (rc == 1)
			return err_set(e, ERR_LIMIT,
			    "a single policy takes more than %zu octets",
			    f->max);
		if (rc == -1 || hand_over(f, first, n, e) == -1)
			return -1;
		first += n;
		f->key.part++;
	}
	return 0;
}

int
report_fit(struct report *r, const struct report_key *key, size_t max,
    report_fit_take *take, void *ctx, struct err *e)
{
	struct fitter f = { .r = r,
		.key = *key,
		.first = key->part,
		.max = max,
		.take = take,
		.ctx = ctx };
	struct err unseen;
	int rc;

	if (e == NULL)
		e = &unseen;
	buf_init(&f.id, REPORT_NAME_ID_MAX + 2 * HOSTNAME_MAX);
	buf_init(&f.json, REPORT_FIT_JSON_MAX);
	buf_init(&f.packed, max);
	report_sort(r);
	rc = fit_whole(&f, e);
	if (rc == 1)
		rc = fit_parts(&f, e);
	buf_clear(&f.id);
	buf_clear(&f.json);
	buf_clear(&f.packed);
	return rc;
}
