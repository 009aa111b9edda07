/* analysis_view: what views ask of the analyzer's store - analysis_sqlite.h */
#include "config.h"

#include "share/store/analysis_sqlite.h"

#include <string.h>

#define SQL_MAX 8192

/* Whether the filter's text is known; adds the condition. */
static int
where_text(struct analysis_sqlite *s, const char *column, const char *text,
    struct buf *sql, struct err *e)
{
	int64_t id;

	if (text == NULL || column == NULL)
		return 1;
	id = analysis_text_find(s, text, e);
	if (id == -1)
		return -1;
	buf_printf(sql, " AND %s = %lld", column, (long long)id);
	return id != -2;
}

static void
where_trust(const char *column, unsigned trust, struct buf *sql)
{
	const char *comma = "";

	if (trust == 0 || column == NULL)
		return;
	buf_printf(sql, " AND %s IN (", column);
	for (int t = 0; t < ANALYSIS_TRUSTS; t++)
		if ((trust & (1u << t)) != 0) {
			buf_printf(sql, "%s%d", comma, t);
			comma = ", ";
		}
	buf_puts(sql, ")");
}

int
analysis_where(struct analysis_sqlite *s, const struct analysis_filter *f,
    const struct analysis_columns *c, struct buf *sql, struct err *e)
{
	const char *const columns[] = { c->domain, c->sender, c->type, c->mx,
		c->result };
	const char *const texts[] = { f->domain, f->sender, f->type, f->mx,
		f->result };

	if (c->day != NULL)
		buf_printf(sql, " AND %s >= %lld AND %s < %lld", c->day,
		    (long long)f->since, c->day, (long long)f->until);
	where_trust(c->trust, f->trust, sql);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		int fits = where_text(s, columns[i], texts[i], sql, e);

		if (fits != 1)
			return fits;
	}
	return 1;
}

/* Appends "GROUP BY" and those of n columns whose bit is set. */
static void
group_by(struct buf *sql, unsigned by, const unsigned *bits,
    const char *const *columns, size_t n)
{
	const char *before = " GROUP BY ";

	for (size_t i = 0; i < n; i++)
		if ((by & bits[i]) != 0) {
			buf_printf(sql, "%s%s", before, columns[i]);
			before = ", ";
		}
}

/* Appends the columns, 0 for those whose bit is not set, each with a comma. */
static void
select_columns(struct buf *sql, unsigned by, const unsigned *bits,
    const char *const *columns, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(sql, "%s, ", (by & bits[i]) != 0 ? columns[i] : "0");
}

static enum analysis_trust
trust_column(const struct analysis_query *q, int i)
{
	int64_t t = analysis_column(q, i);

	return t >= 0 && t < ANALYSIS_TRUSTS ? (enum analysis_trust)t
					     : ANALYSIS_UNKNOWN;
}

/* A column that holds the id of a text. */
static const char *
text_column(const struct analysis_query *q, int i)
{
	return analysis_text_get(q->s, analysis_column(q, i));
}

/* ---- sums ---- */

/* A table that has sums, and how it names things. */
struct sum_table {
	const char *from;
	struct analysis_columns c;
	const char *success, *failure, *reports;
	const char *once; /* condition for each session once */
};

static const struct sum_table by_sender = { "sender_day t",
	{ .day = "t.day", .sender = "t.org", .trust = "t.trust" }, "t.success",
	"t.failure", "t.reports", "1" };

static const struct sum_table by_domain = { "domain_day t",
	{ .day = "t.day",
	    .domain = "t.domain",
	    .type = "t.type",
	    .trust = "t.trust" },
	"t.success", "t.failure", "t.reports", "t.sibling = 0" };

/* For what concerns a domain and a sender. */
static const struct sum_table by_both = {
	"policy p JOIN policy_def d ON d.id = p.def "
	"JOIN report r ON r.id = p.report",
	{ .day = "p.day",
	    .domain = "p.domain",
	    .sender = "r.org",
	    .type = "d.type",
	    .trust = "r.trust" },
	"p.success", "p.failure", "p.flags / 2 % 2", "p.flags % 2 = 0"
};

static const struct sum_table *
choose_table(const struct analysis_filter *f, unsigned by)
{
	bool domain = f->domain != NULL || f->type != NULL ||
	    (by & (ANALYSIS_BY_DOMAIN | ANALYSIS_BY_TYPE)) != 0;
	bool sender = f->sender != NULL || (by & ANALYSIS_BY_SENDER) != 0;

	if (!domain)
		return &by_sender;
	return sender ? &by_both : &by_domain;
}

