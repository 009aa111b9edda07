/* store_sqlite_binding: what queued messages require - store_sqlite.h */
#include "config.h"

#include "share/store/sqlite_bind.h"
#include "share/store/store_sqlite.h"

#include <string.h>

static int
put_one(struct store_sqlite *s, const struct store_binding *v, struct err *e)
{
	struct sqlite_bind b =
	    sqlite_bind_begin(store_sqlite_begin(s, STORE_BINDING_PUT, e));

	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_text(&b, v->queue_id);
	sqlite_bind_put_text(&b, v->domain);
	sqlite_bind_put_text(&b, v->strategy);
	sqlite_bind_put_text(&b, v->hop);
	sqlite_bind_put_int(&b, v->exempt);
	sqlite_bind_put_int(&b, v->tls_required_no);
	sqlite_bind_put_int(&b, v->expires_ms);
	return store_sqlite_finish(s, b.stmt, sqlite_bind_step(&b), e, "write");
}

/* One transaction, so one fdatasync, however many. */
static int
binding_put(void *ctx, const struct store_binding *v, size_t n, struct err *e)
{
	struct store_sqlite *s = ctx;
	int rc = 0;

	err_clear(e);
	if (sqlite_file_ready(&s->file, e) == -1 ||
	    sqlite_file_run(&s->file, "BEGIN IMMEDIATE", e, "write") == -1)
		return -1;
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = put_one(s, &v[i], e);
	/* a damaged file was put aside, and the transaction with it */
	if (s->file.db == NULL || sqlite3_get_autocommit(s->file.db) != 0)
		return -1;
	if (rc == 0)
		rc = sqlite_file_run(&s->file, "COMMIT", e, "write");
	if (rc == -1)
		(void)sqlite3_exec(s->file.db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

static bool
read_binding(sqlite3_stmt *stmt, struct store_binding *v)
{
	memset(v, 0, sizeof(*v));
	v->exempt = sqlite3_column_int64(stmt, 4) != 0;
	v->tls_required_no = sqlite3_column_int64(stmt, 5) != 0;
	v->expires_ms = sqlite3_column_int64(stmt, 6);
	return sqlite_bind_take_text(stmt, 0, v->queue_id,
		   sizeof(v->queue_id)) &&
	    sqlite_bind_take_text(stmt, 1, v->domain, sizeof(v->domain)) &&
	    sqlite_bind_take_text(stmt, 2, v->strategy, sizeof(v->strategy)) &&
	    sqlite_bind_take_text(stmt, 3, v->hop, sizeof(v->hop));
}

static int
binding_each(void *ctx, bool (*each)(void *arg, const struct store_binding *b),
    void *arg, struct err *e)
{
	struct store_sqlite *s = ctx;
	sqlite3_stmt *stmt = store_sqlite_begin(s, STORE_BINDING_EACH, e);
	struct store_binding v;
	bool more = true;
	int rc = SQLITE_DONE;

	if (stmt == NULL)
		return -1;
	while (more && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		if (!read_binding(stmt, &v)) {
			rc = SQLITE_CORRUPT;
			break;
		}
		more = each(arg, &v);
	}
	return store_sqlite_finish(s, stmt, rc, e, "read");
}

static int
binding_expire(void *ctx, int64_t now_ms, struct err *e)
{
	struct store_sqlite *s = ctx;
	struct sqlite_bind b =
	    sqlite_bind_begin(store_sqlite_begin(s, STORE_BINDING_EXPIRE, e));

	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_int(&b, now_ms);
	return store_sqlite_finish(s, b.stmt, sqlite_bind_step(&b), e,
	    "remove");
}

void
store_sqlite_bindings(struct store *store)
{
	store->binding_put = binding_put;
	store->binding_each = binding_each;
	store->binding_expire = binding_expire;
}
