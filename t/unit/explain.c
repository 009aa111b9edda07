/* explain: which strategy and map, and what is printed for a decision */
#include "config.h"

#include "milter/explain.h"
#include "t/unit/tap.h"

#include <stdlib.h>

static const char toml[] =
    "[queue.strategy]\n"
    "tls = [\n"
    "  { if = \"sender_domain == 'bank.example'\", then = \"'strict'\" },\n"
    "  { if = \"rcpt_domain == 'soft.example'\", then = \"'soft'\" },\n"
    "  { if = \"sender == ''\", then = \"'soft'\" },\n"
    "  { else = \"'default'\" } ]\n"
    "[queue.tls.strict]\nmta-sts = \"require\"\n"
    "[queue.tls.soft]\nstarttls = \"optional\"\n";

static const char reply[] =
    "OK {\"schema\":1,\"domain\":\"soft.example\",\"strategy\":\"soft\","
    "\"mode\":\"observe\",\"decision\":{\"level\":\"secure\","
    "\"source\":\"mta-sts\",\"row\":4},\"unsatisfiable\":false,"
    "\"replies\":{\"postfix\":\"OK secure match=a.example "
    "servername=hostname\"},"
    "\"links\":[{\"name\":\"soft.example\",\"type\":\"MX\","
    "\"status\":\"insecure\",\"ttl\":300,\"data\":\"10 a.example\","
    "\"why\":\"not signed\"}],"
    "\"policy\":{\"id\":\"1\",\"mode\":\"enforce\",\"mx\":[\"a.example\"],"
    "\"max_age\":86400,\"expires\":\"2026-11-22T00:00:00Z\"},"
    "\"reason\":[\"because \\u001b[31m of it\"]}";

static void
test_choose(const struct conf *c)
{
	static const struct {
		const char *key, *sender, *strategy, *chosen, *map;
		size_t rule; /* 0: none */
	} rows[] = {
		{ "a.example", NULL, NULL, "default", "json", 4 },
		{ "soft.example", NULL, NULL, "soft", "json", 2 },
		{ "[soft.example]:587", NULL, NULL, "soft", "json", 2 },
		{ "SOFT.example.", NULL, NULL, "soft", "json", 2 },
		{ "soft.example", "x@bank.example", NULL, "strict",
		    "json/strict", 1 },
		{ "a.example", "x@other.example", NULL, "default",
		    "json/default", 4 },
		{ "a.example", "", NULL, "soft", "json/soft", 3 },
		{ "soft.example", NULL, "strict", "strict", "json/strict", 0 },
	};
	struct err e;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct explain x = { .domain = rows[i].key,
			.key = rows[i].key,
			.sender = rows[i].sender,
			.strategy = rows[i].strategy };
		char *map;

		is_int(explain_choose(&x, c, &e), 0, "%s chooses", rows[i].key);
		is_str(x.chosen->id, rows[i].chosen, "%s: strategy",
		    rows[i].key);
		is_int(x.rule < c->nrules ? x.rule + 1 : 0, rows[i].rule,
		    "%s: rule", rows[i].key);
		map = explain_map(&x);
		is_str(map, rows[i].map, "%s: map", rows[i].key);
		free(map);
	}
}

static void
test_unknown(const struct conf *c)
{
	struct explain x = { .domain = "a", .key = "a", .strategy = "nope" };
	struct err e;

	is_int(explain_choose(&x, c, &e), -1, "a strategy that is not there");
	is_int(e.code, ERR_NOENT, "NOENT");
	has_str(e.text, "[queue.tls.nope]", "names the table");
}

static char *
print(const struct explain *x, const struct conf *c)
{
	json_t *o = explain_parse(reply);
	char *text;
	size_t len;
	struct term t;

	setenv("COLUMNS", "80", 1);
	term_init(&t, open_memstream(&text, &len));
	explain_print(&t, x, c, o);
	fclose(t.out);
	json_decref(o);
	return text;
}

static void
test_print(const struct conf *c)
{
	struct explain x = { .domain = "soft.example", .key = "soft.example" };
	struct err e;
	char *text;

	ok(explain_choose(&x, c, &e) == 0, "a strategy is chosen");
	text = print(&x, c);
	has_str(text, "soft (rule 2 of 4: if rcpt_domain == 'soft.example')",
	    "which rule");
	has_str(text, "  insecure  MX     soft.example  ttl 300\n", "a link");
	has_str(text, "            10 a.example\n", "its data");
	has_str(text, "            not signed\n", "why");
	has_str(text, "  mx        a.example\n", "the policy");
	has_str(text, "  secure, required by mta-sts (row 4)\n", "who wins");
	has_str(text, "  - because \\x1b[31m of it\n", "reasons, made safe");
	has_str(text, "decided and counted, not", "observe mode is said");
	has_str(text,
	    "  postfix         OK secure match=a.example "
	    "servername=hostname\n",
	    "the exact reply");
	free(text);

	x.sender = "x@bank.example";
	ok(explain_choose(&x, c, &e) == 0, "by sender");
	text = print(&x, c);
	has_str(text, "the config read here chooses strict",
	    "a daemon of another config is told");
	free(text);
}

static void
test_parse(void)
{
	ok(explain_parse("NOTFOUND ") == NULL, "NOTFOUND is no object");
	ok(explain_parse("OK []") == NULL, "an array is none");
	ok(explain_parse("OK {") == NULL, "half a one is none");
	ok(explain_parse("TEMP {}") == NULL, "TEMP is none");
}

int
main(void)
{
	struct conf_mistakes mistakes = { NULL, 0 };
	struct conf *c =
	    conf_parse("t", toml, sizeof(toml) - 1, &mistakes, NULL);

	if (c == NULL) {
		diag("%s", mistakes.line[0]);
		return 1;
	}
	test_choose(c);
	test_unknown(c);
	test_print(c);
	test_parse();
	conf_unref(c);
	return done_testing();
}