static const char *
or_zero(const char *column)
{
	return column != NULL ? column : "0";
}

static int
sums_sql(struct analysis_sqlite *s, const struct analysis_filter *f,
    unsigned by, struct buf *sql, struct err *e)
{
	static const unsigned bits[5] = { ANALYSIS_BY_DAY, ANALYSIS_BY_DOMAIN,
		ANALYSIS_BY_SENDER, ANALYSIS_BY_TYPE, ANALYSIS_BY_TRUST };
	const struct sum_table *t = choose_table(f, by);
	const char *const columns[5] = { t->c.day, or_zero(t->c.domain),
		or_zero(t->c.sender), or_zero(t->c.type), t->c.trust };
	bool once = f->type == NULL && (by & ANALYSIS_BY_TYPE) == 0;
	int fits;

	buf_puts(sql, "SELECT ");
	select_columns(sql, by, bits, columns, 5);
	buf_printf(sql,
	    "TOTAL(%s), TOTAL(%s), TOTAL(%s), MIN(%s), MAX(%s) FROM %s "
	    "WHERE %s",
	    t->success, t->failure, t->reports, t->c.day, t->c.day, t->from,
	    once ? t->once : "1");
	fits = analysis_where(s, f, &t->c, sql, e);
	if (fits != 1)
		return fits;
	group_by(sql, by, bits, columns, 5);
	/* a change of trust leaves rows of nothing */
	buf_printf(sql, " HAVING TOTAL(%s) + TOTAL(%s) + TOTAL(%s) > 0",
	    t->success, t->failure, t->reports);
	if ((by & ANALYSIS_BY_DAY) != 0)
		buf_puts(sql, " ORDER BY 1");
	return 1;
}

static bool
take_sum(const struct analysis_query *q,
    bool (*each)(void *arg, const struct analysis_sum *s), void *arg)
{
	const struct analysis_sum sum = {
		.day = analysis_column(q, 0),
		.domain = text_column(q, 1),
		.sender = text_column(q, 2),
		.type = text_column(q, 3),
		.trust = trust_column(q, 4),
		.success = analysis_column(q, 5),
		.failure = analysis_column(q, 6),
		.reports = analysis_column(q, 7),
		.first_day = analysis_column(q, 8),
		.last_day = analysis_column(q, 9),
	};

	return each(arg, &sum);
}

static int
store_sums(void *ctx, const struct analysis_filter *f, unsigned by,
    bool (*each)(void *arg, const struct analysis_sum *s), void *arg,
    struct err *e)
{
	struct analysis_sqlite *s = ctx;
	struct analysis_query q;
	struct buf sql;
	int ret;

	buf_init(&sql, SQL_MAX);
	ret = sums_sql(s, f, by, &sql, e);
	if (ret == 1) {
		q = analysis_query_sql(s, buf_str(&sql));
		while (analysis_row(&q) && take_sum(&q, each, arg))
			analysis_text_trim(s);
		ret = analysis_finish(&q, e, "read");
	}
	buf_clear(&sql);
	return ret;
}

/* ---- failures ---- */

static const unsigned failure_bits[8] = { ANALYSIS_BY_DAY, ANALYSIS_BY_DOMAIN,
	ANALYSIS_BY_POLICY_DOMAIN, ANALYSIS_BY_SENDER, ANALYSIS_BY_TYPE,
	ANALYSIS_BY_MX, ANALYSIS_BY_RESULT, ANALYSIS_BY_TRUST };
static const char *const failure_columns[8] = { "g.day", "k.domain",
	"k.policy_domain", "k.org", "k.type", "k.mx", "k.result", "k.trust" };

/*
 * The inner query goes through the kinds and, by its key, through each one's
 * days: nothing is sorted. The outer one groups the few rows that are left.
 */
