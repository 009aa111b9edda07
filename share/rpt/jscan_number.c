/* jscan_number: numbers and words of the JSON scanner - see jscan_part.h */
#include "config.h"

#include "share/rpt/jscan_part.h"
#include "share/base/text.h"

#include <string.h>

#define TOKEN_MAX 64 /* octets of a number or word that are looked at */
#define EXACT_MAX 9007199254740991 /* 2^53 - 1: RFC 7493 section 2.2 */
#define EXPONENT_MAX 400

struct token {
	char s[TOKEN_MAX];
	size_t n;
	bool cut;
};

static void
take_token(struct jscan *js, struct token *t)
{
	int c;

	t->n = 0;
	t->cut = false;
	while ((c = jscan_peek(js)) != -1 && jscan_is_word(c)) {
		if (t->n < sizeof(t->s) - 1)
			t->s[t->n++] = (char)c;
		else
			t->cut = true;
		js->p++;
	}
	t->s[t->n] = '\0';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t
count_digits(const char *s)
{
	size_t n = 0;

	while (is_digit(s[n]))
		n++;
	return n;
}

/* The parts of a number. */
struct parts {
	bool minus, good; /* good: as RFC 8259 section 6 wants it */
	const char *whole, *part;
	size_t nwhole, npart;
	long exponent;
};

/* After e or E; returns how many octets it took. */
static size_t
split_exponent(const char *s, struct parts *p)
{
	size_t sign = *s == '-' || *s == '+' ? 1 : 0;
	size_t n = count_digits(s + sign);

	if (n == 0)
		p->good = false;
	for (size_t i = 0; i < n; i++)
		if (p->exponent < EXPONENT_MAX)
			p->exponent = p->exponent * 10 + (s[sign + i] - '0');
	if (*s == '-')
		p->exponent = -p->exponent;
	return sign + n;
}

/* Splits a token; false when there is no digit where a number begins. */
static bool
split(const char *s, struct parts *p)
{
	memset(p, 0, sizeof(*p));
	p->good = true;
	if (*s == '-' || *s == '+') {
		p->minus = *s == '-';
		p->good = p->minus;
		s++;
	}
	p->whole = s;
	p->nwhole = count_digits(s);
	s += p->nwhole;
	if (p->nwhole == 0 || (p->nwhole > 1 && p->whole[0] == '0'))
		p->good = false;
	if (*s == '.') {
		p->part = ++s;
		p->npart = count_digits(s);
		s += p->npart;
		if (p->npart == 0)
			p->good = false;
	}
	if (p->nwhole + p->npart == 0)
		return false;
	if (*s == 'e' || *s == 'E')
		s += 1 + split_exponent(s + 1, p);
	if (*s != '\0')
		p->good = false;
	return true;
}

/* The value by its digits alone, so that nothing below 2^53 is rounded. */
static void
evaluate(const struct parts *p, struct jscan_number *out)
{
	size_t digits = p->nwhole + p->npart;
	long point = (long)p->nwhole + p->exponent;
	int64_t v = 0;

	memset(out, 0, sizeof(*out));
	for (long i = 0; i < point || i < (long)digits; i++) {
		const char *from = i < (long)p->nwhole
		    ? p->whole + i
		    : (i < (long)digits ? p->part + (i - (long)p->nwhole)
					: "0");

		if (i >= point) {
			if (*from != '0')
				out->fraction = true;
		} else if (v > (EXACT_MAX - (*from - '0')) / 10) {
			out->clamped = true;
			v = EXACT_MAX;
			break;
		} else {
			v = v * 10 + (*from - '0');
		}
	}
	if (out->clamped)
		out->fraction = false;
	out->value = p->minus ? -v : v;
}

/* NaN and the infinities, which JSON does not have: 0, or clamped. */
static bool
read_nan(struct jscan *js, const char *s)
{
	bool minus = *s == '-';

	if (*s == '-' || *s == '+')
		s++;
	memset(&js->number, 0, sizeof(js->number));
	if (text_equal_nocase(s, "nan"))
		return true;
	if (!text_equal_nocase(s, "inf") && !text_equal_nocase(s, "infinity"))
		return false;
	js->number.clamped = true;
	js->number.value = minus ? -EXACT_MAX : EXACT_MAX;
	return true;
}

enum jscan_event
jscan_read_number(struct jscan *js)
{
	struct token t;
	struct parts p;

	/* the common case at once: a few digits within the window */
	if (js->end - js->p > 17) {
		size_t n = 0;
		int64_t v = 0;

		while (n < 15 && is_digit(js->p[n]))
			v = v * 10 + (js->p[n++] - '0');
		if (n > 0 && !jscan_is_word((unsigned char)js->p[n]) &&
		    (n == 1 || js->p[0] != '0')) {
			js->number = (struct jscan_number){ .value = v };
			js->p += n;
			return JSCAN_NUMBER;
		}
	}
	take_token(js, &t);
	if (!split(t.s, &p)) {
		if (read_nan(js, t.s)) {
			jscan_fault(js, DEFECT_JSON_NAN);
			return JSCAN_NUMBER;
		}
		jscan_fault(js, DEFECT_JSON_STRAY);
		return JSCAN_NULL;
	}
	if (!p.good || t.cut)
		jscan_fault(js, DEFECT_JSON_NUMBER);
	evaluate(&p, &js->number);
	return JSCAN_NUMBER;
}

enum jscan_event
jscan_read_word(struct jscan *js)
{
	static const struct {
		const char *word;
		bool strict;
		enum jscan_event ev;
	} words[] = {
		{ "true", true, JSCAN_TRUE },
		{ "false", true, JSCAN_FALSE },
		{ "null", true, JSCAN_NULL },
		{ "none", false, JSCAN_NULL },
		{ "nil", false, JSCAN_NULL },
		{ "undefined", false, JSCAN_NULL },
	};
	struct token t;

	take_token(js, &t);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!text_equal_nocase(t.s, words[i].word))
			continue;
		if (!words[i].strict || strcmp(t.s, words[i].word) != 0)
			jscan_fault(js, DEFECT_JSON_WORD);
		return words[i].ev;
	}
	if (read_nan(js, t.s)) {
		jscan_fault(js, DEFECT_JSON_NAN);
		return JSCAN_NUMBER;
	}
	jscan_fault(js, DEFECT_JSON_WORD);
	return JSCAN_NULL;
}
