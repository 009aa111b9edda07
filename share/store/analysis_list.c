/* analysis_list: lists the analyzer's reports - see analysis_sqlite.h */
#include "config.h"

#include "share/store/analysis_sqlite.h"

#define SQL_MAX 8192

/* Whether the filter asks for something in policies, or in failures. */
static bool
asks_policies(const struct analysis_filter *f)
{
	return f->domain != NULL || f->type != NULL;
}

static bool
asks_failures(const struct analysis_filter *f)
{
	return f->mx != NULL || f->result != NULL;
}

/* Appends the conditions; as analysis_where(). */
static int
list_where(struct analysis_sqlite *s, const struct analysis_filter *f,
    struct buf *sql, struct err *e)
{
	static const struct analysis_columns of_report = { .day = "r.day",
		.sender = "r.org",
		.trust = "r.trust" };
	static const struct analysis_columns of_policy = { .domain = "p.domain",
		.type = "d.type" };
	static const struct analysis_columns of_failure = { .mx = "f.mx",
		.result = "f.result" };
	int fits = analysis_where(s, f, &of_report, sql, e);

	if (fits == 1 && (asks_policies(f) || asks_failures(f))) {
		buf_puts(sql,
		    " AND EXISTS (SELECT 1 FROM policy p JOIN policy_def d "
		    "ON d.id = p.def");
		if (asks_failures(f))
			buf_puts(sql,
			    " JOIN failure f ON f.report = p.report "
			    "AND f.n = p.n");
		buf_puts(sql, " WHERE p.report = r.id");
		fits = analysis_where(s, f, &of_policy, sql, e);
		if (fits == 1)
			fits = analysis_where(s, f, &of_failure, sql, e);
		buf_puts(sql, ")");
	}
	return fits;
}

static int
list_sql(struct analysis_sqlite *s, const struct analysis_filter *f,
    int64_t after, struct buf *sql, struct err *e)
{
	int fits;

	buf_printf(sql, "SELECT %s FROM report r WHERE 1",
	    analysis_report_columns);
	fits = list_where(s, f, sql, e);
	if (after != 0)
		buf_printf(sql,
		    " AND (r.day, r.id) < (SELECT a.day, a.id FROM report a "
		    "WHERE a.id = %lld)",
		    (long long)after);
	buf_puts(sql, " ORDER BY r.day DESC, r.id DESC");
	return fits;
}

static int
store_list(void *ctx, const struct analysis_filter *f, int64_t after,
    bool (*each)(void *arg, const struct analysis_report *r), void *arg,
    struct err *e)
{
	struct analysis_sqlite *s = ctx;
	struct analysis_query q;
	struct buf sql;
	int ret;

	buf_init(&sql, SQL_MAX);
	ret = list_sql(s, f, after, &sql, e);
	if (ret == 1) {
		q = analysis_query_sql(s, buf_str(&sql));
		while (analysis_row(&q)) {
			struct analysis_report r;

			analysis_load_row(&q, &r);
			if (!each(arg, &r))
				break;
			analysis_text_trim(s);
		}
		ret = analysis_finish(&q, e, "read");
	}
	buf_clear(&sql);
	return ret;
}

static int
store_get(void *ctx, int64_t id,
    bool (*each)(void *arg, const struct analysis_report *r), void *arg,
    struct err *e)
{
	struct analysis_sqlite *s = ctx;
	struct analysis_loaded l;
	int ret;

	analysis_text_trim(s);
	ret = analysis_load(s, id, &l, e);
	if (ret == 0)
		(void)each(arg, &l.r);
	analysis_load_clear(&l);
	return ret;
}

static int
find_with(struct analysis_sqlite *s, const char *sql, const char *text,
    int64_t *ids, int max, struct err *e)
{
	struct analysis_query q = analysis_query_sql(s, sql);
	int n = 0;

	analysis_bind_text(&q, text);
	while (n < max && analysis_row(&q))
		ids[n++] = analysis_column(&q, 0);
	return analysis_finish(&q, e, "read") == -1 ? -1 : n;
}

static int
store_find(void *ctx, const char *text, int64_t *ids, int max, struct err *e)
{
	int n = find_with(ctx,
	    "SELECT id FROM report WHERE report_id = ?1 ORDER BY id", text, ids,
	    max, e);

	if (n != 0)
		return n;
	return find_with(ctx,
	    "SELECT id FROM report "
	    "WHERE substr(report_id, 1, length(?1)) = ?1 ORDER BY id",
	    text, ids, max, e);
}

void
analysis_list_functions(struct analysis_store *store)
{
	store->list = store_list;
	store->get = store_get;
	store->find = store_find;
}
