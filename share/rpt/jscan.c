/* jscan: a pull scanner for JSON that strangers sent - see jscan.h */
#include "config.h"

#include "share/rpt/jscan_part.h"

#include <string.h>

static void
begin(struct jscan *js, struct defects *d)
{
	js->before = 0;
	js->defects = d;
	js->faults = 0;
	js->begun = js->done = js->failed = js->duplicate = false;
	js->depth = 0;
	js->text = NULL;
	js->len = 0;
}

static void
set_window(struct jscan *js, const char *text, size_t n)
{
	js->start = js->p = text;
	js->end = n > 0 ? text + n : text;
}

void
jscan_init(struct jscan *js)
{
	buf_init(&js->store, JSCAN_TEXT_MAX + 1);
	js->done = true;
}

void
jscan_begin(struct jscan *js, const char *text, size_t n, struct defects *d)
{
	begin(js, d);
	js->source.more = NULL;
	js->max = JSCAN_OCTETS_MAX;
	set_window(js, text, n <= JSCAN_OCTETS_MAX ? n : 0);
	if (n > JSCAN_OCTETS_MAX)
		jscan_fail(js, DEFECT_JSON_LONG);
}

void
jscan_begin_source(struct jscan *js, struct jscan_source source, uint64_t max,
    struct defects *d)
{
	begin(js, d);
	js->source = source;
	js->max = max;
	set_window(js, "", 0);
}

void
jscan_clear(struct jscan *js)
{
	buf_clear(&js->store);
}

bool
jscan_refill(struct jscan *js)
{
	const char *data = NULL;
	size_t n;

	if (js->source.more == NULL || js->failed)
		return false;
	n = js->source.more(js->source.ctx, &data);
	js->before += (uint64_t)(js->end - js->start);
	set_window(js, data, n);
	if (n == 0) {
		js->source.more = NULL;
		return false;
	}
	if (js->before + n > js->max) {
		jscan_fail(js, DEFECT_JSON_LONG);
		return false;
	}
	return true;
}

void
jscan_path(const struct jscan *js, char *dst, size_t size)
{
	struct buf b;

	buf_init(&b, size - 1);
	for (size_t i = 0; i < js->depth; i++) {
		const struct jscan_level *l = &js->level[i];

		if (!l->object)
			buf_printf(&b, "[%zu]", l->index);
		else if (l->key_len > 0)
			buf_printf(&b, "%s%.*s", i > 0 ? "." : "",
			    (int)l->key_len, l->key);
	}
	memcpy(dst, buf_str(&b), b.len);
	dst[b.len] = '\0';
	buf_clear(&b);
}

void
jscan_note(struct jscan *js, enum defect what)
{
	char path[DEFECT_PATH_MAX] = "";

	if (!defects_has(js->defects, what))
		jscan_path(js, path, sizeof(path));
	defects_note(js->defects, what,
	    js->before + (uint64_t)(js->p - js->start), path);
}

void
jscan_fail(struct jscan *js, enum defect what)
{
	if (js->failed)
		return;
	js->failed = true;
	jscan_note(js, what);
	js->p = js->end;
}

void
jscan_fault(struct jscan *js, enum defect what)
{
	if (js->failed)
		return;
	jscan_note(js, what);
	if (++js->faults > JSCAN_FAULTS_MAX)
		jscan_fail(js, DEFECT_JSON_HOPELESS);
}

bool
jscan_failed(const struct jscan *js)
{
	return js->failed;
}

/* Passes over one comment, of either kind, or a slash that is none. */
static void
skip_comment(struct jscan *js)
{
	int c, last = 0;

	js->p++;
	c = jscan_peek(js);
	if (c != '/' && c != '*') {
		jscan_fault(js, DEFECT_JSON_STRAY);
		return;
	}
	jscan_fault(js, DEFECT_JSON_COMMENT);
	if (js->failed)
		return;
	js->p++;
	if (c == '/') {
		while ((c = jscan_peek(js)) != -1 && c != '\n')
			js->p++;
		return;
	}
	while ((c = jscan_peek(js)) != -1) {
		js->p++;
		if (last == '*' && c == '/')
			break;
		last = c;
	}
}

