/* jscan: what is JSON, what is nearly JSON, and where the scan must end */
#include "config.h"

#include "share/base/xmem.h"
#include "share/rpt/jscan.h"
#include "t/unit/tap.h"

#include <stdlib.h>
#include <time.h>

/* Hands out a text in pieces of one size. */
struct pieces {
	const char *p, *end;
	size_t size;
	char *copy; /* so that a stale pointer is seen by ASan */
};

static size_t
more(void *ctx, const char **data)
{
	struct pieces *ps = ctx;
	size_t n = (size_t)(ps->end - ps->p);

	if (n > ps->size)
		n = ps->size;
	free(ps->copy);
	ps->copy = xmalloc(n + 1);
	if (n > 0)
		memcpy(ps->copy, ps->p, n);
	ps->p += n;
	*data = ps->copy;
	return n;
}

static void
print(struct buf *out, const struct jscan *js, enum jscan_event ev)
{
	static const char *const marks[] = { "{", "}", "[", "]", "", "", "",
		"true", "false", "null", "$" };

	if (out->len > 0)
		buf_puts(out, " ");
	buf_puts(out, marks[ev]);
	if (ev == JSCAN_KEY)
		buf_printf(out, "%.*s:", (int)js->len, js->text);
	else if (ev == JSCAN_STRING)
		buf_printf(out, "'%.*s'", (int)js->len, js->text);
	else if (ev == JSCAN_NUMBER)
		buf_printf(out, "%lld%s%s", (long long)js->number.value,
		    js->number.fraction ? "~" : "",
		    js->number.clamped ? "!" : "");
}

/* The events of a text as text, read in pieces of size (0: at once). */
static char *
events(const char *text, size_t n, size_t size, struct defects *d)
{
	struct pieces ps = { text, text + n, size, NULL };
	enum jscan_event ev;
	struct jscan js;
	struct buf out;

	defects_init(d);
	buf_init(&out, 1 << 20);
	jscan_init(&js);
	if (size == 0)
		jscan_begin(&js, text, n, d);
	else
		jscan_begin_source(&js, (struct jscan_source){ more, &ps },
		    1 << 20, d);
	do {
		ev = jscan_next(&js);
		print(&out, &js, ev);
	} while (ev != JSCAN_END);
	jscan_clear(&js);
	free(ps.copy);
	return buf_take(&out);
}

