/* jscan_text: texts and keys of the JSON scanner - see jscan_part.h */
#include "config.h"

#include "share/rpt/jscan_part.h"
#include "share/rpt/codepoint.h"

#include <string.h>

#define LOWS (~(uint64_t)0 / 255)
#define HIGHS (LOWS * 0x80)

/* Whether one of eight octets is a control, not ASCII, a quote or backslash. */
static bool
any_special(const char *p, unsigned char quote)
{
	uint64_t x, q, b;

	memcpy(&x, p, sizeof(x));
	q = x ^ (LOWS * quote);
	b = x ^ (LOWS * '\\');
	return (((x - LOWS * 0x20) | x | ((q - LOWS) & ~q) |
		    ((b - LOWS) & ~b)) &
		   HIGHS) != 0;
}

static bool
is_plain(unsigned char c, unsigned char quote)
{
	return c >= 0x20 && c < 0x80 && c != quote && c != '\\';
}

/*
 * The first octet from p that ends a plain run: quote, backslash, control,
 * ill-formed or cut UTF-8, or a noncharacter.
 */
static const char *
plain_run(const char *p, const char *end, unsigned char quote)
{
	for (;;) {
		uint32_t cp;
		size_t n;
		bool good;

		while (end - p >= 8 && !any_special(p, quote))
			p += 8;
		while (p < end && is_plain((unsigned char)*p, quote))
			p++;
		if (p == end || (unsigned char)*p < 0x80)
			return p;
		n = codepoint_read(p, (size_t)(end - p), &cp, &good);
		if (!good || codepoint_is_nonchar(cp))
			return p;
		p += n;
	}
}

/* Appends what fits; what does not is cut, and that is noted once a text. */
static void
put(struct jscan *js, const char *s, size_t n)
{
	size_t room = JSCAN_TEXT_MAX - js->store.len;

	if (js->store.full)
		return;
	if (n > room) {
		/* never within a sequence */
		while (room > 0 && ((unsigned char)s[room] & 0xc0) == 0x80)
			room--;
		buf_add(&js->store, s, room);
		js->store.full = true;
		jscan_fault(js, DEFECT_JSON_LONG_TEXT);
		return;
	}
	buf_add(&js->store, s, n);
}

static void
put_cp(struct jscan *js, uint32_t cp)
{
	char s[CODEPOINT_MAX];

	put(js, s, codepoint_write(s, cp));
}

/* Four hexadecimal digits; -1 when there are none, and none is taken then. */
static int32_t
read_hex4(struct jscan *js)
{
	int32_t v = 0;

	for (int i = 0; i < 4; i++) {
		int c = jscan_peek(js), digit;

		if (c >= '0' && c <= '9')
			digit = c - '0';
		else if (c >= 'a' && c <= 'f')
			digit = c - 'a' + 10;
		else if (c >= 'A' && c <= 'F')
			digit = c - 'A' + 10;
		else
			return -1;
		v = v << 4 | digit;
		js->p++;
	}
	return v;
}

/* After \u: puts one code point. A high half waits for its low one. */
static void
read_unicode(struct jscan *js, int32_t *high)
{
	int32_t v = read_hex4(js);

	if (v == -1) {
		jscan_fault(js, DEFECT_JSON_ESCAPE);
		put_cp(js, CODEPOINT_REPLACEMENT);
	} else if (v >= 0xd800 && v <= 0xdbff) {
		*high = v;
	} else if (v >= 0xdc00 && v <= 0xdfff) {
		jscan_fault(js, DEFECT_JSON_SURROGATE);
		put_cp(js, CODEPOINT_REPLACEMENT);
	} else if (v == 0) {
		jscan_fault(js, DEFECT_JSON_NUL);
		put_cp(js, CODEPOINT_REPLACEMENT);
	} else {
		if (codepoint_is_nonchar((uint32_t)v))
			jscan_fault(js, DEFECT_JSON_NONCHAR);
		put_cp(js, (uint32_t)v);
	}
}

/* What stands after a high half: its low one, or the half is alone. */
static bool
read_low_half(struct jscan *js, int32_t *high)
{
	int32_t v;
	uint32_t cp;

	if (jscan_peek(js) != '\\')
		goto alone;
	js->p++;
	if (jscan_peek(js) != 'u') {
		/* the backslash is taken: the escape goes on with its letter */
		jscan_fault(js, DEFECT_JSON_SURROGATE);
		put_cp(js, CODEPOINT_REPLACEMENT);
		*high = 0;
		return true;
	}
	js->p++;
	v = read_hex4(js);
	if (v >= 0xdc00 && v <= 0xdfff) {
		cp = 0x10000 + ((uint32_t)(*high - 0xd800) << 10) +
		    (uint32_t)(v - 0xdc00);
		if (codepoint_is_nonchar(cp))
			jscan_fault(js, DEFECT_JSON_NONCHAR);
		put_cp(js, cp);
		*high = 0;
		return false;
	}
	jscan_fault(js, DEFECT_JSON_SURROGATE);
	put_cp(js, CODEPOINT_REPLACEMENT);
	if (v >= 0xd800 && v <= 0xdbff) {
		*high = v;
		return false;
	}
	*high = 0;
	if (v == -1)
		jscan_fault(js, DEFECT_JSON_ESCAPE);
	put_cp(js, v > 0 ? (uint32_t)v : CODEPOINT_REPLACEMENT);
	return false;
alone:
	jscan_fault(js, DEFECT_JSON_SURROGATE);
	put_cp(js, CODEPOINT_REPLACEMENT);
	*high = 0;
	return false;
}

