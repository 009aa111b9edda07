/* dkim: the tag lists of RFC 6376 section 3.2 */
#include "config.h"

#include "share/mail/dkim.h"
#include "t/unit/tap.h"

#include <stdio.h>

/* The list as "name=value|"; NULL: refused. */
static void
check(const char *text, const char *want, const char *name)
{
	struct dkim_tags tags;
	struct err e;
	char all[1000];
	size_t n = 0;

	err_clear(&e);
	is_int(dkim_tags_parse(text, strlen(text), &tags, &e),
	    want != NULL ? 0 : -1, "%s (%s)", name, e.text);
	if (want == NULL)
		return;
	all[0] = '\0';
	for (size_t i = 0; i < tags.n; i++)
		n += (size_t)snprintf(all + n, sizeof(all) - n, "%.*s=%.*s|",
		    (int)tags.tag[i].name_len, tags.tag[i].name,
		    (int)tags.tag[i].len, tags.tag[i].value);
	is_str(all, want, "%s: its tags", name);
}

static void
test_lists(void)
{
	check("a=b", "a=b|", "one tag");
	check("a=b;", "a=b|", "a last semicolon");
	check("a=b; ", "a=b|", "and a blank");
	check(" a = b ; c_1\r\n\t=\r\n d e\t;", "a=b|c_1=d e|", "white space");
	check("p=;k=rsa", "p=|k=rsa|", "an empty value");
	check("b=x==; c=d", "b=x==|c=d|", "= in a value");
	check("a=b;A=c", "a=b|A=c|", "case counts");
	check("n=gr\xc3\xbc\xc3\x9f"
	      "e",
	    "n=gr\xc3\xbc\xc3\x9f"
	    "e|",
	    "UTF-8 (RFC 8616)");
	check("", NULL, "nothing");
	check(";", NULL, "a semicolon");
	check("a=b;;c=d", NULL, "two of them");
	check("a=b;;", NULL, "two at the end");
	check("a", NULL, "no =");
	check("=b", NULL, "no name");
	check("1a=b", NULL, "a digit first");
	check("_a=b", NULL, "an underscore first");
	check("a-b=c", NULL, "a hyphen in a name");
	check("a b=c", NULL, "a blank in a name");
	check("a=b; a=c", NULL, "twice");
	check("a=b\x01", NULL, "a control character");
	check("a=b\x7f", NULL, "DEL");
}

static void
test_many(void)
{
	char text[DKIM_TAGS_MAX * 5 + 10];
	struct dkim_tags tags;
	struct err e;
	size_t n = 0;

	for (int i = 0; i < DKIM_TAGS_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "a%d=;", i);
	is_int(dkim_tags_parse(text, n, &tags, &e), 0, "as many as go");
	n += (size_t)snprintf(text + n, sizeof(text) - n, "b=");
	is_int(dkim_tags_parse(text, n, &tags, &e), -1, "one more");
	is_int(e.code, ERR_LIMIT, "is the limit");
}

static void
test_items(void)
{
	static const char text[] = "h= From :To\r\n :subject::; s=*; e=";
	static const char *const want[] = { "From", "To", "subject", "", "" };
	struct dkim_tags tags;
	const struct dkim_tag *t;
	const char *item;
	size_t pos = 0, len, i = 0;

	is_int(dkim_tags_parse(text, strlen(text), &tags, NULL), 0, "parse");
	t = dkim_tags_get(&tags, "h");
	ok(t != NULL, "h= is there");
	while (t != NULL && dkim_tag_item(t, &pos, &item, &len)) {
		ok(i < 5 && strlen(want[i]) == len &&
			memcmp(want[i], item, len) == 0,
		    "item %zu", i);
		i++;
	}
	is_int(i, 5, "five items");
	ok(dkim_tag_is(dkim_tags_get(&tags, "s"), "*"), "s= is *");
	ok(!dkim_tag_is(dkim_tags_get(&tags, "s"), "**"), "and not **");
	ok(dkim_tags_get(&tags, "x") == NULL, "x= is not there");
	pos = 0;
	ok(dkim_tag_item(dkim_tags_get(&tags, "e"), &pos, &item, &len) &&
		len == 0,
	    "an empty value has an empty item");
}

static void
test_names(void)
{
	enum dkim_algorithm a;

	ok(dkim_algorithm_parse("rsa-sha256", 10, &a) && a == DKIM_RSA_SHA256,
	    "rsa-sha256");
	ok(dkim_algorithm_parse("ed25519-sha256", 14, &a) &&
		a == DKIM_ED25519_SHA256,
	    "ed25519-sha256");
	ok(!dkim_algorithm_parse("rsa-sha1", 8, &a), "not rsa-sha1");
	ok(!dkim_algorithm_parse("rsa-sha256", 9, &a), "not a part of it");
	is_str(dkim_algorithm_name(DKIM_ED25519_SHA256), "ed25519-sha256",
	    "its name");
	is_str(dkim_canon_name(DKIM_SIMPLE), "simple", "simple");
	is_str(dkim_canon_name(DKIM_RELAXED), "relaxed", "relaxed");
}

int
main(void)
{
	test_lists();
	test_many();
	test_items();
	test_names();
	return done_testing();
}
