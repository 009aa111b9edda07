/* checkpoint_replay: journals into report.db - see checkpoint.h */
#include "config.h"

#include "reportgen/checkpoint.h"

#include "reportgen/intake.h"

#include <inttypes.h>
#include <stdlib.h>

/* A replay under way. */
struct replay {
	struct report_db *db;
	struct intake in;
	size_t max;      /* octets of an aggregate */
	int64_t last_ms; /* of the records that were read */
};

static int
add_row(void *arg, const struct rows_row *row, struct err *e)
{
	return rows_add(arg, row, e);
}

int
checkpoint_add(struct report_db *db, struct aggregate *a, struct err *e)
{
	if (aggregate_each(a, add_row, db, e) == -1)
		return -1;
	return report_db_add_int(db, "sessions", (int64_t)aggregate_sessions(a),
	    e);
}

/* Adds what was counted so far, and goes on with an empty aggregate. */
static int
flush(struct replay *r, struct err *e)
{
	if (checkpoint_add(r->db, r->in.aggregate, e) == -1)
		return -1;
	aggregate_free(r->in.aggregate);
	r->in.aggregate = aggregate_new(r->max);
	return 0;
}

static int
take_record(void *arg, const struct journal_record *rec, struct err *e)
{
	struct replay *r = arg;

	r->last_ms = rec->ms;
	if (rec->kind == JOURNAL_DATAGRAM)
		(void)intake_datagram(&r->in, rec->ms, rec->text, rec->len,
		    false);
	else if (rec->kind == JOURNAL_SIDE)
		(void)intake_side(&r->in, rec->text, rec->len);
	/* nothing is left out while there is a disk to put it on */
	if (aggregate_octets(r->in.aggregate) > r->max / 2)
		return flush(r, e);
	return 0;
}

static int
replay_one(struct replay *r, const char *dir, uint64_t number, struct err *e)
{
	struct position_set before = r->in.positions;
	off_t torn;

	if (report_db_begin(r->db, e) == -1)
		return -1;
	/* a journal begins with the credits that were good then */
	filter_forget(r->in.filter);
	if (journal_replay(dir, number, take_record, r, &torn, e) == -1 ||
	    flush(r, e) == -1 ||
	    position_store(r->db, &r->in.positions, e) == -1 ||
	    report_db_put_int(r->db, "journal", (int64_t)number, e) == -1) {
		report_db_rollback(r->db);
		r->in.positions = before;
		return -1;
	}
	return report_db_commit(r->db, e);
}

static int
replay_all(struct replay *r, const char *dir, uint64_t before,
    const uint64_t *numbers, size_t n, size_t *found, struct err *e)
{
	int64_t applied;

	if (report_db_get_int(r->db, "journal", 0, &applied, e) == -1 ||
	    position_load(r->db, &r->in.positions, e) == -1)
		return -1;
	for (size_t i = 0; i < n && numbers[i] < before; i++) {
		if (numbers[i] > (uint64_t)applied) {
			if (replay_one(r, dir, numbers[i], e) == -1)
				return err_wrap(e, "journal.%" PRIu64,
				    numbers[i]);
			++*found;
		}
		journal_remove(dir, numbers[i]);
	}
	return 0;
}

static void
copy_credit(void *arg, const char *domain, int64_t ms)
{
	filter_own(arg, domain, ms);
}

int
checkpoint_replay(struct report_db *db, const char *dir, uint64_t before,
    const struct conf *c, struct position_set *set, struct filter *f,
    size_t *found, struct err *e)
{
	struct replay r = { .db = db, .max = (size_t)c->report.memory / 8 * 3 };
	uint64_t *numbers;
	size_t n;
	int ret;

	*found = 0;
	if (journal_list(dir, &numbers, &n, e) == -1)
		return -1;
	intake_init(&r.in, c, aggregate_new(r.max));
	ret = replay_all(&r, dir, before, numbers, n, found, e);
	*set = r.in.positions;
	if (ret == 0 && f != NULL)
		filter_each_credit(r.in.filter, r.last_ms, copy_credit, f);
	aggregate_free(r.in.aggregate);
	intake_clear(&r.in);
	free(numbers);
	return ret;
}