static const struct {
	const char *text, *events, *defects;
} cases[] = {
	{ "{}", "{ } $", "" },
	{ " [ ] ", "[ ] $", "" },
	{ "\"a\"", "'a' $", "" },
	{ "0", "0 $", "" },
	{ "{\"a\":1,\"b\":[true,false,null,\"x\"],\"c\":{\"d\":-7}}",
	    "{ a: 1 b: [ true false null 'x' ] c: { d: -7 } } $", "" },
	/* numbers */
	{ "[0,-0,10,1.0,1e3,1.5e1,100e-2,12345678901234567]",
	    "[ 0 0 10 1 1000 15 1 9007199254740991! ] $", "" },
	{ "[1.5,-1.5,0.1,1e-3]", "[ 1~ -1~ 0~ 0~ ] $", "" },
	{ "[9007199254740991,9007199254740992,-9007199254740993]",
	    "[ 9007199254740991 9007199254740991! -9007199254740991! ] $", "" },
	{ "[1e30,1e400,-1e4000,1e-4000,0e4000]",
	    "[ 9007199254740991! 9007199254740991! -9007199254740991! 0~ 0 ] $",
	    "" },
	{ "[1000000000000000000000000000000]", "[ 9007199254740991! ] $", "" },
	{ "[007,+1,.5,1.,1e,1e+,1x]", "[ 7 1 0~ 1 1 1 1 ] $", "json-number" },
	{ "[NaN,Infinity,-Infinity,-nan]",
	    "[ 0 9007199254740991! -9007199254740991! 0 ] $", "json-nan" },
	{ "[-,--1,-.]", "[ null null null ] $", "json-stray" },
	/* words */
	{ "[True,FALSE,None,nil,undefined]", "[ true false null null null ] $",
	    "json-word" },
	{ "[treu]", "[ null ] $", "json-word" },
	/* texts */
	{ "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\"]", "[ '\"\\/\b\f\n\r\tA' ] $",
	    "" },
	{ "[\"\\ud83d\\ude00 \\u00e9 \xc3\xa9\"]",
	    "[ '\xf0\x9f\x98\x80 \xc3\xa9 \xc3\xa9' ] $", "" },
	{ "[\"\\ud83d\"]", "[ '\xef\xbf\xbd' ] $", "json-surrogate" },
	{ "[\"\\ud83dx\"]", "[ '\xef\xbf\xbdx' ] $", "json-surrogate" },
	{ "[\"\\ud83d\\n\"]", "[ '\xef\xbf\xbd\n' ] $", "json-surrogate" },
	{ "[\"\\ud83d\\u0041\"]",
	    "[ '\xef\xbf\xbd"
	    "A' ] $",
	    "json-surrogate" },
	{ "[\"\\ud83d\\ud83d\\ude00\"]", "[ '\xef\xbf\xbd\xf0\x9f\x98\x80' ] $",
	    "json-surrogate" },
	{ "[\"\\ude00\"]", "[ '\xef\xbf\xbd' ] $", "json-surrogate" },
	{ "[\"a\\u0000b\"]",
	    "[ 'a\xef\xbf\xbd"
	    "b' ] $",
	    "json-nul" },
	{ "[\"\\ufffe\"]", "[ '\xef\xbf\xbe' ] $", "json-nonchar" },
	{ "[\"\xef\xb7\x90\"]", "[ '\xef\xb7\x90' ] $", "json-nonchar" },
	{ "[\"M\xfcller\"]", "[ 'M\xef\xbf\xbdller' ] $", "json-utf8" },
	{ "[\"\xc0\xaf\"]", "[ '\xef\xbf\xbd\xef\xbf\xbd' ] $", "json-utf8" },
	{ "[\"\xed\xa0\x80\"]", "[ '\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd' ] $",
	    "json-utf8" },
	{ "[\"\xe2\x82\"]", "[ '\xef\xbf\xbd' ] $", "json-utf8" },
	{ "[\"a\nb\tc\"]", "[ 'a\nb\tc' ] $", "json-control" },
	{ "[\"\\x\\'\\u12\"]", "[ 'x'\xef\xbf\xbd' ] $", "json-escape" },
	{ "['it\"s']", "[ 'it\"s' ] $", "json-quote" },
	/* structure */
	{ "\xef\xbb\xbf{}", "{ } $", "json-bom" },
	{ "{} x", "{ } $", "json-trailing" },
	{ "{}{}", "{ } $", "json-trailing" },
	{ "", "$", "json-empty" },
	{ " \n", "$", "json-empty" },
	{ "{a:1,b-c:2}", "{ a: 1 b-c: 2 } $", "json-key" },
	{ "{\"a\":1,}", "{ a: 1 } $", "json-comma" },
	{ "{,\"a\":1}", "{ a: 1 } $", "json-comma" },
	{ "{\"a\":1 \"b\":2}", "{ a: 1 b: 2 } $", "json-comma" },
	{ "[1,,2]", "[ 1 2 ] $", "json-comma" },
	{ "[1 2]", "[ 1 2 ] $", "json-comma" },
	{ "[1,]", "[ 1 ] $", "json-comma" },
	{ "{\"a\" 1}", "{ a: 1 } $", "json-colon" },
	{ "{\"a\":}", "{ a: null } $", "json-value" },
	{ "{\"a\":,\"b\":2}", "{ a: null b: 2 } $", "json-value" },
	{ "{\"a\"}", "{ a: null } $", "json-colon json-value" },
	{ "{\"a\":[1}", "{ a: [ 1 ] } $", "json-bracket json-truncated" },
	{ "[1}", "[ 1 ] $", "json-bracket" },
	{ "{]", "{ } $", "json-bracket" },
	{ "{/* x */\"a\"://y\n1}", "{ a: 1 } $", "json-comment" },
	{ "{\"a\":1,\"b\":2,\"a\":3}", "{ a: 1 b: 2 a: 3 } $",
	    "json-duplicate" },
	{ "{\"a\":{\"a\":1},\"A\":2}", "{ a: { a: 1 } A: 2 } $", "" },
	{ "{\"a\":@1}", "{ a: null 1: null } $",
	    "json-stray json-comma json-key json-colon json-value" },
	/* cut */
	{ "{", "{ } $", "json-truncated" },
	{ "{\"a", "{ a: null } $", "json-truncated" },
	{ "{\"a\"", "{ a: null } $", "json-truncated" },
	{ "{\"a\":", "{ a: null } $", "json-truncated" },
	{ "{\"a\":\"b", "{ a: 'b' } $", "json-truncated" },
	{ "{\"a\":[{\"b\":12", "{ a: [ { b: 12 } ] } $", "json-truncated" },
	{ "{\"a\":tr", "{ a: null } $", "json-word json-truncated" },
	{ "[\"\\", "[ '' ] $", "json-truncated" },
	{ "[\"\\ud83d", "[ '\xef\xbf\xbd' ] $",
	    "json-surrogate json-truncated" },
	{ "[/*", "[ ] $", "json-comment json-truncated" },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = strlen(cases[i].text);
		struct defects d;
		struct buf names;
		char *got = events(cases[i].text, n, 0, &d), *pieced;

		is_str(got, cases[i].events, "case %zu: %s", i, cases[i].text);
		buf_init(&names, 4096);
		defects_write_names(&d, &names);
		is_str(buf_str(&names), cases[i].defects, "its defects");
		for (size_t size = 1; size <= 3; size++) {
			pieced = events(cases[i].text, n, size, &d);
			is_str(pieced, got, "the same in pieces of %zu", size);
			free(pieced);
			buf_reset(&names);
			defects_write_names(&d, &names);
			is_str(buf_str(&names), cases[i].defects,
			    "and its defects");
		}
		buf_clear(&names);
		free(got);
	}
}

