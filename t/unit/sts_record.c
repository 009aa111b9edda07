/* sts_record: the grammar of RFC 8461 section 3.1, and its own example */
#include "config.h"

#include "share/policy/sts_record.h"
#include "t/unit/tap.h"

static const struct {
	const char *text;
	enum sts_record_result want;
	const char *id;
} cases[] = {
	/* RFC 8461 section 3.1 */
	{ "v=STSv1; id=20160831085700Z;", STS_RECORD_OK, "20160831085700Z" },
	{ "v=STSv1;id=1", STS_RECORD_OK, "1" },
	{ "v=STSv1 ;\tid=1 ; ", STS_RECORD_OK, "1" },
	{ "v=STSv1; a=b; id=1; c=d", STS_RECORD_OK, "1" },
	{ "v=STSv1;; id=1", STS_RECORD_OK, "1" },
	{ "v=STSv1; id=1; id=2", STS_RECORD_OK, "1" },
	{ "v=STSv1; xid=7; id=1", STS_RECORD_OK, "1" },
	{ "v=STSv1; id=abcdefghijklmnopqrstuvwxyz012345", STS_RECORD_OK,
	    "abcdefghijklmnopqrstuvwxyz012345" },
	{ "v=STSv1; id=abcdefghijklmnopqrstuvwxyz0123456", STS_RECORD_MALFORMED,
	    "" },
	{ "v=STSv1; id=", STS_RECORD_MALFORMED, "" },
	{ "v=STSv1; id=a b", STS_RECORD_MALFORMED, "" },
	{ "v=STSv1; id=a-b", STS_RECORD_MALFORMED, "" },
	{ "v=STSv1; id=\"1\"", STS_RECORD_MALFORMED, "" },
	{ "v=STSv1; id=!; id=2", STS_RECORD_MALFORMED, "" },
	{ "v=STSv1; ID=1", STS_RECORD_MALFORMED, "" },
	{ "v=STSv1; id =1", STS_RECORD_MALFORMED, "" },
	{ "v=STSv1 id=1", STS_RECORD_MALFORMED, "" },
	{ "v=STSv1", STS_RECORD_MALFORMED, "" },
	{ "v=STSv1;", STS_RECORD_MALFORMED, "" },
	{ "v=STSv1 ", STS_RECORD_MALFORMED, "" },
	{ "v=STSv1; i", STS_RECORD_MALFORMED, "" },
	{ "v=STSv12; id=1", STS_RECORD_NONE, "" },
	{ "v=STSv2; id=1", STS_RECORD_NONE, "" },
	{ "V=STSv1; id=1", STS_RECORD_NONE, "" },
	{ "v=stsv1; id=1", STS_RECORD_NONE, "" },
	{ "v =STSv1; id=1", STS_RECORD_NONE, "" },
	{ " v=STSv1; id=1", STS_RECORD_NONE, "" },
	{ "v=STSv", STS_RECORD_NONE, "" },
	{ "", STS_RECORD_NONE, "" },
	{ "v=spf1 -all", STS_RECORD_NONE, "" },
};

static void
test_one(void)
{
	char id[STS_ID_SIZE];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		is_int(sts_record_parse(cases[i].text, strlen(cases[i].text),
			   id),
		    cases[i].want, "case %zu: %s", i, cases[i].text);
		if (cases[i].want == STS_RECORD_OK)
			is_str(id, cases[i].id, "its id");
	}
	is_int(sts_record_parse("v=STSv1; id=1\0002", 15, id),
	    STS_RECORD_MALFORMED, "a NUL in the id");
	is_int(sts_record_parse("v=STSv1; id=12;", 13, id), STS_RECORD_OK,
	    "len octets");
	is_str(id, "1", "and no more");
}

/* What is chosen from up to three records; NULL ends them. */
static enum sts_record_result
choose(const char *a, const char *b, const char *c, char id[STS_ID_SIZE])
{
	const char *text[] = { a, b, c };
	struct dns_txt txt[3];
	struct dns_answer answer = { .type = DNS_TXT, .u.txt = txt };

	for (size_t i = 0; i < 3 && text[i] != NULL; i++) {
		txt[i].text = (char *)(uintptr_t)text[i];
		txt[i].len = strlen(text[i]);
		answer.n++;
	}
	return sts_record_choose(&answer, id);
}

static void
test_several(void)
{
	static const char good[] = "v=STSv1; id=9;", bad[] = "v=STSv1; x";
	char id[STS_ID_SIZE];

	is_int(choose(NULL, NULL, NULL, id), STS_RECORD_NONE, "no record");
	is_int(choose("a", "b", NULL, id), STS_RECORD_NONE, "none of ours");
	is_int(choose("a", good, "b", id), STS_RECORD_OK, "one of ours");
	is_str(id, "9", "its id");
	is_int(choose(good, good, NULL, id), STS_RECORD_MALFORMED,
	    "two, though equal");
	is_int(choose(good, "x", bad, id), STS_RECORD_MALFORMED,
	    "a bad one is one of them");
	is_str(id, "", "and no id");
	is_int(choose(bad, NULL, NULL, id), STS_RECORD_MALFORMED, "a bad one");
}

int
main(void)
{
	test_one();
	test_several();
	return done_testing();
}
