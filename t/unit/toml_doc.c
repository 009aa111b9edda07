/* Tests of share/conf/toml_doc.h. */
#include "config.h"

#include "share/conf/toml_doc.h"
#include "share/base/buf.h"
#include "t/unit/tap.h"

#include <stdlib.h>

static struct toml_doc_node *
parse(const char *text)
{
	struct toml_doc_place where;
	struct err e;
	struct toml_doc_node *doc =
	    toml_doc_parse(text, strlen(text), &where, &e);

	if (!ok(doc != NULL, "parsed"))
		diag("%u:%u: %s", where.line, where.column, e.text);
	return doc;
}

static void
test_tree(void)
{
	struct toml_doc_node *doc = parse("# first\n"
					  "z = \"a\\tb\"\n"
					  "a = 'c:\\d' # plain\n"
					  "[s.t]\n"
					  "n = -5\n"
					  "  f = 1.5\n"
					  "b = true\n"
					  "l = [ 'x',\n"
					  "  { k = 2027-01-31 } ]\n"
					  "[[s.u]]\n"
					  "k = 1\n"
					  "[[s.u]]\n"
					  "k = 2027-01-31T12:00:00+01:00\n");
	const struct toml_doc_node *n, *s;

	if (doc == NULL)
		return;
	is_int(doc->nchildren, 3, "three keys at the top");
	is_str(doc->child[0].key, "z", "in the order of the text");
	is_str(doc->child[0].text, "a\tb", "an escape is resolved");
	ok(!doc->child[0].literal, "... so the text does not stand there");
	n = &doc->child[1];
	is_str(n->text, "c:\\d", "a literal string");
	ok(n->literal, "... stands there as it is");
	is_int(n->at.line, 3, "its line");
	is_int(n->at.column, 5, "its column");
	is_int(n->key_at.column, 1, "its key's column");
	s = toml_doc_get(doc, "s");
	ok(toml_doc_get(doc, "none") == NULL, "a key that is not there");
	n = toml_doc_get(s, "t");
	is_int(toml_doc_get(n, "n")->integer, -5, "an integer");
	is_int(toml_doc_get(n, "f")->type, TOML_DOC_FLOAT, "a float");
	is_int(toml_doc_get(n, "f")->key_at.column, 3, "an indented key");
	ok(toml_doc_get(n, "b")->boolean, "a boolean");
	n = toml_doc_get(n, "l");
	is_int(n->nchildren, 2, "a list over two lines");
	is_str(n->child[0].text, "x", "its string");
	is_int(n->child[1].at.line, 9, "the line of its table");
	is_str(toml_doc_get(&n->child[1], "k")->text, "2027-01-31", "a date");
	n = toml_doc_get(s, "u");
	is_int(n->type, TOML_DOC_ARRAY, "a list of tables");
	is_str(toml_doc_get(&n->child[1], "k")->text,
	    "2027-01-31T12:00:00+01:00", "a time");
	is_str(toml_doc_type_name(n->type), "a list", "a type's name");
	toml_doc_free(doc);
}

static void
refused(const char *text, size_t len, unsigned line, unsigned column)
{
	struct toml_doc_place where;
	struct err e;
	struct toml_doc_node *doc;

	err_clear(&e);
	doc = toml_doc_parse(text, len, &where, &e);
	ok(doc == NULL && e.text[0] != '\0', "refused: %.40s", text);
	diag("%u:%u: %s", where.line, where.column, e.text);
	is_int(where.line, line, "... its line");
	if (column != 0)
		is_int(where.column, column, "... its column");
	toml_doc_free(doc);
}

#define REFUSED(text, line, column) \
	refused(text, sizeof(text) - 1, line, column)

static void
test_syntax(void)
{
	REFUSED("a = 1\nb = = 2\n", 2, 5);
	REFUSED("a = 1\nb = 2\na = 3\n", 3, 0);
	REFUSED("[a]\nb = 1\n[a]\n", 3, 0);
	REFUSED("a = 99999999999999999999\n", 1, 0);
	REFUSED("a = \"open\nb = 1\n", 1, 0);
	REFUSED("a = \"\xff\"\n", 1, 0);
	REFUSED("a = 1\nb = \"x\\u0000y\"\n", 2, 5);
	REFUSED("a\0 = 1\n", 1, 0);
	REFUSED("\"k\\u0000\" = 1\n", 1, 1);
	REFUSED("[a]]]]}}}\nb = 1\n", 1, 0);
}

/* Nothing that is nested may use up the stack. */
static void
test_depth(void)
{
	struct buf b;
	struct toml_doc_node *doc;

	buf_init(&b, 1 << 21);
	buf_puts(&b, "a = ");
	for (int i = 0; i < 200000; i++)
		buf_puts(&b, "[");
	refused(buf_str(&b), b.len, 1, 4 + TOML_DOC_NEST_MAX + 1);
	buf_reset(&b);
	buf_puts(&b, "x = 1\na");
	for (int i = 0; i < 200000; i++)
		buf_puts(&b, ".a");
	buf_puts(&b, " = 1\n");
	refused(buf_str(&b), b.len, 2, 0);
	buf_reset(&b);
	buf_puts(&b, "x = '''\n'' \\'''\n[");
	for (int i = 0; i < 200000; i++)
		buf_puts(&b, "\"#\\\"'\" . ");
	buf_puts(&b, "a]\n");
	refused(buf_str(&b), b.len, 3, 0);
	buf_reset(&b);
	/* what only looks nested: strings and comments */
	buf_puts(&b, "# ");
	for (int i = 0; i < 1000; i++)
		buf_puts(&b, "[.");
	buf_puts(&b, "\na = \"\"\"\"x\"\" \\\"\"\"\\\n");
	for (int i = 0; i < 1000; i++)
		buf_puts(&b, "[.'");
	buf_puts(&b, "\"\"\"\"\"\nb = ['");
	for (int i = 0; i < 1000; i++)
		buf_puts(&b, "{.\"");
	buf_puts(&b, "']\n");
	for (int i = 0; i < 1000; i++)
		buf_printf(&b, "k%d = [1.5, { a.b = [] }]\n", i);
	doc = parse(buf_str(&b));
	if (doc != NULL)
		is_int(doc->nchildren, 1002, "long but shallow");
	toml_doc_free(doc);
	buf_clear(&b);
}

int
main(void)
{
	test_tree();
	test_syntax();
	test_depth();
	return done_testing();
}