static int
failures_sql(struct analysis_sqlite *s, const struct analysis_filter *f,
    unsigned by, struct buf *sql, struct err *e)
{
	static const struct analysis_columns c = { "d.day", "k.domain", "k.org",
		"k.type", "k.mx", "k.result", "k.trust" };
	bool days = (by & ANALYSIS_BY_DAY) != 0;
	int fits;

	buf_puts(sql, "SELECT ");
	select_columns(sql, by, failure_bits, failure_columns, 8);
	buf_puts(sql,
	    "TOTAL(g.sessions), TOTAL(g.entries), COUNT(DISTINCT k.org), "
	    "MIN(g.first), MAX(g.last), MIN(k.first_day) FROM (");
	/* kind and day are the key: by day, there is nothing to sum up */
	buf_puts(sql,
	    days ? "SELECT k.id AS id, d.day AS day, d.day AS first, "
		   "d.day AS last, d.sessions AS sessions, "
		   "d.entries AS entries "
		 : "SELECT k.id AS id, 0 AS day, MIN(d.day) AS first, "
		   "MAX(d.day) AS last, TOTAL(d.sessions) AS sessions, "
		   "TOTAL(d.entries) AS entries ");
	buf_puts(sql,
	    "FROM failure_kind k CROSS JOIN failure_day d ON d.kind = k.id "
	    "WHERE (d.sessions > 0 OR d.entries > 0)");
	fits = analysis_where(s, f, &c, sql, e);
	if (fits != 1)
		return fits;
	buf_printf(sql, "%s) g JOIN failure_kind k ON k.id = g.id",
	    days ? "" : " GROUP BY k.id");
	group_by(sql, by, failure_bits, failure_columns, 8);
	buf_puts(sql, " HAVING COUNT(*) > 0 ORDER BY 9 DESC, 10 DESC");
	return 1;
}

static bool
take_failure(const struct analysis_query *q,
    bool (*each)(void *arg, const struct analysis_failure_sum *s), void *arg)
{
	const struct analysis_failure_sum sum = {
		.day = analysis_column(q, 0),
		.domain = text_column(q, 1),
		.policy_domain = text_column(q, 2),
		.sender = text_column(q, 3),
		.type = text_column(q, 4),
		.mx = text_column(q, 5),
		.result = text_column(q, 6),
		.trust = trust_column(q, 7),
		.sessions = analysis_column(q, 8),
		.entries = analysis_column(q, 9),
		.senders = analysis_column(q, 10),
		.first_day = analysis_column(q, 11),
		.last_day = analysis_column(q, 12),
		.ever_day = analysis_column(q, 13),
	};

	return each(arg, &sum);
}

static int
store_failures(void *ctx, const struct analysis_filter *f, unsigned by,
    bool (*each)(void *arg, const struct analysis_failure_sum *s), void *arg,
    struct err *e)
{
	struct analysis_sqlite *s = ctx;
	struct analysis_query q;
	struct buf sql;
	int ret;

	buf_init(&sql, SQL_MAX);
	ret = failures_sql(s, f, by, &sql, e);
	if (ret == 1) {
		q = analysis_query_sql(s, buf_str(&sql));
		while (analysis_row(&q) && take_failure(&q, each, arg))
			analysis_text_trim(s);
		ret = analysis_finish(&q, e, "read");
	}
	buf_clear(&sql);
	return ret;
}

/* ---- policies, senders, defects ---- */

/*
 * Runs a select whose conditions come from the filter: head ends in WHERE 1,
 * tail follows. Calls take for each row.
 */
struct simple {
	const char *head, *tail;
	struct analysis_columns c;
};

static int
run_simple(struct analysis_sqlite *s, const struct simple *simple,
    const struct analysis_filter *f,
    bool (*take)(const struct analysis_query *q, void *arg), void *arg,
    struct err *e)
{
	struct analysis_query q;
	struct buf sql;
	int ret;

	buf_init(&sql, SQL_MAX);
	buf_puts(&sql, simple->head);
	ret = analysis_where(s, f, &simple->c, &sql, e);
	if (ret == 1) {
		buf_puts(&sql, simple->tail);
		q = analysis_query_sql(s, buf_str(&sql));
		while (analysis_row(&q) && take(&q, arg))
			analysis_text_trim(s);
		ret = analysis_finish(&q, e, "read");
	}
	buf_clear(&sql);
	return ret;
}

struct held_arg {
	bool (*each)(void *arg, const struct analysis_held *h);
	void *arg;
};

static bool
take_held(const struct analysis_query *q, void *arg)
{
	const struct held_arg *a = arg;
	const struct analysis_held held = {
		.sender = text_column(q, 0),
		.domain = text_column(q, 1),
		.mail_domain = text_column(q, 2),
		.type = text_column(q, 3),
		.strings = text_column(q, 4),
		.mx = text_column(q, 5),
		.first_day = analysis_column(q, 6),
		.last_day = analysis_column(q, 7),
		.reports = analysis_column(q, 8),
	};

	return a->each(a->arg, &held);
}

