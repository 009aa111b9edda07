/* Tests of share/conf/expr.h. */
#include "config.h"

#include "share/conf/expr.h"
#include "share/base/buf.h"
#include "t/unit/tap.h"

#include <stdlib.h>

static const struct expr_vars message = { .value = {
					      [EXPR_RCPT] = "a@Bank.example",
					      [EXPR_RCPT_DOMAIN] =
						  "bank.example",
					      [EXPR_SENDER] = "",
					      [EXPR_SENDER_DOMAIN] =
						  "Our.Example",
					      [EXPR_AUTHENTICATED_AS] = "jane",
					      [EXPR_REMOTE_IP] = "127.0.0.1",
					      [EXPR_QUEUE_ID] = "4F",
					      [EXPR_RETRY_NUM] = "3",
					  } };

static const char *
truth(const char *source, const struct expr_vars *vars)
{
	static const char *const names[] = { "false", "true", "unknown" };
	struct err e;
	size_t column;
	struct expr *x = expr_parse(source, &column, &e);
	enum expr_truth t;

	if (x == NULL) {
		diag("%s: %zu: %s", source, column, e.text);
		return "mistake";
	}
	t = expr_eval(x, vars);
	expr_free(x);
	return names[t];
}

static void
test_values(void)
{
	static const struct {
		const char *source, *want;
	} cases[] = {
		{ "true", "true" },
		{ "!true", "false" },
		{ "!!true", "true" },
		{ "rcpt_domain == 'bank.example'", "true" },
		{ "rcpt_domain == \"BANK.example\"", "true" },
		{ "'bank.example' != rcpt_domain", "false" },
		{ "rcpt == 'a@bank.example'", "true" },
		{ "sender == ''", "true" },
		{ "sender != ''", "false" },
		{ "sender_domain == 'our.example' && retry_num >= 3", "true" },
		{ "retry_num > 3 || retry_num < 3", "false" },
		{ "retry_num <= 3 && retry_num == 3 && retry_num != 4",
		    "true" },
		{ "retry_num > -1", "true" },
		{ "retry_num in [1, 2, 3]", "true" },
		{ "retry_num in [1, 2]", "false" },
		{ "rcpt_domain in ['x', 'Bank.Example',]", "true" },
		{ "rcpt_domain in []", "false" },
		{ "contains(['x', 'bank.example'], rcpt_domain)", "true" },
		{ "contains([1, 3], retry_num)", "true" },
		{ "contains(rcpt_domain, 'K.EX')", "true" },
		{ "contains(rcpt_domain, '')", "true" },
		{ "contains(rcpt_domain, 'bank.example.')", "false" },
		{ "starts_with(rcpt_domain, 'BANK')", "true" },
		{ "starts_with('ba', rcpt_domain)", "false" },
		{ "ends_with(rcpt_domain, '.EXAMPLE')", "true" },
		{ "ends_with(rcpt_domain, 'x.bank.example')", "false" },
		{ "matches(rcpt_domain, '^b[a-z]+\\.EX')", "true" },
		{ "matches(rcpt_domain, '^b.*\\\\.ex')", "true" },
		{ "matches('bankxexample', '^bank\\.example$')", "false" },
		{ "matches(rcpt_domain, '^[0-9]{1,3}$')", "false" },
		{ "matches(rcpt_domain, '^([a-z0-9-]+\\.)+(org|example)$')",
		    "true" },
		{ "matches('[+++++++++++++++]', '^[][+]+$')", "true" },
		{ "false || false || true && true", "true" },
		{ "true || false && false", "true" },
		{ "(true || false) && false", "false" },
		{ "!(rcpt_domain == 'x') && true == (!false)", "true" },
		{ "'it\\'s' == \"it's\"", "true" },
		{ "'a\\\\b' == 'a\\b'", "true" },
		{ "rcpt_domain=='bank.example'&&!false", "true" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		is_str(truth(cases[i].source, &message), cases[i].want, "%s",
		    cases[i].source);
}

/* What the asker cannot know makes the whole expression unknown. */
static void
test_unknown(void)
{
	static const struct expr_vars lookup = { .value = {
						     [EXPR_RCPT_DOMAIN] =
							 "bank.example",
						 } };
	static const struct expr_vars odd = { .value = {
						  [EXPR_RCPT_DOMAIN] =
						      "bank.example",
						  [EXPR_RETRY_NUM] = "many",
					      } };
	static const char *const sources[] = {
		"sender == 'x'",
		"sender != 'x'",
		"!(sender == 'x')",
		"!(sender != 'x')",
		"rcpt_domain == 'bank.example' || sender == 'x'",
		"rcpt_domain == 'x' && sender == 'x'",
		"!contains(mx, 'x')",
		"retry_num > 1",
		"last_error in ['x']",
		"matches(queue_id, '.')",
	};

	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++)
		is_str(truth(sources[i], &lookup), "unknown", "to a lookup: %s",
		    sources[i]);
	is_str(truth("rcpt_domain == 'bank.example'", &lookup), "true",
	    "a lookup knows the domain");
	is_str(truth("retry_num > 1", &odd), "unknown",
	    "a number that is none is unknown");
	is_str(truth("!(retry_num > 1)", &odd), "unknown",
	    "... also when negated");
}

static void
mistake(const char *source, size_t want, const char *part)
{
	struct err e;
	size_t column = 0;
	struct expr *x;

	err_clear(&e);
	x = expr_parse(source, &column, &e);
	ok(x == NULL, "refused: %.60s", source);
	is_int(column, want, "... at its place");
	has_str(e.text, part, "... and says why");
	expr_free(x);
}

static void
test_mistakes(void)
{
	mistake("", 1, "expected a constant, not the end");
	mistake("rcpt_domain", 1, "a rule takes true or false, not a string");
	mistake("  'x'", 3, "a rule takes true or false");
	mistake("rcpt_domian == 'x'", 1, "did you mean \"rcpt_domain\"?");
	mistake("rcpt_domain = 'x'", 13, "did you mean \"==\"?");
	mistake("true & true", 6, "did you mean \"&&\"?");
	mistake("rcpt_domain == x", 16, "unknown variable \"x\"");
	mistake("rcpt_domain == 'x", 16, "string without its end");
	mistake("rcpt_domain == 5", 16, "takes a string, not a number");
	mistake("retry_num < '5'", 13, "takes a number, not a string");
	mistake("rcpt < 'x'", 1, "takes a number, not a string");
	mistake("begins_with(rcpt, 'x')", 1, "unknown function");
	mistake("start_with(rcpt, 'x')", 1, "did you mean \"starts_with\"?");
	mistake("starts_with(rcpt)", 17, "expected \",\", not \")\"");
	mistake("starts_with(rcpt, 1)", 19, "takes a string, not a number");
	mistake("matches(rcpt, '[')", 15, "regex: ");
	mistake("matches(rcpt, '(a)\\1')", 15, "back-references");
	mistake("matches(rcpt, '(a{9,99}){1,99}')", 15, "repetitions");
	mistake("matches(rcpt, 'a+++++++')", 15, "nested too deeply");
	mistake("matches(rcpt, '((((((x|a+)*b|c)+)?d)*)+')", 15,
	    "nested too deeply");
	mistake("matches(rcpt, '((((((ab){9}c)+de)+)+f)+)x')", 15,
	    "nested too deeply");
	mistake("matches(rcpt, '([^]]|[[:alpha:]]{1,999})+')", 15,
	    "repetitions");
	mistake("matches(rcpt, '(a{500,})+b')", 15, "repetitions");
	mistake("matches(rcpt, 'a{99999999999999999999}')", 15, "repetitions");
	mistake("matches(rcpt, sender)", 15, "string constant");
	mistake("['a'] == ['a']", 1, "a list is compared by \"in\"");
	mistake("rcpt in 'x'", 9, "takes a list of strings");
	mistake("rcpt in [1]", 9, "takes a list of strings");
	mistake("rcpt in ['a', 1]", 15, "takes a string, not a number");
	mistake("rcpt in ['a' 'b']", 14, "expected \",\" or \"]\"");
	mistake("rcpt in ['a'", 13, "not the end");
	mistake("(true", 6, "expected \")\", not the end");
	mistake("true true", 6, "expected an operator or the end");
	mistake("true && 'x'", 9, "takes true or false");
	mistake("!rcpt", 2, "\"!\" takes true or false");
	mistake("retry_num == 1.5", 14, "not a whole number");
	mistake("retry_num == 99999999999999999999", 14, "too large");
	mistake("rcpt == 'x' # no", 13, "unexpected \"#\"");
	mistake("rcpt == 'x' ; no", 13, "unexpected \";\"");
}

/* n times a, then middle, then n times b. */
static void
nested(struct buf *out, size_t n, const char *a, const char *middle,
    const char *b)
{
	buf_reset(out);
	for (size_t i = 0; i < n; i++)
		buf_puts(out, a);
	buf_puts(out, middle);
	for (size_t i = 0; i < n; i++)
		buf_puts(out, b);
}

static void
refused(const struct buf *b, const char *part)
{
	struct err e;
	size_t column;
	struct expr *x;

	err_clear(&e);
	x = expr_parse(buf_str(b), &column, &e);
	ok(x == NULL && e.code == ERR_LIMIT, "refused: %s", part);
	has_str(e.text, part, "... and says so");
	expr_free(x);
}

static void
test_limits(void)
{
	char subject[EXPR_SUBJECT_MAX + 2];
	struct expr_vars vars = { .value = { [EXPR_RCPT] = subject } };
	struct buf b;

	buf_init(&b, 1 << 20);
	nested(&b, 50, "(", "true", ")");
	is_str(truth(buf_str(&b), &message), "true", "50 parentheses");
	nested(&b, 100, "(", "true", ")");
	refused(&b, "nested too deeply");
	nested(&b, 100, "!", "true", "");
	refused(&b, "nested too deeply");
	nested(&b, 100, "contains(", "'x'", ",'x')");
	refused(&b, "nested too deeply");
	nested(&b, 1000, "true && ", "true", "");
	is_str(truth(buf_str(&b), &message), "true", "1000 conjunctions");
	nested(&b, 1100, "true || ", "true", "");
	refused(&b, "expression of more than");
	nested(&b, 4000, "true && ", "true", "");
	refused(&b, "expression longer than");
	buf_reset(&b);
	buf_puts(&b, "matches(rcpt, '");
	for (size_t i = 0; i <= EXPR_REGEX_MAX; i++)
		buf_puts(&b, "a");
	buf_puts(&b, "')");
	refused(&b, "regex longer than");
	buf_clear(&b);

	memset(subject, 'a', sizeof(subject));
	subject[EXPR_SUBJECT_MAX] = '\0';
	is_str(truth("matches(rcpt, 'a$')", &vars), "true", "long subject");
	subject[EXPR_SUBJECT_MAX] = 'a';
	subject[EXPR_SUBJECT_MAX + 1] = '\0';
	is_str(truth("matches(rcpt, 'a$')", &vars), "unknown",
	    "a longer subject is not judged");
}

static void
test_reads(void)
{
	struct err e;
	size_t column;
	struct expr *x =
	    expr_parse("rcpt_domain == 'x' || sender in ['a'] || sender == 'b'",
		&column, &e);

	if (!ok(x != NULL, "parsed"))
		return;
	is_int(expr_reads(x), 1u << EXPR_RCPT_DOMAIN | 1u << EXPR_SENDER,
	    "it reads two variables");
	expr_free(x);
	is_str(expr_var_name(EXPR_AUTHENTICATED_AS), "authenticated_as",
	    "a variable's name");
}

static void
constant(const char *text, const char *want)
{
	struct err e;
	char *s = expr_constant_string(text, "mx.example.org", &e);

	is_str(s, want, "constant: %s", text);
	free(s);
}

static void
list(const char *text, size_t want, const char *first)
{
	struct err e;
	char **items;
	size_t n;
	int rc = expr_constant_list(text, &items, &n, &e);

	if (!is_int(rc, want == 0 ? -1 : 0, "list: %s", text) || rc == -1)
		return;
	is_int(n, want, "... its length");
	is_str(items[0], first, "... its first item");
	while (n > 0)
		free(items[--n]);
	free(items);
}

static void
test_constants(void)
{
	constant("'x y'", "x y");
	constant(" 'it\\'s' ", "it's");
	constant("plain", "plain");
	constant("it's", "it's");
	constant("'a' and 'b'", "'a' and 'b'");
	constant("'open", "'open");
	constant("", "");
	constant("key_get('default', 'hostname')", "mx.example.org");
	constant("key_get( \"default\",'hostname' )", "mx.example.org");
	constant("key_get('default', 'other')", NULL);
	constant("key_getter", "key_getter");
	list("['rsa']", 1, "rsa");
	list("['rsa', \"ed\", ]", 2, "rsa");
	list("'rsa'", 1, "rsa");
	list("[rsa]", 0, NULL);
	list("['rsa' 'ed']", 0, NULL);
	list("['rsa'", 0, NULL);
	list("['rsa'] x", 0, NULL);
	list("rsa", 0, NULL);
}

int
main(void)
{
	test_values();
	test_unknown();
	test_mistakes();
	test_limits();
	test_reads();
	test_constants();
	return done_testing();
}
