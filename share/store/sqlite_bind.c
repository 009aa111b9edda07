/* sqlite_bind: the values of a statement - see sqlite_bind.h */
#include "config.h"

#include "share/base/text.h"
#include "share/store/sqlite_bind.h"

struct sqlite_bind
sqlite_bind_begin(sqlite3_stmt *stmt)
{
	return (struct sqlite_bind){ stmt, 1, SQLITE_OK };
}

void
sqlite_bind_put_text(struct sqlite_bind *b, const char *s)
{
	if (b->rc == SQLITE_OK)
		b->rc =
		    sqlite3_bind_text(b->stmt, b->next++, s, -1, SQLITE_STATIC);
}

void
sqlite_bind_put_octets(struct sqlite_bind *b, const void *data, size_t n)
{
	if (b->rc == SQLITE_OK)
		b->rc = sqlite3_bind_blob64(b->stmt, b->next++, data, n,
		    SQLITE_STATIC);
}

void
sqlite_bind_put_int(struct sqlite_bind *b, int64_t n)
{
	if (b->rc == SQLITE_OK)
		b->rc = sqlite3_bind_int64(b->stmt, b->next++, n);
}

int
sqlite_bind_step(struct sqlite_bind *b)
{
	return b->rc == SQLITE_OK ? sqlite3_step(b->stmt) : b->rc;
}

bool
sqlite_bind_take_text(sqlite3_stmt *stmt, int column, char *out, size_t size)
{
	const char *s = (const char *)sqlite3_column_text(stmt, column);

	return s != NULL && text_copy(out, size, s) == 0;
}
