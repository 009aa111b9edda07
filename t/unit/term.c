/* term: filling, escaping, no colour without a terminal */
#include "config.h"

#include "share/app/term.h"
#include "t/unit/tap.h"

#include <stdlib.h>
#include <unistd.h>

static char *text;
static size_t len;

static void
start(struct term *t)
{
	term_init(t, open_memstream(&text, &len));
}

static void
check(struct term *t, const char *want, const char *name)
{
	fclose(t->out);
	is_str(text, want, "%s", name);
	free(text);
}

int
main(void)
{
	struct term t;

	setenv("COLUMNS", "40", 1);
	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");

	start(&t);
	is_int(t.width, 40, "COLUMNS where there is no terminal");
	ok(!t.colour, "no colour where there is no terminal");
	term_fill(&t, 4, "ab", "one two three four five six seven eight nine");
	check(&t,
	    "ab  one two three four five six seven\n"
	    "    eight nine\n",
	    "filled to 40 columns");

	start(&t);
	term_fill(&t, 2, "long", "text");
	check(&t, "long\n  text\n", "a label longer than the indent");

	start(&t);
	term_fill(&t, 2, "",
	    "a-word-that-is-much-longer-than-forty-columns-stays-whole b");
	check(&t,
	    "  a-word-that-is-much-longer-than-forty-columns-stays-whole\n"
	    "  b\n",
	    "a long word");

	start(&t);
	term_fill(&t, 2, "", "");
	check(&t, "  \n", "an empty text is a line");

	start(&t);
	term_print(&t, TERM_BAD, "%s", "a\033[31mb\n\xc3\xa9\\");
	check(&t, "a\\x1b[31mb\\x0a\\xc3\\xa9\\", "what steers a terminal");

	start(&t);
	t.colour = true;
	term_print(&t, TERM_BAD, "bad");
	term_print(&t, TERM_PLAIN, " plain");
	check(&t, "\033[31mbad\033[0m plain", "colour around the word alone");

	setenv("COLUMNS", "5", 1);
	start(&t);
	is_int(t.width, TERM_WIDTH_MIN, "never narrower than the least");
	check(&t, "", "nothing printed");
	setenv("COLUMNS", "100000", 1);
	start(&t);
	is_int(t.width, TERM_WIDTH_MAX, "never wider than the most");
	check(&t, "", "nothing printed");
	return done_testing();
}
