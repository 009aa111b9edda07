/* export: gives a day's sessions to another host - see export.h */
#include "config.h"

#include "reportgen/export.h"

#include "reportgen/exchange.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAY 86400

/* Of the file that one export is in. */
static char *
file_name(const char *dir, int64_t day_s, int64_t sequence)
{
	char day[32];

	(void)text_rfc3339(day, sizeof(day), (time_t)day_s);
	return xasprintf("%s/%.10s.%" PRId64 ".jsonl", dir, day, sequence);
}

static bool
write_row(void *arg, const struct rows_row *row)
{
	exchange_write_row(arg, row);
	return true;
}

static bool
see_row(void *arg, const struct rows_row *row)
{
	(void)row;
	*(bool *)arg = true;
	return false;
}

/* Makes sure that a file and its name outlive a crash. */
static int
settle(int fd, const char *from, const char *to, const char *dir, struct err *e)
{
	int dirfd, rc = 0;

	if (fsync(fd) == -1 || rename(from, to) == -1)
		return err_sys(e, "%s", to);
	dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd == -1 || fsync(dirfd) == -1)
		rc = err_sys(e, "%s", dir);
	if (dirfd != -1)
		close(dirfd);
	return rc;
}

static int
write_file(struct report_db *db, const char *dir,
    const struct exchange_head *head, struct err *e)
{
	char *path = file_name(dir, head->day_s, head->sequence);
	char *new = xasprintf("%s.new", path);
	FILE *out = NULL;
	int fd = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct exchange_writer *w;
	int rc;

	if (fd != -1)
		out = fdopen(fd, "w");
	if (out == NULL) {
		rc = err_sys(e, "%s", new);
		goto out;
	}
	w = exchange_write(out, head);
	rc = rows_each(db, NULL, ROWS_HOST_SELF, head->day_s, head->day_s + DAY,
	    write_row, w, e);
	if (rc == 0) {
		rc = exchange_write_end(w, e);
	} else {
		struct err ignored;

		(void)!exchange_write_end(w, &ignored);
	}
	if (rc == 0)
		rc = settle(fd, new, path, dir, e);
out:
	if (out != NULL)
		fclose(out);
	else if (fd != -1)
		close(fd);
	if (rc == -1)
		(void)unlink(new);
	free(new);
	free(path);
	return rc;
}

/* What is kept of a day in report.db. */
struct given {
	char last[64], complete[64]; /* names */
	int64_t last_n, complete_s;
};

static int
read_given(struct report_db *db, int64_t day_s, struct given *g, struct err *e)
{
	(void)snprintf(g->last, sizeof(g->last), "export/%" PRId64 "/last",
	    day_s);
	(void)snprintf(g->complete, sizeof(g->complete),
	    "export/%" PRId64 "/complete", day_s);
	if (report_db_get_int(db, g->last, 0, &g->last_n, e) == -1)
		return -1;
	return report_db_get_int(db, g->complete, 0, &g->complete_s, e);
}

int
export_make(struct report_db *db, const char *dir, const char *host,
    int64_t day_s, int64_t complete_s, int64_t *last, struct err *e)
{
	struct exchange_head head = { .day_s = day_s };
	struct given g;
	bool rows = false;

	if (text_copy(head.host, sizeof(head.host), host) == -1)
		return err_set(e, ERR_BUG, "hostname is too long");
	if (complete_s > day_s + DAY)
		complete_s = day_s + DAY;
	if (report_db_begin(db, e) == -1)
		return -1;
	if (read_given(db, day_s, &g, e) == -1 ||
	    rows_each(db, NULL, ROWS_HOST_SELF, day_s, day_s + DAY, see_row,
		&rows, e) == -1)
		goto fail;
	*last = g.last_n;
	if (!rows && (complete_s < day_s + DAY || g.complete_s >= complete_s)) {
		report_db_rollback(db);
		return 0;
	}
	head.sequence = ++*last;
	head.complete_s = complete_s > g.complete_s ? complete_s : g.complete_s;
	if (write_file(db, dir, &head, e) == -1 ||
	    rows_remove(db, NULL, ROWS_HOST_SELF, day_s, day_s + DAY, e) ==
		-1 ||
	    report_db_put_int(db, g.last, *last, e) == -1 ||
	    report_db_put_int(db, g.complete, head.complete_s, e) == -1)
		goto fail;
	return report_db_commit(db, e);
fail:
	report_db_rollback(db);
	return -1;
}

int
export_print(const char *dir, int64_t day_s, int64_t last, FILE *out,
    struct err *e)
{
	char data[65536];
	int64_t i;
	size_t n;

	for (i = 1; i <= last; i++) {
		char *path = file_name(dir, day_s, i);
		FILE *in = fopen(path, "re");

		if (in == NULL && errno != ENOENT) {
			(void)err_sys(e, "%s", path);
			free(path);
			return -1;
		}
		free(path);
		while (in != NULL && (n = fread(data, 1, sizeof(data), in)) > 0)
			(void)fwrite(data, 1, n, out);
		if (in != NULL)
			fclose(in);
	}
	return fflush(out) == 0 && !ferror(out) ? 0
						: err_sys(e, "cannot write");
}