static void
test_places(void)
{
	static const char text[] =
	    "{\"policies\":[{},{\"policy\":{\"mx-host\":[\"a\",\"\xff\"]}}]}";
	struct defects d;
	char *got = events(text, strlen(text), 0, &d);

	is_int(d.kinds, 1, "one kind of defect");
	is_int(d.count[DEFECT_JSON_UTF8], 1, "once");
	is_str(d.first[DEFECT_JSON_UTF8].path, "policies[1].policy.mx-host[1]",
	    "its path");
	is_int(d.first[DEFECT_JSON_UTF8].offset,
	    (int)(strchr(text, '\xff') - text) + 1, "its offset");
	free(got);
}

/* A text of prefix, n times unit, and suffix. */
static char *
repeat(const char *prefix, const char *unit, size_t n, const char *suffix,
    size_t *len)
{
	struct buf b;

	buf_init(&b, (size_t)1 << 26);
	buf_puts(&b, prefix);
	for (size_t i = 0; i < n; i++)
		buf_puts(&b, unit);
	buf_puts(&b, suffix);
	*len = b.len;
	return buf_take(&b);
}

static void
test_limit(const char *name, char *text, size_t n, enum defect want)
{
	struct timespec a, b;
	struct defects d;
	double ms;
	char *got;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	got = events(text, n, 0, &d);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	ms = (double)(b.tv_sec - a.tv_sec) * 1e3 +
	    (double)(b.tv_nsec - a.tv_nsec) / 1e6;
	ok(defects_has(&d, want), "%s: %s", name, defect_name(want));
	ok(got[strlen(got) - 1] == '$', "%s ends", name);
	diag("%s: %zu octets, %.1f ms", name, n, ms);
	free(got);
	free(text);
}

