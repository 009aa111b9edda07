/* analysis_expire: removes what is too old - see analysis_sqlite.h */
#include "config.h"

#include "share/store/analysis_sqlite.h"

/* The reports to remove now; ?1: days before this, ?2: at most so many. */
#define OLD "(SELECT id FROM report WHERE day < ?1 ORDER BY day LIMIT ?2)"

/* The report last: the others find theirs by it. */
static const char *const remove_reports[] = {
	"DELETE FROM failure WHERE report IN " OLD,
	"DELETE FROM policy WHERE report IN " OLD,
	"DELETE FROM raw WHERE report IN " OLD,
	"DELETE FROM report WHERE id IN " OLD,
};

static const char *const remove_sums[] = {
	"DELETE FROM domain_day WHERE day < ?1",
	"DELETE FROM sender_day WHERE day < ?1",
	"DELETE FROM sender_defect WHERE day < ?1",
	"DELETE FROM failure_day WHERE day < ?1",
	"DELETE FROM held WHERE last_day < ?1 OR reports <= 0",
	"DELETE FROM arrival WHERE day < ?1",
	"DELETE FROM mail WHERE day < ?1",
};

/* What nothing refers to any more. */
static const char *const remove_unused[] = {
	"DELETE FROM failure_kind WHERE id NOT IN "
	"(SELECT kind FROM failure_day)",
	"DELETE FROM policy_def WHERE id NOT IN (SELECT def FROM policy "
	"UNION SELECT def FROM held)",
	"DELETE FROM text WHERE id <> 0 AND id NOT IN ("
	"SELECT org FROM report UNION SELECT contact FROM report UNION "
	"SELECT submitter FROM report UNION SELECT source FROM report UNION "
	"SELECT dkim_domain FROM report UNION SELECT defects FROM report UNION "
	"SELECT domain FROM policy UNION "
	"SELECT domain FROM policy_def UNION SELECT type FROM policy_def UNION "
	"SELECT strings FROM policy_def UNION SELECT mx FROM policy_def UNION "
	"SELECT result FROM failure UNION SELECT sending_ip FROM failure UNION "
	"SELECT mx FROM failure UNION SELECT helo FROM failure UNION "
	"SELECT receiving_ip FROM failure UNION SELECT info FROM failure UNION "
	"SELECT reason FROM failure UNION "
	"SELECT domain FROM domain_day UNION SELECT type FROM domain_day UNION "
	"SELECT org FROM sender_day UNION SELECT org FROM sender_defect UNION "
	"SELECT defect FROM sender_defect UNION "
	"SELECT domain FROM failure_kind UNION "
	"SELECT policy_domain FROM failure_kind UNION "
	"SELECT type FROM failure_kind UNION SELECT mx FROM failure_kind UNION "
	"SELECT result FROM failure_kind UNION "
	"SELECT org FROM failure_kind UNION "
	"SELECT domain FROM held UNION SELECT org FROM held UNION "
	"SELECT org FROM arrival)",
};

/* Runs one; gives how many rows went, or -1. */
static int64_t
run(struct analysis_sqlite *s, const char *sql, int64_t before, int64_t max,
    struct err *e)
{
	struct analysis_query q = analysis_query_sql(s, sql);
	int n = sqlite3_bind_parameter_count(q.stmt);

	if (n > 0)
		analysis_bind(&q, before);
	if (n > 1)
		analysis_bind(&q, max);
	if (analysis_run(&q, e, "remove") == -1)
		return -1;
	return sqlite3_changes(s->db);
}

/* Runs n of them; gives the rows that the last one removed, or -1. */
static int64_t
run_all(struct analysis_sqlite *s, const char *const *sql, size_t n,
    int64_t before, int64_t max, struct err *e)
{
	int64_t rows = 0;

	for (size_t i = 0; i < n; i++)
		if ((rows = run(s, sql[i], before, max, e)) == -1)
			return -1;
	return rows;
}

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The sums when the reports are gone, then what is left over. */
static int
finish(struct analysis_sqlite *s, int64_t before, struct err *e)
{
	int64_t changes = sqlite3_total_changes64(s->db);

	if (run_all(s, remove_sums, COUNT(remove_sums), before, 0, e) == -1)
		return -1;
	if (sqlite3_total_changes64(s->db) == changes)
		return 0;
	if (run_all(s, remove_unused, COUNT(remove_unused), 0, 0, e) == -1)
		return -1;
	return 0;
}

static int64_t
expire(struct analysis_sqlite *s, int64_t before, int64_t max, struct err *e)
{
	int64_t n = run_all(s, remove_reports, COUNT(remove_reports), before,
	    max > 0 ? max : INT64_MAX, e);

	if (n == -1 || (max > 0 && n == max))
		return n;
	return finish(s, before, e) == -1 ? -1 : n;
}

static int64_t
store_expire(void *ctx, int64_t before_day, int64_t max, struct err *e)
{
	struct analysis_sqlite *s = ctx;
	bool own;
	int64_t n;

	if (s->within)
		return err_set(e, ERR_BUG, "expire within a transaction");
	if (analysis_begin_own(s, &own, e) == -1)
		return -1;
	n = expire(s, before_day, max, e);
	/* ids of texts that are gone */
	analysis_text_forget(s);
	analysis_memo_forget(s);
	return analysis_end_own(s, own, n == -1 ? -1 : 0, e) == -1 ? -1 : n;
}

void
analysis_expire_functions(struct analysis_store *store)
{
	store->expire = store_expire;
}
