/* defect: the table is whole, counts and places are kept */
#include "config.h"

#include "share/rpt/defect.h"
#include "t/unit/tap.h"

static void
test_table(void)
{
	for (enum defect d = 0; d < DEFECT_N; d++) {
		const char *name = defect_name(d);

		if (!ok(name != NULL && defect_text(d) != NULL,
			"defect %d has name and text", (int)d))
			continue;
		is_int(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-"),
		    strlen(name), "%s is of plain letters", name);
		is_int(defect_from_name(name), d, "%s is found", name);
	}
	is_int(defect_from_name("no-such"), DEFECT_N, "others are not");
}

static void
test_notes(void)
{
	char path[DEFECT_PATH_MAX + 1];
	struct defects a, b;
	struct buf names;

	defects_init(&a);
	defects_init(&b);
	is_int(a.worst, DEFECT_NOTED, "nothing is fine");
	defects_note(&a, DEFECT_SUM_DIFFERS, 7, "policies[0]");
	is_int(a.worst, DEFECT_NOTED, "a note is no harm");
	defects_note(&a, DEFECT_NULL, 9, NULL);
	defects_note(&a, DEFECT_NULL, 11, "x");
	is_int(a.worst, DEFECT_SALVAGED, "the worst counts");
	is_int(a.count[DEFECT_NULL], 2, "each is counted");
	is_int(a.first[DEFECT_NULL].offset, 9, "the first place is kept");
	is_str(a.first[DEFECT_NULL].path, "", "its path is the whole");
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	defects_note(&b, DEFECT_NULL, 1, "z");
	defects_note(&b, DEFECT_NULL, 1, "z");
	defects_note(&b, DEFECT_GZIP_DATA, 1, path);
	defects_add(&a, &b);
	is_int(a.count[DEFECT_NULL], 4, "counts are added");
	is_int(a.worst, DEFECT_REJECTED, "weights too");
	is_str(a.first[DEFECT_GZIP_DATA].path, "...",
	    "a long path is left out");
	buf_init(&names, 1000);
	defects_write_names(&a, &names);
	is_str(buf_str(&names), "sum-differs null gzip-data", "names");
	buf_clear(&names);
}

int
main(void)
{
	test_table();
	test_notes();
	return done_testing();
}
