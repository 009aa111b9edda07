/* query: the options of views */
#include "config.h"

#include "analyzer/query.h"
#include "t/unit/tap.h"

#include <string.h>

#define NOW (INT64_C(20000) * 86400 + 3600)

static struct query q;
static struct err e;

/* Parses words, the first is the command's name. */
static int
parse(const char *a, const char *b, const char *c, const char *d)
{
	const char *words[] = { "view", a, b, c, d };
	char *argv[6];
	int argc = 1;

	while (argc < 5 && words[argc] != NULL)
		argc++;
	for (int i = 0; i < argc; i++)
		argv[i] = (char *)(uintptr_t)words[i];
	memset(&e, 0, sizeof(e));
	return query_parse(&q, argc, argv, NOW, 7, NULL, 0, &e);
}

int
main(void)
{
	is_int(parse(NULL, NULL, NULL, NULL), 0, "no options");
	is_int(q.filter.until, 20001, "today is in the range");
	is_int(q.filter.since, 19994, "which has the view's length");
	ok((q.filter.trust & 1u << ANALYSIS_UNSIGNED) == 0,
	    "unsigned reports are left out");
	is_int(parse("--since", "yesterday", "--trust", "all"), 0, "since");
	is_int(q.filter.since, 19999, "yesterday");
	is_int(q.filter.trust, 0, "all trust");
	is_int(parse("--since", "2024-10-01", "--until", "1d"), 0, "dates");
	is_int(q.filter.since, 19997, "a date");
	is_int(q.filter.until, 19999, "a day ago, not in the range");
	is_int(parse("--since", "2w", NULL, NULL), 0, "weeks");
	is_int(q.filter.since, 19986, "two weeks");
	is_int(parse("--domain", "EXAMPLE.org", "--mx", "B\xc3\xbc.de"), 0,
	    "names");
	is_str(q.filter.domain, "example.org", "in normal form");
	is_str(q.filter.mx, "xn--b-eha.de", "in A-labels");
	is_int(parse("--json", "word", NULL, NULL), 0, "a word");
	is_int(q.form, ROWS_JSON, "JSON");
	is_str(q.word, "word", "the word");
	is_int(parse("--since", "12h", NULL, NULL), -1, "hours are no days");
	has_str(e.text, "write 2026-11-21", "what would be right");
	is_int(parse("--since", "today", "--until", "today"), -1, "empty");
	is_int(parse("--sinse", "1d", NULL, NULL), -1, "no such option");
	is_int(parse("--since", NULL, NULL, NULL), -1, "no value");
	is_int(parse("--trust", "maybe", NULL, NULL), -1, "no such trust");
	is_int(parse("--type", "dane", NULL, NULL), -1, "no such type");
	is_int(parse("a", "b", NULL, NULL), -1, "one word only");
	return done_testing();
}