static int
store_held(void *ctx, const struct analysis_filter *f,
    bool (*each)(void *arg, const struct analysis_held *h), void *arg,
    struct err *e)
{
	/* first_day < until AND last_day >= since: see below */
	static const struct simple simple = {
		"SELECT h.org, d.domain, h.domain, d.type, d.strings, d.mx, "
		"MIN(h.first_day), MAX(h.last_day), SUM(h.reports) "
		"FROM held h JOIN policy_def d ON d.id = h.def "
		"WHERE h.reports > 0",
		" GROUP BY h.org, h.def, h.domain "
		"ORDER BY MAX(h.last_day) DESC",
		{ .domain = "h.domain",
		    .sender = "h.org",
		    .type = "d.type",
		    .trust = "h.trust" }
	};
	struct held_arg a = { each, arg };
	struct simple with_days = simple;
	struct buf head;
	int ret;

	buf_init(&head, SQL_MAX);
	buf_printf(&head, "%s AND h.first_day < %lld AND h.last_day >= %lld",
	    simple.head, (long long)f->until, (long long)f->since);
	with_days.head = buf_str(&head);
	ret = run_simple(ctx, &with_days, f, take_held, &a, e);
	buf_clear(&head);
	return ret;
}

struct sender_arg {
	bool (*each)(void *arg, const struct analysis_sender *s);
	void *arg;
};

static bool
take_sender(const struct analysis_query *q, void *arg)
{
	const struct sender_arg *a = arg;
	const struct analysis_sender sender = {
		.sender = text_column(q, 0),
		.reports = analysis_column(q, 1),
		.salvaged = analysis_column(q, 2),
		.success = analysis_column(q, 3),
		.failure = analysis_column(q, 4),
		.first_day = analysis_column(q, 5),
		.last_day = analysis_column(q, 6),
		.by_trust = { analysis_column(q, 7), analysis_column(q, 8),
		    analysis_column(q, 9), analysis_column(q, 10) },
	};

	return a->each(a->arg, &sender);
}

static int
store_senders(void *ctx, const struct analysis_filter *f,
    bool (*each)(void *arg, const struct analysis_sender *s), void *arg,
    struct err *e)
{
	static const struct simple simple = {
		"SELECT t.org, SUM(t.reports), SUM(t.salvaged), "
		"TOTAL(t.success), TOTAL(t.failure), MIN(t.day), MAX(t.day), "
		"SUM(CASE t.trust WHEN 0 THEN t.reports ELSE 0 END), "
		"SUM(CASE t.trust WHEN 1 THEN t.reports ELSE 0 END), "
		"SUM(CASE t.trust WHEN 2 THEN t.reports ELSE 0 END), "
		"SUM(CASE t.trust WHEN 3 THEN t.reports ELSE 0 END) "
		"FROM sender_day t WHERE t.reports > 0",
		" GROUP BY t.org ORDER BY 2 DESC",
		{ .day = "t.day", .sender = "t.org", .trust = "t.trust" }
	};
	struct sender_arg a = { each, arg };

	return run_simple(ctx, &simple, f, take_sender, &a, e);
}

struct defect_arg {
	bool (*each)(void *arg, const struct analysis_defect *d);
	void *arg;
};

static bool
take_defect(const struct analysis_query *q, void *arg)
{
	const struct defect_arg *a = arg;
	const struct analysis_defect defect = {
		.sender = text_column(q, 0),
		.defect = text_column(q, 1),
		.reports = analysis_column(q, 2),
		.last_day = analysis_column(q, 3),
	};

	return a->each(a->arg, &defect);
}

static int
store_defects(void *ctx, const struct analysis_filter *f,
    bool (*each)(void *arg, const struct analysis_defect *d), void *arg,
    struct err *e)
{
	static const struct simple simple = {
		"SELECT t.org, t.defect, SUM(t.reports), MAX(t.day) "
		"FROM sender_defect t WHERE t.reports > 0",
		" GROUP BY t.org, t.defect ORDER BY t.org, 3 DESC",
		{ .day = "t.day", .sender = "t.org", .trust = "t.trust" }
	};
	struct defect_arg a = { each, arg };

	return run_simple(ctx, &simple, f, take_defect, &a, e);
}

void
analysis_view_functions(struct analysis_store *store)
{
	store->sums = store_sums;
	store->failures = store_failures;
	store->held = store_held;
	store->senders = store_senders;
	store->defects = store_defects;
}
