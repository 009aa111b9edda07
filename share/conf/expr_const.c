/* expr_const: settings that are expression constants - see expr.h */
#include "config.h"

#include "share/conf/expr_lex.h"
#include "share/conf/expr_node.h"

#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>

#define LIST_MAX 1024

/* The next word is of this kind. */
static int
word_is(struct expr_lex *l, enum expr_word word)
{
	struct err e;

	return expr_lex_next(l, &e) == 0 && l->word == word;
}

/* "'x'" and nothing else: gives x, else NULL. */
static char *
lone_string(const char *text)
{
	struct expr_lex l;
	char *s = NULL;

	expr_lex_init(&l, text);
	if (text[strspn(text, " \t")] == '\'' && word_is(&l, EXPR_W_STRING)) {
		s = expr_lex_take(&l);
		if (!word_is(&l, EXPR_W_END)) {
			free(s);
			s = NULL;
		}
	}
	expr_lex_clear(&l);
	return s;
}

/* Whether text is key_get('default', 'hostname'). */
static int
asks_hostname(const char *text)
{
	struct expr_lex l;
	int yes;

	expr_lex_init(&l, text);
	yes = word_is(&l, EXPR_W_NAME) && word_is(&l, EXPR_W_OPEN) &&
	    word_is(&l, EXPR_W_STRING) && strcmp(l.string, "default") == 0 &&
	    word_is(&l, EXPR_W_COMMA) && word_is(&l, EXPR_W_STRING) &&
	    strcmp(l.string, "hostname") == 0 && word_is(&l, EXPR_W_CLOSE) &&
	    word_is(&l, EXPR_W_END);
	expr_lex_clear(&l);
	return yes;
}

char *
expr_constant_string(const char *text, const char *hostname, struct err *e)
{
	char *s = lone_string(text);

	if (s != NULL)
		return s;
	if (strncmp(text, "key_get", 7) != 0 ||
	    text[7 + strspn(text + 7, " \t")] != '(')
		return xstrdup(text);
	if (asks_hostname(text))
		return xstrdup(hostname);
	(void)err_set(e, ERR_SYNTAX,
	    "only key_get('default', 'hostname') is known");
	return NULL;
}

static int
list_items(struct expr_lex *l, char ***list, size_t *n, struct err *e)
{
	while (l->word != EXPR_W_LIST_END) {
		if (l->word != EXPR_W_STRING)
			return err_set(e, ERR_SYNTAX,
			    "expected a string constant like 'x' in the list");
		if (*n == LIST_MAX)
			return err_set(e, ERR_LIMIT,
			    "list of more than %d items", LIST_MAX);
		*list = xreallocarray(*list, *n + 1, sizeof(**list));
		(*list)[(*n)++] = expr_lex_take(l);
		if (expr_lex_next(l, e) == -1)
			return -1;
		if (l->word == EXPR_W_COMMA) {
			if (expr_lex_next(l, e) == -1)
				return -1;
		} else if (l->word != EXPR_W_LIST_END) {
			return err_set(e, ERR_SYNTAX,
			    "expected \",\" or \"]\" in the list");
		}
	}
	if (expr_lex_next(l, e) == -1)
		return -1;
	if (l->word != EXPR_W_END)
		return err_set(e, ERR_SYNTAX, "text after the list");
	return 0;
}

int
expr_constant_list(const char *text, char ***list, size_t *n, struct err *e)
{
	struct expr_lex l;
	char *one = lone_string(text);
	int rc;

	*list = NULL;
	*n = 0;
	if (one != NULL) {
		*list = xcalloc(1, sizeof(**list));
		(*list)[(*n)++] = one;
		return 0;
	}
	expr_lex_init(&l, text);
	if (!word_is(&l, EXPR_W_LIST))
		rc = err_set(e, ERR_SYNTAX,
		    "expected a list of strings like ['x', 'y']");
	else
		rc = expr_lex_next(&l, e);
	if (rc == 0)
		rc = list_items(&l, list, n, e);
	expr_lex_clear(&l);
	if (rc == 0)
		return 0;
	while (*n > 0)
		free((*list)[--*n]);
	free(*list);
	*list = NULL;
	return -1;
}
