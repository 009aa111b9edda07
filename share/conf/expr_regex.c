/* expr_regex: regexes that cannot eat the machine - see expr_node.h */
#include "config.h"

#include "share/conf/expr_node.h"

#include "share/base/xmem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define NESTED_MAX 4

/*
 * The C library writes repetitions out: x{m,n} n times, x+ twice, nested ones
 * by their product; and repetitions of what may be empty take time that
 * grows exponentially with their nesting. This adds up what it would make of
 * a pattern; where that is no valid one, regcomp() refuses it anyway.
 */
struct group {
	size_t sum;    /* size without the last part */
	size_t last;   /* size of the last part, which repetitions multiply */
	size_t nested; /* repetitions within one another, but for it */
	size_t last_nested; /* ... in the last part */
};

struct size {
	const char *p;
	struct group open[EXPR_REGEX_MAX]; /* around the present one */
	size_t depth;
	struct group g;
};

static size_t
larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* A new last part of this size. */
static void
size_part(struct size *s, size_t n, size_t nested)
{
	s->g.sum += s->g.last;
	s->g.nested = larger(s->g.nested, s->g.last_nested);
	s->g.last = n;
	s->g.last_nested = nested;
}

/* At ")": the group is the last part of the one around it. */
static void
size_close(struct size *s)
{
	struct group g;

	size_part(s, 0, 0);
	if (s->depth == 0)
		return;
	g = s->g;
	s->g = s->open[--s->depth];
	size_part(s, g.sum + 1, g.nested);
}

/* The last part is repeated and so written n times. */
static void
size_repeat(struct size *s, size_t n)
{
	s->g.last *= n;
	s->g.last_nested++;
}

/* At "[": moves to the "]" that ends it. */
static void
size_bracket(struct size *s)
{
	s->p++;
	if (*s->p == '^')
		s->p++;
	if (*s->p == ']')
		s->p++;
	while (*s->p != '\0' && *s->p != ']') {
		if (s->p[0] == '[' && s->p[1] != '\0' &&
		    strchr(":=.", s->p[1]) != NULL) {
			char end[] = { s->p[1], ']', '\0' };
			const char *close = strstr(s->p + 2, end);

			/* without its end it stands for itself */
			if (close != NULL)
				s->p = close + 1;
		}
		s->p++;
	}
	if (*s->p == '\0')
		s->p--;
	size_part(s, 1, 0);
}

/* At "{": how often the part is written out; moves to the "}". */
static size_t
size_interval(struct size *s)
{
	size_t most = 1;

	while (isdigit((unsigned char)s->p[1]) || s->p[1] == ',') {
		unsigned long v = strtoul(s->p + 1, NULL, 10);

		if (s->p[1] == ',' && s->p[2] == '}')
			most++; /* x{m,} is m times x and x* */
		s->p++;
		if (v > most)
			most = v > EXPR_REPEAT_MAX ? EXPR_REPEAT_MAX + 1 : v;
	}
	return most;
}

static void
size_step(struct size *s)
{
	switch (*s->p) {
	case '\\':
		if (s->p[1] != '\0')
			s->p++;
		size_part(s, 1, 0);
		break;
	case '[':
		size_bracket(s);
		break;
	case '(':
		s->open[s->depth++] = s->g;
		s->g = (struct group){ .sum = 0 };
		break;
	case ')':
		size_close(s);
		break;
	case '{':
		size_repeat(s, size_interval(s));
		break;
	case '+':
		size_repeat(s, 2);
		break;
	case '*':
	case '?':
		size_repeat(s, 1);
		break;
	default:
		size_part(s, 1, 0);
		break;
	}
}

static int
regex_check(const char *pattern, struct err *e)
{
	struct size s = { .p = pattern };

	if (strlen(pattern) > EXPR_REGEX_MAX)
		return err_set(e, ERR_LIMIT, "regex longer than %d octets",
		    EXPR_REGEX_MAX);
	/* back-references make matching exponential */
	for (const char *p = pattern; *p != '\0'; p++) {
		if (*p != '\\' || p[1] == '\0')
			continue;
		p++;
		if (isdigit((unsigned char)*p))
			return err_set(e, ERR_LIMIT,
			    "back-references are not allowed");
	}
	for (; *s.p != '\0'; s.p++) {
		size_step(&s);
		if (s.g.last_nested > NESTED_MAX)
			return err_set(e, ERR_LIMIT,
			    "regex with repetitions nested too deeply");
		if (s.g.sum + s.g.last > EXPR_REPEAT_MAX)
			return err_set(e, ERR_LIMIT,
			    "regex of more than %d parts with its repetitions",
			    EXPR_REPEAT_MAX);
	}
	return 0;
}

regex_t *
expr_regex_new(const char *pattern, struct err *e)
{
	regex_t *r;
	char why[128];
	int rc;

	if (regex_check(pattern, e) == -1)
		return NULL;
	r = xcalloc(1, sizeof(*r));
	rc = regcomp(r, pattern, REG_EXTENDED | REG_ICASE | REG_NOSUB);
	if (rc == 0)
		return r;
	(void)regerror(rc, r, why, sizeof(why));
	free(r);
	(void)err_set(e, ERR_SYNTAX, "regex: %s", why);
	return NULL;
}

void
expr_regex_free(regex_t *r)
{
	if (r == NULL)
		return;
	regfree(r);
	free(r);
}