static void
test_limits(void)
{
	struct defects d;
	char *text, *got;
	size_t n;

	text = repeat("", "[", 20000, "", &n);
	test_limit("nested 20,000 deep", text, n, DEFECT_JSON_DEEP);
	text = repeat("", "{\"a\":", 20000, "", &n);
	test_limit("objects 20,000 deep", text, n, DEFECT_JSON_DEEP);
	text = repeat("", "[", JSCAN_DEPTH_MAX, "", &n);
	got = events(text, n, 0, &d);
	ok(!defects_has(&d, DEFECT_JSON_DEEP), "%d deep is fine",
	    JSCAN_DEPTH_MAX);
	free(got);
	free(text);

	text = repeat("[", "@,", 100000, "]", &n);
	test_limit("rubbish", text, n, DEFECT_JSON_HOPELESS);
	text = repeat("{\"a\":\"", "\xff", 100000, "\"}", &n);
	test_limit("8-bit rubbish", text, n, DEFECT_JSON_HOPELESS);
	text = repeat("{", "'a'0", JSCAN_FAULTS_MAX, "", &n);
	test_limit("the last fault at a key", text, n, DEFECT_JSON_HOPELESS);
	text = repeat("[0", " 0", JSCAN_FAULTS_MAX + 1, "", &n);
	test_limit("the last fault at a value", text, n, DEFECT_JSON_HOPELESS);
	text = repeat("[\"", "x", (size_t)50 << 20, "\"]", &n);
	test_limit("a line of 50 MB", text, n, DEFECT_JSON_LONG);

	text = repeat("[\"", "\xc3\xa9", JSCAN_TEXT_MAX, "\",7]", &n);
	got = events(text, n, 0, &d);
	ok(defects_has(&d, DEFECT_JSON_LONG_TEXT), "a long text is noted");
	is_int(strlen(got), JSCAN_TEXT_MAX + strlen("[ '' 7 ] $"),
	    "and cut, and the scan goes on");
	free(got);
	free(text);
	text = repeat("[\"a", "\xc3\xa9", JSCAN_TEXT_MAX, "\"]", &n);
	got = events(text, n, 0, &d);
	is_int(strlen(got), JSCAN_TEXT_MAX - 1 + strlen("[ '' ] $"),
	    "never within a character");
	free(got);
	free(text);
}

static void
test_many_keys(void)
{
	struct defects d;
	struct buf b;
	char *got;

	buf_init(&b, 1 << 20);
	buf_puts(&b, "{");
	for (int i = 0; i < JSCAN_KEYS_MAX + 2; i++)
		buf_printf(&b, "%s\"k%d\":0", i > 0 ? "," : "", i);
	buf_puts(&b, "}");
	got = events(b.data, b.len, 0, &d);
	is_int(d.kinds, 1, "one kind of defect");
	ok(defects_has(&d, DEFECT_JSON_MANY_KEYS), "very many keys");
	free(got);
	buf_clear(&b);
}

static void
test_skip(void)
{
	static const char text[] = "{\"a\":{\"b\":[1,{\"c\":2}]},\"d\":3}";
	struct defects d;
	struct jscan js;

	defects_init(&d);
	jscan_init(&js);
	jscan_begin(&js, text, strlen(text), &d);
	is_int(jscan_next(&js), JSCAN_BEGIN_OBJECT, "object");
	is_int(jscan_next(&js), JSCAN_KEY, "a");
	jscan_skip(&js, jscan_next(&js));
	is_int(jscan_next(&js), JSCAN_KEY, "what follows the value");
	is_mem(js.text, "d", 1, "is d");
	jscan_skip(&js, jscan_next(&js));
	is_int(jscan_next(&js), JSCAN_END_OBJECT, "a number is passed over");
	is_int(jscan_next(&js), JSCAN_END, "the end");
	is_int(jscan_next(&js), JSCAN_END, "for ever");
	jscan_clear(&js);
}

int
main(void)
{
	test_cases();
	test_places();
	test_limits();
	test_many_keys();
	test_skip();
	return done_testing();
}
