/* store_sqlite: the embedded store, one SQLite file - see store.h */
#include "config.h"

#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/store/sqlite_bind.h"
#include "share/store/store_sqlite.h"

#include <stdlib.h>

#define BUSY_MS 2000

/* Standard SQL, so that another database can take the same texts. */
static const char *const statements[STORE_STATEMENTS] = {
	[STORE_GET] = "SELECT domain, id, fetched_ms, expires_ms, body "
		      "FROM policy WHERE domain = ?1",
	[STORE_PUT] =
	    "INSERT INTO policy "
	    "(domain, id, fetched_ms, expires_ms, body) "
	    "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (domain) DO UPDATE "
	    "SET id = excluded.id, fetched_ms = excluded.fetched_ms, "
	    "expires_ms = excluded.expires_ms, body = excluded.body",
	[STORE_REMOVE] = "DELETE FROM policy WHERE domain = ?1",
	[STORE_EXPIRE] = "DELETE FROM policy WHERE expires_ms < ?1",
	[STORE_EACH] = "SELECT domain, id, fetched_ms, expires_ms, body "
		       "FROM policy WHERE domain > ?1 ORDER BY domain",
	[STORE_OVERRIDE_PUT] =
	    "INSERT INTO override (domain, level, forced, created_ms, "
	    "expires_ms, reason, set_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
	    "ON CONFLICT (domain) DO UPDATE SET level = excluded.level, "
	    "forced = excluded.forced, created_ms = excluded.created_ms, "
	    "expires_ms = excluded.expires_ms, reason = excluded.reason, "
	    "set_by = excluded.set_by",
	[STORE_OVERRIDE_REMOVE] = "DELETE FROM override WHERE domain = ?1",
	[STORE_OVERRIDE_EACH] = "SELECT domain, level, forced, created_ms, "
				"expires_ms, reason, set_by FROM override "
				"ORDER BY domain",
	[STORE_HISTORY_GET] =
	    "SELECT domain, dane_ms, sts_ms, sts_mode, "
	    "dane_lost_ms, sts_lost_ms FROM history WHERE domain = ?1",
	[STORE_HISTORY_PUT] =
	    "INSERT INTO history (domain, dane_ms, sts_ms, sts_mode, "
	    "dane_lost_ms, sts_lost_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (domain) DO UPDATE "
	    "SET dane_ms = excluded.dane_ms, sts_ms = excluded.sts_ms, "
	    "sts_mode = excluded.sts_mode, "
	    "dane_lost_ms = excluded.dane_lost_ms, "
	    "sts_lost_ms = excluded.sts_lost_ms",
	[STORE_HISTORY_FORGET] = "DELETE FROM history WHERE dane_ms < ?1 "
				 "AND sts_ms < ?1 AND dane_lost_ms < ?1 "
				 "AND sts_lost_ms < ?1",
	[STORE_DOWNGRADE_PUT] =
	    "INSERT INTO downgrade (domain, what, when_ms, had_ms, detail) "
	    "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (domain, what) DO UPDATE "
	    "SET when_ms = excluded.when_ms, had_ms = excluded.had_ms, "
	    "detail = excluded.detail",
	[STORE_DOWNGRADE_EACH] = "SELECT domain, what, when_ms, had_ms, detail "
				 "FROM downgrade ORDER BY when_ms DESC, domain",
	[STORE_DOWNGRADE_FORGET] = "DELETE FROM downgrade WHERE when_ms < ?1",
	[STORE_BINDING_PUT] =
	    "INSERT INTO binding (queue_id, domain, strategy, hop, exempt, "
	    "tls_required_no, expires_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
	    "ON CONFLICT (queue_id, domain) DO UPDATE SET "
	    "strategy = excluded.strategy, hop = excluded.hop, "
	    "exempt = excluded.exempt, "
	    "tls_required_no = excluded.tls_required_no, "
	    "expires_ms = excluded.expires_ms",
	[STORE_BINDING_EACH] = "SELECT queue_id, domain, strategy, hop, "
			       "exempt, tls_required_no, expires_ms "
			       "FROM binding ORDER BY expires_ms",
	[STORE_BINDING_EXPIRE] = "DELETE FROM binding WHERE expires_ms < ?1",
};

static const char *const migrations[] = {
	"CREATE TABLE policy (domain TEXT NOT NULL PRIMARY KEY, "
	"id TEXT NOT NULL, fetched_ms BIGINT NOT NULL, "
	"expires_ms BIGINT NOT NULL, body TEXT NOT NULL);"
	"CREATE INDEX policy_expires ON policy (expires_ms);",
	"CREATE TABLE override (domain TEXT NOT NULL PRIMARY KEY, "
	"level TEXT NOT NULL, forced INTEGER NOT NULL, "
	"created_ms BIGINT NOT NULL, expires_ms BIGINT NOT NULL, "
	"reason TEXT NOT NULL, set_by TEXT NOT NULL);"
	"CREATE TABLE history (domain TEXT NOT NULL PRIMARY KEY, "
	"dane_ms BIGINT NOT NULL, sts_ms BIGINT NOT NULL, "
	"sts_mode TEXT NOT NULL, dane_lost_ms BIGINT NOT NULL, "
	"sts_lost_ms BIGINT NOT NULL);"
	"CREATE TABLE downgrade (domain TEXT NOT NULL, what TEXT NOT NULL, "
	"when_ms BIGINT NOT NULL, had_ms BIGINT NOT NULL, "
	"detail TEXT NOT NULL, PRIMARY KEY (domain, what));",
	"CREATE TABLE binding (queue_id TEXT NOT NULL, domain TEXT NOT NULL, "
	"strategy TEXT NOT NULL, hop TEXT NOT NULL, exempt INTEGER NOT NULL, "
	"tls_required_no INTEGER NOT NULL, expires_ms BIGINT NOT NULL, "
	"PRIMARY KEY (queue_id, domain));"
	"CREATE INDEX binding_expires ON binding (expires_ms);",
};