/* The next octet that is neither blank nor comment, not taken; -1 at the end.*/
static int
skip_blanks(struct jscan *js)
{
	int c;

	for (;;) {
		while (js->p < js->end &&
		    (*js->p == ' ' || *js->p == '\n' || *js->p == '\r' ||
			*js->p == '\t'))
			js->p++;
		c = jscan_peek(js);
		if (c == '/')
			skip_comment(js);
		else if (c != ' ' && c != '\n' && c != '\r' && c != '\t')
			return c;
	}
}

static enum jscan_event
open_level(struct jscan *js, bool object)
{
	struct jscan_level *l;

	if (js->depth == JSCAN_DEPTH_MAX) {
		jscan_fail(js, DEFECT_JSON_DEEP);
		return JSCAN_NULL;
	}
	js->p++;
	l = &js->level[js->depth++];
	l->object = object;
	l->wants_value = l->wants_comma = l->after_comma = false;
	l->index = (size_t)-1;
	l->nkeys = 0;
	l->key_len = 0;
	return object ? JSCAN_BEGIN_OBJECT : JSCAN_BEGIN_ARRAY;
}

static enum jscan_event
close_level(struct jscan *js)
{
	bool object = js->level[--js->depth].object;

	return object ? JSCAN_END_OBJECT : JSCAN_END_ARRAY;
}

