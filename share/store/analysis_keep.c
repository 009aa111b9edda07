/* analysis_keep: positions, counters, notes of the analyzer - analysis_sqlite.h */
#include "config.h"

#include "share/base/text.h"
#include "share/store/analysis_sqlite.h"

#include <string.h>

/* ---- positions ---- */

static int
find_source(struct analysis_sqlite *s, const char *name,
    struct analysis_source *out, struct err *e)
{
	struct analysis_query q = analysis_query_sql(s,
	    "SELECT id, state FROM source WHERE name = ?1");

	memset(out, 0, sizeof(*out));
	analysis_bind_text(&q, name);
	if (analysis_row(&q)) {
		out->id = analysis_column(&q, 0);
		(void)text_copy(out->state, sizeof(out->state),
		    analysis_column_text(&q, 1));
	}
	return analysis_finish(&q, e, "read");
}

static int
store_source(void *ctx, const char *name, struct analysis_source *out,
    struct err *e)
{
	struct analysis_sqlite *s = ctx;
	struct analysis_query q;

	if (find_source(s, name, out, e) == -1)
		return -1;
	if (out->id != 0)
		return 0;
	q = analysis_query_sql(s,
	    "INSERT INTO source (name, state) VALUES (?1, '')");
	analysis_bind_text(&q, name);
	if (analysis_run(&q, e, "write") == -1)
		return -1;
	out->id = sqlite3_last_insert_rowid(s->db);
	out->fresh = true;
	return 0;
}

static int
store_source_state(void *ctx, int64_t source, const char *state, struct err *e)
{
	struct analysis_query q = analysis_query_sql(ctx,
	    "UPDATE source SET state = ?2 WHERE id = ?1");

	analysis_bind(&q, source);
	analysis_bind_text(&q, state);
	return analysis_run(&q, e, "write");
}

static int
store_seen_add(void *ctx, int64_t source, const char *item, int64_t mark,
    struct err *e)
{
	struct analysis_query q = analysis_query(ctx, ANALYSIS_SEEN_ADD);

	analysis_bind(&q, source);
	analysis_bind_text(&q, item);
	analysis_bind(&q, mark);
	return analysis_run(&q, e, "write");
}

static int
store_seen_remove(void *ctx, int64_t source, const char *item, struct err *e)
{
	struct analysis_query q = analysis_query(ctx, ANALYSIS_SEEN_REMOVE);

	analysis_bind(&q, source);
	analysis_bind_text(&q, item);
	return analysis_run(&q, e, "write");
}

static int
store_seen_get(void *ctx, int64_t source, const char *item, int64_t *mark,
    struct err *e)
{
	struct analysis_query q = analysis_query(ctx, ANALYSIS_SEEN_GET);
	int found;

	analysis_bind(&q, source);
	analysis_bind_text(&q, item);
	found = analysis_row(&q);
	if (found)
		*mark = analysis_column(&q, 0);
	return analysis_finish(&q, e, "read") == -1 ? -1 : found;
}

static int
store_seen_each(void *ctx, int64_t source,
    bool (*each)(void *arg, const char *item, int64_t mark), void *arg,
    struct err *e)
{
	struct analysis_query q = analysis_query_sql(ctx,
	    "SELECT item, mark FROM seen WHERE source = ?1 ORDER BY item");

	analysis_bind(&q, source);
	while (analysis_row(&q) &&
	    each(arg, analysis_column_text(&q, 0), analysis_column(&q, 1)))
		;
	return analysis_finish(&q, e, "read");
}

/* ---- counters ---- */

static int
store_count(void *ctx, int64_t day, enum analysis_verdict v, int64_t n,
    struct err *e)
{
	const int64_t ids[2] = { day, v };
	struct analysis_sqlite *s = ctx;

	if (!s->within)
		return err_set(e, ERR_BUG, "a count outside a transaction");
	analysis_memo_add(s, ANALYSIS_COUNT, ids, 2, &n);
	return 0;
}

static int
store_counts(void *ctx, int64_t since, int64_t until,
    bool (*each)(void *arg, const struct analysis_count *c), void *arg,
    struct err *e)
{
	struct analysis_query q = analysis_query_sql(ctx,
	    "SELECT day, verdict, mails FROM mail WHERE day >= ?1 "
	    "AND day < ?2 ORDER BY day, verdict");
	struct analysis_count c;
	bool any = false, more = true;

	memset(&c, 0, sizeof(c));
	analysis_bind(&q, since);
	analysis_bind(&q, until);
	while (more && analysis_row(&q)) {
		int64_t v = analysis_column(&q, 1);

		if (any && c.day != analysis_column(&q, 0)) {
			more = each(arg, &c);
			memset(&c, 0, sizeof(c));
		}
		c.day = analysis_column(&q, 0);
		any = true;
		if (v >= 0 && v < ANALYSIS_VERDICTS)
			c.mails[v] = analysis_column(&q, 2);
	}
	if (any && more)
		(void)each(arg, &c);
	return analysis_finish(&q, e, "read");
}

static int
store_size(void *ctx, struct analysis_size *out, struct err *e)
{
	struct analysis_sqlite *s = ctx;
	struct analysis_query q = analysis_query(s, ANALYSIS_PAGES);

	memset(out, 0, sizeof(*out));
	out->octets_max = s->limits.octets_max;
	if (analysis_row(&q))
		out->octets = analysis_column(&q, 0);
	if (analysis_finish(&q, e, "read") == -1)
		return -1;
	q = analysis_query_sql(s,
	    "SELECT COUNT(*), MIN(day), MAX(day) FROM report");
	if (analysis_row(&q)) {
		out->reports = analysis_column(&q, 0);
		out->first_day = analysis_column(&q, 1);
		out->last_day = analysis_column(&q, 2);
	}
	return analysis_finish(&q, e, "read");
}

/* ---- notes ---- */

static int
write_note(struct analysis_sqlite *s, const char *key, const char *value,
    struct err *e)
{
	struct analysis_query q = analysis_query_sql(s,
	    value == NULL
		? "DELETE FROM note WHERE name = ?1"
		: "INSERT INTO note (name, value) VALUES (?1, ?2) "
		  "ON CONFLICT (name) DO UPDATE SET value = excluded.value");

	analysis_bind_text(&q, key);
	if (value != NULL)
		analysis_bind_text(&q, value);
	return analysis_run(&q, e, "write");
}

static int
store_note(void *ctx, const char *key, const char *value, struct err *e)
{
	struct analysis_sqlite *s = ctx;
	bool own;

	if (analysis_begin_own(s, &own, e) == -1)
		return -1;
	return analysis_end_own(s, own, write_note(s, key, value, e), e);
}

static int
store_notes(void *ctx, const char *prefix,
    bool (*each)(void *arg, const char *key, const char *value), void *arg,
    struct err *e)
{
	struct analysis_query q = analysis_query_sql(ctx,
	    "SELECT name, value FROM note "
	    "WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name");

	analysis_bind_text(&q, prefix);
	while (analysis_row(&q) &&
	    each(arg, analysis_column_text(&q, 0), analysis_column_text(&q, 1)))
		;
	return analysis_finish(&q, e, "read");
}

void
analysis_keep_functions(struct analysis_store *store)
{
	store->source = store_source;
	store->source_state = store_source_state;
	store->seen_add = store_seen_add;
	store->seen_remove = store_seen_remove;
	store->seen_get = store_seen_get;
	store->seen_each = store_seen_each;
	store->count = store_count;
	store->counts = store_counts;
	store->size = store_size;
	store->note = store_note;
	store->notes = store_notes;
}
