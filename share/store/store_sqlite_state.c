/* store_sqlite_state: overrides, history, downgrades - store_sqlite.h */
#include "config.h"

#include "share/store/sqlite_bind.h"
#include "share/store/store_sqlite.h"

#include <string.h>

/* Runs a statement whose only value is a name or a time. */
static int
run_text(struct store_sqlite *s, int which, const char *text, struct err *e,
    const char *what)
{
	struct sqlite_bind b =
	    sqlite_bind_begin(store_sqlite_begin(s, which, e));

	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_text(&b, text);
	return store_sqlite_finish(s, b.stmt, sqlite_bind_step(&b), e, what);
}

static int
run_time(struct store_sqlite *s, int which, int64_t ms, struct err *e,
    const char *what)
{
	struct sqlite_bind b =
	    sqlite_bind_begin(store_sqlite_begin(s, which, e));

	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_int(&b, ms);
	return store_sqlite_finish(s, b.stmt, sqlite_bind_step(&b), e, what);
}

/* ---- overrides ---- */

static int
override_put(void *ctx, const struct store_override *o, struct err *e)
{
	struct store_sqlite *s = ctx;
	struct sqlite_bind b =
	    sqlite_bind_begin(store_sqlite_begin(s, STORE_OVERRIDE_PUT, e));

	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_text(&b, o->domain);
	sqlite_bind_put_text(&b, o->level);
	sqlite_bind_put_int(&b, o->force);
	sqlite_bind_put_int(&b, o->created_ms);
	sqlite_bind_put_int(&b, o->expires_ms);
	sqlite_bind_put_text(&b, o->reason);
	sqlite_bind_put_text(&b, o->by);
	return store_sqlite_finish(s, b.stmt, sqlite_bind_step(&b), e, "write");
}

static int
override_remove(void *ctx, const char *domain, struct err *e)
{
	return run_text(ctx, STORE_OVERRIDE_REMOVE, domain, e, "remove");
}

static bool
read_override(sqlite3_stmt *stmt, struct store_override *o)
{
	memset(o, 0, sizeof(*o));
	o->force = sqlite3_column_int64(stmt, 2) != 0;
	o->created_ms = sqlite3_column_int64(stmt, 3);
	o->expires_ms = sqlite3_column_int64(stmt, 4);
	return sqlite_bind_take_text(stmt, 0, o->domain, sizeof(o->domain)) &&
	    sqlite_bind_take_text(stmt, 1, o->level, sizeof(o->level)) &&
	    sqlite_bind_take_text(stmt, 5, o->reason, sizeof(o->reason)) &&
	    sqlite_bind_take_text(stmt, 6, o->by, sizeof(o->by));
}

static int
override_each(void *ctx,
    bool (*each)(void *arg, const struct store_override *o), void *arg,
    struct err *e)
{
	struct store_sqlite *s = ctx;
	sqlite3_stmt *stmt = store_sqlite_begin(s, STORE_OVERRIDE_EACH, e);
	struct store_override o;
	bool more = true;
	int rc = SQLITE_DONE;

	if (stmt == NULL)
		return -1;
	while (more && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		if (!read_override(stmt, &o)) {
			rc = SQLITE_CORRUPT;
			break;
		}
		more = each(arg, &o);
	}
	return store_sqlite_finish(s, stmt, rc, e, "read");
}

/* ---- what domains had ---- */

static int
history_get(void *ctx, const char *domain, struct store_history *h,
    struct err *e)
{
	struct store_sqlite *s = ctx;
	struct sqlite_bind b =
	    sqlite_bind_begin(store_sqlite_begin(s, STORE_HISTORY_GET, e));
	int rc;

	memset(h, 0, sizeof(*h));
	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_text(&b, domain);
	rc = sqlite_bind_step(&b);
	if (rc == SQLITE_ROW) {
		h->dane_ms = sqlite3_column_int64(b.stmt, 1);
		h->sts_ms = sqlite3_column_int64(b.stmt, 2);
		h->dane_lost_ms = sqlite3_column_int64(b.stmt, 4);
		h->sts_lost_ms = sqlite3_column_int64(b.stmt, 5);
		if (!sqlite_bind_take_text(b.stmt, 0, h->domain,
			sizeof(h->domain)) ||
		    !sqlite_bind_take_text(b.stmt, 3, h->sts_mode,
			sizeof(h->sts_mode)))
			rc = SQLITE_CORRUPT;
	}
	if (store_sqlite_finish(s, b.stmt, rc, e, "read") == -1)
		return -1;
	return rc == SQLITE_ROW;
}