static enum jscan_event
read_value(struct jscan *js, int c)
{
	if (c == '"' || c == '\'') {
		jscan_read_text(js);
		return JSCAN_STRING;
	}
	if (c == '{' || c == '[')
		return open_level(js, c == '{');
	if ((c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.')
		return jscan_read_number(js);
	if (jscan_is_word(c))
		return jscan_read_word(js);
	jscan_fault(js, DEFECT_JSON_STRAY);
	if (!js->failed)
		js->p++;
	return JSCAN_NULL;
}

/* FNV-1a: a collision costs a wrong note, nothing more. */
static uint64_t
hash(const char *s, size_t n)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * 0x100000001b3u;
	return h;
}

/* RFC 7493 section 2.3: no two keys of an object are equal. */
static void
remember_key(struct jscan *js, struct jscan_level *l)
{
	uint64_t h = hash(js->text, js->len);

	l->key_len = js->len < sizeof(l->key) ? js->len : sizeof(l->key);
	memcpy(l->key, js->text, l->key_len);
	js->duplicate = false;
	for (size_t i = 0; i < l->nkeys; i++)
		if (l->keys[i] == h) {
			js->duplicate = true;
			jscan_fault(js, DEFECT_JSON_DUPLICATE);
			return;
		}
	if (l->nkeys < JSCAN_KEYS_MAX)
		l->keys[l->nkeys++] = h;
	else if (!defects_has(js->defects, DEFECT_JSON_MANY_KEYS))
		jscan_note(js, DEFECT_JSON_MANY_KEYS);
}

static enum jscan_event
read_key(struct jscan *js, struct jscan_level *l, int c)
{
	if (l->wants_comma)
		jscan_fault(js, DEFECT_JSON_COMMA);
	if (js->failed)
		return close_level(js);
	if (c == '"' || c == '\'')
		jscan_read_text(js);
	else
		jscan_read_bare_key(js);
	remember_key(js, l);
	l->wants_value = true;
	return JSCAN_KEY;
}

/* After { or a member: the next key, or the end of the object. */
static enum jscan_event
next_member(struct jscan *js, struct jscan_level *l)
{
	for (;;) {
		int c = skip_blanks(js);

		if (c == -1) {
			jscan_fault(js, DEFECT_JSON_TRUNCATED);
			return close_level(js);
		}
		if (c == '"' || c == '\'' || jscan_is_word(c))
			return read_key(js, l, c);
		if (c == '}' || c == ']') {
			if (l->after_comma)
				jscan_fault(js, DEFECT_JSON_COMMA);
			if (c == ']')
				jscan_fault(js, DEFECT_JSON_BRACKET);
			js->p += js->p < js->end;
			return close_level(js);
		}
		if (c == ',' && l->wants_comma) {
			l->wants_comma = false;
			l->after_comma = true;
		} else {
			jscan_fault(js,
			    c == ',' ? DEFECT_JSON_COMMA : DEFECT_JSON_STRAY);
		}
		js->p += js->p < js->end;
	}
}

/* The value of a key. The colon is looked for now, so that text lives on. */
static enum jscan_event
member_value(struct jscan *js, struct jscan_level *l)
{
	int c = skip_blanks(js);

	l->wants_value = false;
	l->wants_comma = true;
	l->after_comma = false;
	if (c == ':') {
		js->p++;
		c = skip_blanks(js);
	} else if (c != -1) {
		jscan_fault(js, DEFECT_JSON_COLON);
	}
	if (js->failed)
		return JSCAN_NULL;
	if (c == -1 || c == '}' || c == ']' || c == ',') {
		jscan_fault(js,
		    c == -1 ? DEFECT_JSON_TRUNCATED : DEFECT_JSON_VALUE);
		return JSCAN_NULL;
	}
	return read_value(js, c);
}

/* After [ or a value: the next value, or the end of the array. */
static enum jscan_event
next_element(struct jscan *js, struct jscan_level *l)
{
	for (;;) {
		int c = skip_blanks(js);

		if (c == -1) {
			jscan_fault(js, DEFECT_JSON_TRUNCATED);
			return close_level(js);
		}
		if (c == ']' || c == '}') {
			if (l->after_comma)
				jscan_fault(js, DEFECT_JSON_COMMA);
			if (c == '}')
				jscan_fault(js, DEFECT_JSON_BRACKET);
			js->p += js->p < js->end;
			return close_level(js);
		}
		if (c != ',') {
			if (l->wants_comma)
				jscan_fault(js, DEFECT_JSON_COMMA);
			if (js->failed)
				return close_level(js);
			l->wants_comma = true;
			l->after_comma = false;
			l->index++;
			return read_value(js, c);
		}
		if (!l->wants_comma)
			jscan_fault(js, DEFECT_JSON_COMMA);
		l->wants_comma = false;
		l->after_comma = true;
		js->p += js->p < js->end;
	}
}

static void
skip_bom(struct jscan *js)
{
	static const char bom[] = "\xef\xbb\xbf";

	for (size_t i = 0; i < 3; i++) {
		if (jscan_peek(js) != (unsigned char)bom[i]) {
			if (i > 0)
				jscan_fault(js, DEFECT_JSON_STRAY);
			return;
		}
		js->p++;
	}
	jscan_fault(js, DEFECT_JSON_BOM);
}

/* Outside of every container: the one value, then the end. */
static enum jscan_event
next_root(struct jscan *js)
{
	int c;

	if (!js->begun) {
		js->begun = true;
		skip_bom(js);
		c = skip_blanks(js);
		if (c != -1)
			return read_value(js, c);
		if (!js->failed)
			jscan_fault(js, DEFECT_JSON_EMPTY);
	} else if (!js->done && skip_blanks(js) != -1) {
		jscan_fault(js, DEFECT_JSON_TRAILING);
	}
	js->done = true;
	return JSCAN_END;
}

enum jscan_event
jscan_next(struct jscan *js)
{
	struct jscan_level *l;

	if (js->done)
		return JSCAN_END;
	if (js->failed) {
		if (js->depth > 0)
			return close_level(js);
		js->done = true;
		return JSCAN_END;
	}
	if (js->depth == 0)
		return next_root(js);
	l = &js->level[js->depth - 1];
	if (!l->object)
		return next_element(js, l);
	return l->wants_value ? member_value(js, l) : next_member(js, l);
}

void
jscan_skip(struct jscan *js, enum jscan_event ev)
{
	size_t depth = js->depth;

	if (ev != JSCAN_BEGIN_OBJECT && ev != JSCAN_BEGIN_ARRAY)
		return;
	while (js->depth >= depth && jscan_next(js) != JSCAN_END)
		;
}