/* After a backslash. */
static void
read_escape(struct jscan *js, int32_t *high)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	int c = jscan_peek(js);
	const char *at;
	char octet;

	if (c == -1)
		return;
	if (c == 'u') {
		js->p++;
		read_unicode(js, high);
		return;
	}
	at = c != 0 ? strchr(from, c) : NULL;
	if (at != NULL) {
		js->p++;
		put(js, &to[at - from], 1);
		return;
	}
	jscan_fault(js, DEFECT_JSON_ESCAPE);
	if (c < 0x20 || c >= 0x80)
		return; /* as if the backslash were not there */
	octet = (char)c;
	js->p += js->p < js->end;
	put(js, &octet, 1);
}

/* An octet that is no ASCII and ended a plain run: well-formed over the edge of
 * a window, a noncharacter, or no UTF-8. */
static void
read_sequence(struct jscan *js)
{
	unsigned char low, high;
	char s[CODEPOINT_MAX];
	size_t n = 0, follow;
	uint32_t cp;
	bool good;

	s[n++] = *js->p;
	follow = codepoint_follow((unsigned char)*js->p++, &low, &high);
	while (n <= follow) {
		int c = jscan_peek(js);

		if (c < low || c > high)
			break;
		low = 0x80;
		high = 0xbf;
		s[n++] = *js->p++;
	}
	(void)codepoint_read(s, n, &cp, &good);
	if (!good || follow == 0)
		jscan_fault(js, DEFECT_JSON_UTF8);
	else if (codepoint_is_nonchar(cp))
		jscan_fault(js, DEFECT_JSON_NONCHAR);
	put_cp(js, cp);
}

/* The rest of a text, with what it has of escapes and faults. */
static void
read_slowly(struct jscan *js, int quote)
{
	int32_t high = 0;
	int c;

	while ((c = jscan_peek(js)) != -1) {
		const char *run = js->p;

		if (high != 0) {
			if (read_low_half(js, &high))
				read_escape(js, &high);
			continue;
		}
		if (c == quote) {
			js->p++;
			return;
		}
		js->p = plain_run(run, js->end, (unsigned char)quote);
		if (js->p > run) {
			put(js, run, (size_t)(js->p - run));
		} else if (c == '\\') {
			js->p++;
			read_escape(js, &high);
		} else if (c >= 0x80) {
			read_sequence(js);
		} else {
			jscan_fault(js,
			    c == 0 ? DEFECT_JSON_NUL : DEFECT_JSON_CONTROL);
			js->p += js->p < js->end;
			put_cp(js,
			    c == 0 ? CODEPOINT_REPLACEMENT : (uint32_t)c);
		}
	}
	if (high != 0)
		(void)read_low_half(js, &high);
	jscan_fault(js, DEFECT_JSON_TRUNCATED);
}

void
jscan_read_text(struct jscan *js)
{
	int quote = (unsigned char)*js->p;
	const char *run = js->p + 1, *stop;

	/* a fault may be the one too many: nothing is left to read then */
	if (quote == '\'')
		jscan_fault(js, DEFECT_JSON_QUOTE);
	if (js->failed) {
		js->text = "";
		js->len = 0;
		return;
	}
	stop = plain_run(run, js->end, (unsigned char)quote);
	if (stop < js->end && *stop == quote && stop - run <= JSCAN_TEXT_MAX) {
		js->text = run;
		js->len = (size_t)(stop - run);
		js->p = stop + 1;
		return;
	}
	buf_reset(&js->store);
	js->p = stop;
	put(js, run, (size_t)(stop - run));
	read_slowly(js, quote);
	js->text = buf_str(&js->store);
	js->len = js->store.len;
}

void
jscan_read_bare_key(struct jscan *js)
{
	int c;

	jscan_fault(js, DEFECT_JSON_KEY);
	buf_reset(&js->store);
	while ((c = jscan_peek(js)) != -1 && jscan_is_word(c)) {
		char octet = (char)c;

		put(js, &octet, 1);
		js->p += js->p < js->end;
	}
	js->text = buf_str(&js->store);
	js->len = js->store.len;
}
