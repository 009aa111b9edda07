/* rows: tables, JSON and CSV of hostile texts */
#include "config.h"

#include "analyzer/rows.h"
#include "t/unit/tap.h"

#include <stdlib.h>
#include <string.h>

static const struct rows_column columns[] = {
	{ "name", "name", ROWS_TEXT, 0 },
	{ "n", "count", ROWS_COUNT, 0 },
	{ "day", "day", ROWS_DAY, 0 },
	{ "share", "share", ROWS_SHARE, 0 },
	{ "hidden", NULL, ROWS_TEXT, 0 },
	{ "graph", "graph", ROWS_GRAPH, 0 },
};

/* What one row comes out as; freed. */
static char *
one(enum rows_form form, const char *name, int64_t share)
{
	struct rows_cell cells[] = { { .text = name }, { .n = 5 },
		{ .n = 20000 }, { .n = share }, { .text = "secret" },
		{ .text = "_#" } };
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	struct rows *r = rows_new(f, form, "test", columns, 6);

	rows_add(r, cells);
	rows_note(r, "note", "a note");
	is_int(rows_end(r), 0, "written");
	is_int(rows_count(r), 1, "one row");
	rows_free(r);
	(void)fclose(f);
	return text;
}

static void
test_forms(void)
{
	char *s = one(ROWS_TABLE, "a\033[31mb", 999999);

	has_str(s, "a\\x1b[31mb", "no escape reaches the terminal");
	has_str(s, "99.99%", "a share is not rounded up to all");
	has_str(s, "2024-10-04", "a day");
	has_str(s, "note    a note", "a note");
	ok(strstr(s, "secret") == NULL, "a column without title is not shown");
	free(s);
	s = one(ROWS_JSON, "q\"\n", -1);
	is_str(s,
	    "{\"schema\":1,\"view\":\"test\",\"name\":\"q\\\"\\n\",\"n\":5,"
	    "\"day\":\"2024-10-04\",\"share\":null,\"hidden\":\"secret\"}\n",
	    "JSON, one line, no graph");
	free(s);
	s = one(ROWS_CSV, "=1+1\"x", 500000);
	is_str(s,
	    "name,n,day,share,hidden\r\n"
	    "\"'=1+1\"\"x\",5,2024-10-04,50.0000,\"secret\"\r\n",
	    "CSV, quoted, no formula");
	free(s);
}

static void
test_width(void)
{
	char name[500], *s;

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	(void)setenv("COLUMNS", "70", 1);
	s = one(ROWS_TABLE, name, 1);
	ok(strcspn(strchr(s, '\n') + 1, "\n") <= 70, "a long text is cut");
	has_str(s, "xxx...", "and says so");
	free(s);
}

static void
test_spark(void)
{
	const int64_t v[] = { 0, 7, -1, 3 };
	char dst[16];

	is_str(rows_spark(dst, sizeof(dst), v, 4, false), "_#.~", "ASCII");
	is_str(rows_spark(dst, sizeof(dst), v, 4, true), "\u2581\u2588.\u2584",
	    "blocks");
	is_str(rows_spark(dst, 3, v, 4, true), "", "no half character");
	is_int(rows_share(0, 0), -1, "no sessions, no share");
	is_int(rows_share(INT64_C(1) << 53, INT64_C(1) << 53), 500000,
	    "counts at their limit");
}

int
main(void)
{
	test_forms();
	test_width();
	test_spark();
	return done_testing();
}