static const struct sqlite_schema schema = {
	.steps = migrations,
	.nsteps = sizeof(migrations) / sizeof(*migrations),
	.settings = "",
	.busy_ms = BUSY_MS,
};

sqlite3_stmt *
store_sqlite_begin(struct store_sqlite *s, int which, struct err *e)
{
	err_clear(e);
	if (sqlite_file_ready(&s->file, e) == -1)
		return NULL;
	return sqlite_file_statement(&s->file, statements[which], e);
}

int
store_sqlite_finish(struct store_sqlite *s, sqlite3_stmt *stmt, int rc,
    struct err *e, const char *what)
{
	return sqlite_file_finish(&s->file, stmt, rc, e, what);
}

/* Takes a row; false when it is not what put() wrote. */
static bool
read_row(sqlite3_stmt *stmt, struct store_policy *p)
{
	const char *domain = (const char *)sqlite3_column_text(stmt, 0);
	const char *id = (const char *)sqlite3_column_text(stmt, 1);
	const char *body = (const char *)sqlite3_column_text(stmt, 4);

	if (domain == NULL || id == NULL || body == NULL ||
	    text_copy(p->domain, sizeof(p->domain), domain) == -1 ||
	    text_copy(p->id, sizeof(p->id), id) == -1)
		return false;
	p->fetched_ms = sqlite3_column_int64(stmt, 2);
	p->expires_ms = sqlite3_column_int64(stmt, 3);
	p->body = xstrdup(body);
	return true;
}

static int
sqlite_get(void *ctx, const char *domain, struct store_policy *p, struct err *e)
{
	struct store_sqlite *s = ctx;
	struct sqlite_bind b =
	    sqlite_bind_begin(store_sqlite_begin(s, STORE_GET, e));
	bool good = true;
	int rc;

	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_text(&b, domain);
	rc = sqlite_bind_step(&b);
	if (rc == SQLITE_ROW)
		good = read_row(b.stmt, p);
	if (store_sqlite_finish(s, b.stmt, good ? rc : SQLITE_CORRUPT, e,
		"read") == -1)
		return -1;
	return rc == SQLITE_ROW;
}

static int
sqlite_put(void *ctx, const struct store_policy *p, struct err *e)
{
	struct store_sqlite *s = ctx;
	struct sqlite_bind b =
	    sqlite_bind_begin(store_sqlite_begin(s, STORE_PUT, e));

	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_text(&b, p->domain);
	sqlite_bind_put_text(&b, p->id);
	sqlite_bind_put_int(&b, p->fetched_ms);
	sqlite_bind_put_int(&b, p->expires_ms);
	sqlite_bind_put_text(&b, p->body);
	return store_sqlite_finish(s, b.stmt, sqlite_bind_step(&b), e, "write");
}

static int
sqlite_remove(void *ctx, const char *domain, struct err *e)
{
	struct store_sqlite *s = ctx;
	struct sqlite_bind b =
	    sqlite_bind_begin(store_sqlite_begin(s, STORE_REMOVE, e));

	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_text(&b, domain);
	return store_sqlite_finish(s, b.stmt, sqlite_bind_step(&b), e,
	    "remove");
}

static int64_t
sqlite_expire(void *ctx, int64_t now_ms, struct err *e)
{
	struct store_sqlite *s = ctx;
	struct sqlite_bind b =
	    sqlite_bind_begin(store_sqlite_begin(s, STORE_EXPIRE, e));
	int64_t n = 0;
	int rc;

	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_int(&b, now_ms);
	rc = sqlite_bind_step(&b);
	if (rc == SQLITE_DONE)
		n = sqlite3_changes(s->file.db);
	return store_sqlite_finish(s, b.stmt, rc, e, "remove") == -1 ? -1 : n;
}

static int
sqlite_each(void *ctx, const char *after,
    bool (*each)(void *arg, const struct store_policy *p), void *arg,
    struct err *e)
{
	struct store_sqlite *s = ctx;
	struct sqlite_bind b =
	    sqlite_bind_begin(store_sqlite_begin(s, STORE_EACH, e));
	struct store_policy p;
	bool more = true;
	int rc;

	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_text(&b, after);
	rc = b.rc;
	while (more && (rc == SQLITE_OK || rc == SQLITE_ROW) &&
	    (rc = sqlite3_step(b.stmt)) == SQLITE_ROW) {
		if (!read_row(b.stmt, &p)) {
			rc = SQLITE_CORRUPT;
			break;
		}
		more = each(arg, &p);
		free(p.body);
	}
	return store_sqlite_finish(s, b.stmt, rc, e, "read");
}

static void
sqlite_free(void *ctx)
{
	struct store_sqlite *s = ctx;

	sqlite_file_close(&s->file);
	free(s);
}

int
store_sqlite_open(const char *path, struct store *store, struct err *e)
{
	struct store_sqlite *s = xcalloc(1, sizeof(*s));

	if (sqlite_file_open(&s->file, path, &schema, false, e) == -1) {
		free(s);
		return -1;
	}
	*store = (struct store){
		.get = sqlite_get,
		.put = sqlite_put,
		.remove = sqlite_remove,
		.expire = sqlite_expire,
		.each = sqlite_each,
		.free = sqlite_free,
		.ctx = s,
	};
	store_sqlite_state(store);
	store_sqlite_bindings(store);
	return 0;
}
