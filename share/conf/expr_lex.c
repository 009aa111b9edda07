/* expr_lex: the words of an expression - see expr_lex.h */
#include "config.h"

#include "share/conf/expr_lex.h"

#include "share/base/text.h"
#include "share/base/xmem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NAME_CHARS                   \
	"abcdefghijklmnopqrstuvwxyz" \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
#define DIGITS "0123456789"

static const struct {
	const char *text;
	enum expr_word word;
} marks[] = {
	/* the longer ones first */
	{ "&&", EXPR_W_AND },
	{ "||", EXPR_W_OR },
	{ "==", EXPR_W_EQ },
	{ "!=", EXPR_W_NE },
	{ "<=", EXPR_W_LE },
	{ ">=", EXPR_W_GE },
	{ "<", EXPR_W_LT },
	{ ">", EXPR_W_GT },
	{ "!", EXPR_W_NOT },
	{ "(", EXPR_W_OPEN },
	{ ")", EXPR_W_CLOSE },
	{ "[", EXPR_W_LIST },
	{ "]", EXPR_W_LIST_END },
	{ ",", EXPR_W_COMMA },
};

void
expr_lex_init(struct expr_lex *l, const char *source)
{
	*l = (struct expr_lex){ .source = source };
}

void
expr_lex_clear(struct expr_lex *l)
{
	free(l->string);
	l->string = NULL;
}

char *
expr_lex_take(struct expr_lex *l)
{
	char *s = l->string;

	l->string = NULL;
	return s;
}

static int
lex_string(struct expr_lex *l, const char *p, struct err *e)
{
	char quote = *p;
	char *out = xmalloc(strlen(p));
	size_t n = 0;
	const char *s = p + 1;

	for (; *s != '\0' && *s != quote; s++) {
		if (*s == '\\' && (s[1] == '\\' || s[1] == '\'' || s[1] == '"'))
			s++;
		out[n++] = *s;
	}
	out[n] = '\0';
	if (*s == '\0') {
		free(out);
		return err_set(e, ERR_SYNTAX, "string without its end (%c)",
		    quote);
	}
	l->word = EXPR_W_STRING;
	l->string = out;
	l->len = (size_t)(s - p) + 1;
	return 0;
}

static int
lex_number(struct expr_lex *l, const char *p, struct err *e)
{
	char *end;

	errno = 0;
	l->number = strtoll(p, &end, 10);
	if (errno != 0)
		return err_set(e, ERR_SYNTAX, "number too large");
	if (*end == '.' || strspn(end, NAME_CHARS) > 0)
		return err_set(e, ERR_SYNTAX, "not a whole number");
	l->word = EXPR_W_NUMBER;
	l->len = (size_t)(end - p);
	return 0;
}

static int
lex_mark(struct expr_lex *l, const char *p, struct err *e)
{
	char shown[8];

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (strncmp(p, marks[i].text, strlen(marks[i].text)) == 0) {
			l->word = marks[i].word;
			l->len = strlen(marks[i].text);
			return 0;
		}
	if (*p == '=' || *p == '&' || *p == '|')
		return err_set(e, ERR_SYNTAX,
		    "unexpected \"%c\" (did you mean \"%c%c\"?)", *p, *p, *p);
	return err_set(e, ERR_SYNTAX, "unexpected \"%s\"",
	    text_escape(shown, sizeof(shown), p, 1));
}

int
expr_lex_next(struct expr_lex *l, struct err *e)
{
	const char *p;
	int rc = 0;

	expr_lex_clear(l);
	l->at = l->next + strspn(l->source + l->next, " \t\r\n");
	l->len = 0;
	p = l->source + l->at;
	if (*p == '\0') {
		l->word = EXPR_W_END;
	} else if (*p == '\'' || *p == '"') {
		rc = lex_string(l, p, e);
	} else if (strspn(p + (*p == '-'), DIGITS) > 0) {
		rc = lex_number(l, p, e);
	} else if ((l->len = strspn(p, NAME_CHARS)) > 0) {
		l->word = EXPR_W_NAME;
	} else {
		rc = lex_mark(l, p, e);
	}
	l->next = l->at + l->len;
	return rc;
}