static int
history_put_one(struct store_sqlite *s, const struct store_history *h,
    struct err *e)
{
	struct sqlite_bind b =
	    sqlite_bind_begin(store_sqlite_begin(s, STORE_HISTORY_PUT, e));

	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_text(&b, h->domain);
	sqlite_bind_put_int(&b, h->dane_ms);
	sqlite_bind_put_int(&b, h->sts_ms);
	sqlite_bind_put_text(&b, h->sts_mode);
	sqlite_bind_put_int(&b, h->dane_lost_ms);
	sqlite_bind_put_int(&b, h->sts_lost_ms);
	return store_sqlite_finish(s, b.stmt, sqlite_bind_step(&b), e, "write");
}

/* One transaction, so one fdatasync, however many. */
static int
history_put(void *ctx, const struct store_history *h, size_t n, struct err *e)
{
	struct store_sqlite *s = ctx;
	int rc = 0;

	if (s->file.db != NULL &&
	    sqlite3_exec(s->file.db, "BEGIN IMMEDIATE", NULL, NULL, NULL) !=
		SQLITE_OK)
		return err_set(e, ERR_TEMP, "%s: cannot write: %s",
		    s->file.path, sqlite3_errmsg(s->file.db));
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = history_put_one(s, &h[i], e);
	/* A damaged file was put aside, and the transaction with it. */
	if (s->file.db == NULL || sqlite3_get_autocommit(s->file.db) != 0)
		return rc;
	if (rc == 0 &&
	    sqlite3_exec(s->file.db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
		rc = err_set(e, ERR_SYS, "%s: cannot write: %s", s->file.path,
		    sqlite3_errmsg(s->file.db));
	if (rc == -1)
		(void)sqlite3_exec(s->file.db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

/* ---- what they lost ---- */

static int
downgrade_put(void *ctx, const struct store_downgrade *d, struct err *e)
{
	struct store_sqlite *s = ctx;
	struct sqlite_bind b =
	    sqlite_bind_begin(store_sqlite_begin(s, STORE_DOWNGRADE_PUT, e));

	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_text(&b, d->domain);
	sqlite_bind_put_text(&b, d->what);
	sqlite_bind_put_int(&b, d->when_ms);
	sqlite_bind_put_int(&b, d->had_ms);
	sqlite_bind_put_text(&b, d->detail);
	return store_sqlite_finish(s, b.stmt, sqlite_bind_step(&b), e, "write");
}

static bool
read_downgrade(sqlite3_stmt *stmt, struct store_downgrade *d)
{
	memset(d, 0, sizeof(*d));
	d->when_ms = sqlite3_column_int64(stmt, 2);
	d->had_ms = sqlite3_column_int64(stmt, 3);
	return sqlite_bind_take_text(stmt, 0, d->domain, sizeof(d->domain)) &&
	    sqlite_bind_take_text(stmt, 1, d->what, sizeof(d->what)) &&
	    sqlite_bind_take_text(stmt, 4, d->detail, sizeof(d->detail));
}

static int
downgrade_each(void *ctx,
    bool (*each)(void *arg, const struct store_downgrade *d), void *arg,
    struct err *e)
{
	struct store_sqlite *s = ctx;
	sqlite3_stmt *stmt = store_sqlite_begin(s, STORE_DOWNGRADE_EACH, e);
	struct store_downgrade d;
	bool more = true;
	int rc = SQLITE_DONE;

	if (stmt == NULL)
		return -1;
	while (more && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		if (!read_downgrade(stmt, &d)) {
			rc = SQLITE_CORRUPT;
			break;
		}
		more = each(arg, &d);
	}
	return store_sqlite_finish(s, stmt, rc, e, "read");
}

static int
forget(void *ctx, int64_t before_ms, struct err *e)
{
	if (run_time(ctx, STORE_HISTORY_FORGET, before_ms, e, "remove") == -1)
		return -1;
	return run_time(ctx, STORE_DOWNGRADE_FORGET, before_ms, e, "remove");
}

void
store_sqlite_state(struct store *store)
{
	store->override_put = override_put;
	store->override_remove = override_remove;
	store->override_each = override_each;
	store->history_get = history_get;
	store->history_put = history_put;
	store->downgrade_put = downgrade_put;
	store->downgrade_each = downgrade_each;
	store->forget = forget;
}
