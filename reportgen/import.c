/* import: takes the sessions of other hosts - see export.h */
#include "config.h"

#include "reportgen/exchange.h"
#include "reportgen/export.h"
#include "reportgen/hosts.h"
#include "share/base/text.h"

#include <string.h>

/* Reads the rows of one export; keeps them unless it is known. */
static int
read_rows(struct report_db *db, struct exchange_reader *reader,
    const struct exchange_head *head, struct import_result *result,
    struct err *e)
{
	struct exchange_row x;
	int rc;

	while ((rc = exchange_read_row(reader, head, &x, e)) == 1) {
		int kept = 0;

		result->rows++;
		result->sessions += (uint64_t)(x.row.success + x.row.failure);
		if (!result->known)
			kept = rows_add(db, &x.row, e);
		exchange_row_clear(&x);
		if (kept == -1)
			return -1;
	}
	return rc;
}

static int
read_one(struct report_db *db, struct exchange_reader *reader,
    const struct exchange_head *head, struct import_result *result,
    struct err *e)
{
	const struct hosts_export x = { head->host, head->day_s, head->sequence,
		head->complete_s };

	memset(result, 0, sizeof(*result));
	result->host = head->host;
	result->day_s = head->day_s;
	result->sequence = head->sequence;
	if (report_db_begin(db, e) == -1)
		return -1;
	if (hosts_has(db, &x, &result->known, e) == -1 ||
	    read_rows(db, reader, head, result, e) == -1 ||
	    (!result->known && hosts_note(db, &x, e) == -1)) {
		report_db_rollback(db);
		return -1;
	}
	return report_db_commit(db, e);
}

int
import_read(struct report_db *db, const char *self, FILE *in,
    void (*told)(void *arg, const struct import_result *r), void *arg,
    struct err *e)
{
	struct exchange_reader reader;
	struct exchange_head head;
	struct import_result result;
	int rc;

	exchange_reader_init(&reader, in);
	while ((rc = exchange_read_head(&reader, &head, e)) == 1) {
		if (text_equal_nocase(head.host, self))
			rc = err_set(e, ERR_PERM,
			    "the export is of this host (%s) itself", self);
		else
			rc = read_one(db, &reader, &head, &result, e);
		if (rc == -1)
			break;
		told(arg, &result);
	}
	exchange_reader_clear(&reader);
	return rc;
}
