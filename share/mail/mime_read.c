/* mime_read: the parts of a mail that a stranger sent - see mime_read.h */
#include "config.h"

#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/mail/mime_decode.h"
#include "share/mail/mime_param.h"
#include "share/mail/mime_read.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BOUNDARY_MAX 256 /* RFC 2046 section 5.1.1: 70 */

struct walk {
	bool (*each)(void *arg, const struct mime_part *part);
	void *arg;
	unsigned faults;
	unsigned parts;
	bool over;
};

/* A run of octets. */
struct slice {
	const char *s;
	size_t n;
};

/* What the header of a part says. */
struct header {
	struct slice type, disposition, encoding, description;
	bool has_type;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct slice
value_of(const struct field *f)
{
	struct slice v = { f->text + f->value, f->len - f->value };

	while (v.n > 0 && is_blank(*v.s)) {
		v.s++;
		v.n--;
	}
	while (v.n > 0 && is_blank(v.s[v.n - 1]))
		v.n--;
	return v;
}

#define IS(f, name) field_is(f, name, sizeof(name) - 1)

/* The first field of each name counts, but the right spelling before others. */
static void
read_header(struct walk *w, const struct fields *fields, struct header *h)
{
	struct slice misspelt = { NULL, 0 };

	memset(h, 0, sizeof(*h));
	for (size_t i = 0; i < fields->n; i++) {
		const struct field *f = &fields->field[i];

		if (f->name_len < 11 || (*f->text != 'C' && *f->text != 'c'))
			continue;
		if (IS(f, "Content-Type") && h->type.s == NULL)
			h->type = value_of(f);
		else if (IS(f, "ContentType") && misspelt.s == NULL)
			misspelt = value_of(f);
		else if (IS(f, "Content-Disposition") &&
		    h->disposition.s == NULL)
			h->disposition = value_of(f);
		else if (IS(f, "Content-Transfer-Encoding") &&
		    h->encoding.s == NULL)
			h->encoding = value_of(f);
		else if (IS(f, "Content-Description") &&
		    h->description.s == NULL)
			h->description = value_of(f);
	}
	if (h->type.s == NULL && misspelt.s != NULL) {
		h->type = misspelt;
		w->faults |= MIME_FAULT_HEADER;
	}
	h->has_type = h->type.s != NULL;
	if (!h->has_type)
		h->type = (struct slice){ "", 0 };
}

/* ---- leaves ---- */

static enum mime_encoding
encoding_of(struct walk *w, const struct header *h)
{
	static const struct {
		const char *name;
		enum mime_encoding encoding;
	} known[] = {
		{ "base64", MIME_BASE64 },
		{ "quoted-printable", MIME_QUOTED },
		{ "7bit", MIME_PLAIN },
		{ "8bit", MIME_PLAIN },
		{ "binary", MIME_PLAIN },
		{ "", MIME_PLAIN },
	};
	char name[32];

	if (h->encoding.s == NULL)
		return MIME_PLAIN;
	mime_param_head(h->encoding.s, h->encoding.n, name, sizeof(name));
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(name, known[i].name) == 0)
			return known[i].encoding;
	w->faults |= MIME_FAULT_ENCODING;
	return MIME_PLAIN;
}

static void
name_of(const struct header *h, char *dst, size_t size)
{
	size_t n = 0;

	if (h->disposition.s != NULL &&
	    mime_param_get(h->disposition.s, h->disposition.n, "filename", dst,
		size))
		return;
	if (mime_param_get(h->type.s, h->type.n, "name", dst, size))
		return;
	for (size_t i = 0; i < h->description.n && n + 1 < size; i++)
		if (h->description.s[i] != '\0' &&
		    h->description.s[i] != '\r' && h->description.s[i] != '\n')
			dst[n++] = h->description.s[i];
	dst[n] = '\0';
}

static void
give_leaf(struct walk *w, const struct header *h, const char *type,
    struct slice body, unsigned depth)
{
	struct mime_part part;

	if (w->parts == MIME_PARTS_MAX) {
		w->faults |= MIME_FAULT_PARTS;
		w->over = true;
		return;
	}
	w->parts++;
	(void)text_copy(part.type, sizeof(part.type), type);
	name_of(h, part.name, sizeof(part.name));
	part.encoding = encoding_of(w, h);
	part.body = body.s;
	part.len = body.n;
	part.depth = depth;
	if (!w->each(w->arg, &part))
		w->over = true;
}

/* ---- boundaries ---- */

/* A boundary line (RFC 2046 section 5.1.1) as it was found. */
struct boundary_line {
	size_t before; /* where the part before it ends */
	size_t after;  /* where the line after it begins */
	bool final;
};

/*
 * Whether the line at s, from its "--" on, is a boundary line: the boundary,
 * maybe "--", blanks.
 */
static bool
is_boundary(const char *s, size_t n, const char *boundary, size_t len,
    struct boundary_line *line)
{
	size_t i = 2 + len;

	if (n < i || memcmp(s + 2, boundary, len) != 0)
		return false;
	line->final = n - i >= 2 && s[i] == '-' && s[i + 1] == '-';
	if (line->final)
		i += 2;
	while (i < n && (s[i] == ' ' || s[i] == '\t' || s[i] == '\r'))
		i++;
	if (i < n && s[i] != '\n')
		return false;
	line->after = i < n ? i + 1 : n;
	return true;
}

/* Finds the next boundary line from offset at on; it begins a line. */
static bool
find_boundary(struct slice body, size_t at, const char *boundary,
    struct boundary_line *line)
{
	size_t len = strlen(boundary);

	while (at < body.n) {
		const char *s = body.s + at, *lf;
		size_t rest = body.n - at;

		if (rest >= 2 && s[0] == '-' && s[1] == '-' &&
		    is_boundary(s, rest, boundary, len, line)) {
			line->after += at;
			/* the line end before it is its own */
			line->before = at;
			if (line->before > 0)
				line->before--;
			if (line->before > 0 &&
			    body.s[line->before - 1] == '\r')
				line->before--;
			return true;
		}
		if ((lf = memchr(s, '\n', rest)) == NULL)
			break;
		at = (size_t)(lf - body.s) + 1;
	}
	return false;
}

/* Takes the first line that looks like a boundary line for one. */
static bool
guess_boundary(struct slice body, char *dst, size_t size)
{
	for (size_t at = 0; at < body.n;) {
		const char *s = body.s + at;
		const char *lf = memchr(s, '\n', body.n - at);
		size_t n = lf != NULL ? (size_t)(lf - s) : body.n - at;

		at += n + 1;
		while (n > 0 && is_blank(s[n - 1]))
			n--;
		/* "-- " begins a signature */
		if (n < 3 || s[0] != '-' || s[1] != '-' || n - 2 >= size ||
		    memchr(s, ' ', n) != NULL || memchr(s, '\0', n) != NULL)
			continue;
		memcpy(dst, s + 2, n - 2);
		dst[n - 2] = '\0';
		return true;
	}
	return false;
}

/* The boundary of a multipart, where its first line is; false: none. */
static bool
open_multipart(struct walk *w, const struct header *h, struct slice body,
    char *boundary, size_t size, struct boundary_line *line)
{
	size_t n;

	if (mime_param_get(h->type.s, h->type.n, "boundary", boundary, size)) {
		n = strlen(boundary);
		while (n > 0 && is_blank(boundary[n - 1]))
			boundary[--n] = '\0';
		if (n > 0 && find_boundary(body, 0, boundary, line))
			return true;
	}
	w->faults |= MIME_FAULT_BOUNDARY;
	return guess_boundary(body, boundary, size) &&
	    find_boundary(body, 0, boundary, line);
}

/* ---- the walk ---- */

static void walk_part(struct walk *w, const struct fields *fields,
    unsigned depth, bool digest);

/* Looks at the octets of one part: its header, then what it is. */
static void
walk_slice(struct walk *w, struct slice part, unsigned depth, bool digest)
{
	struct fields fields;
	struct err e;

	if (fields_parse(part.s, part.n, &fields, &e) == 0)
		walk_part(w, &fields, depth, digest);
	else
		w->faults |= MIME_FAULT_FIELDS;
	fields_clear(&fields);
}

static void
walk_multipart(struct walk *w, struct slice body, const char *boundary,
    struct boundary_line line, unsigned depth, bool digest)
{
	while (!w->over && !line.final) {
		size_t from = line.after;
		bool found = find_boundary(body, from, boundary, &line);
		size_t to = found ? line.before : body.n;

		if (!found)
			w->faults |= MIME_FAULT_UNCLOSED;
		/* boundary after boundary: nothing is between them */
		if (to > from)
			walk_slice(w,
			    (struct slice){ body.s + from, to - from }, depth,
			    digest);
		if (!found)
			break;
	}
}

static bool
begins(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static void
walk_part(struct walk *w, const struct fields *fields, unsigned depth,
    bool digest)
{
	struct slice body = { fields->body, fields->body_len };
	struct boundary_line line;
	char type[MIME_TYPE_MAX], boundary[BOUNDARY_MAX];
	struct header h;
	bool deep = depth >= MIME_DEPTH_MAX;

	read_header(w, fields, &h);
	mime_param_head(h.type.s, h.type.n, type, sizeof(type));
	if (digest && !h.has_type) /* RFC 2046 section 5.1.5 */
		(void)text_copy(type, sizeof(type), "message/rfc822");
	if (begins(type, "multipart/")) {
		if (deep)
			w->faults |= MIME_FAULT_DEEP;
		else if (open_multipart(w, &h, body, boundary, sizeof(boundary),
			     &line)) {
			walk_multipart(w, body, boundary, line, depth + 1,
			    strcmp(type, "multipart/digest") == 0);
			return;
		}
	} else if (strcmp(type, "message/rfc822") == 0 &&
	    encoding_of(w, &h) == MIME_PLAIN) {
		if (!deep) {
			walk_slice(w, body, depth + 1, false);
			return;
		}
		w->faults |= MIME_FAULT_DEEP;
	}
	if (!deep || !begins(type, "m"))
		give_leaf(w, &h, type, body, depth);
}

unsigned
mime_read(const struct fields *top,
    bool (*each)(void *arg, const struct mime_part *part), void *arg)
{
	struct walk w = { .each = each, .arg = arg };

	walk_part(&w, top, 0, false);
	return w.faults;
}

/* ---- what is in a part ---- */

int
mime_read_decode(const struct mime_part *part, struct mime_data *out,
    unsigned *faults)
{
	size_t max = part->encoding == MIME_BASE64
	    ? MIME_DECODE_BASE64_MAX(part->len)
	    : MIME_DECODE_QUOTED_MAX(part->len);
	bool odd = false;

	memset(out, 0, sizeof(*out));
	if (part->encoding == MIME_PLAIN) {
		out->data = part->body;
		out->len = part->len;
		return 0;
	}
	if (max > MIME_DECODED_MAX) {
		*faults |= MIME_FAULT_SIZE;
		return -1;
	}
	out->data = out->memory = xmalloc(max);
	if (part->encoding == MIME_BASE64)
		out->len = mime_decode_base64(part->body, part->len,
		    out->memory, &odd);
	else
		out->len = mime_decode_quoted(part->body, part->len,
		    out->memory, &odd);
	if (odd)
		*faults |= part->encoding == MIME_BASE64 ? MIME_FAULT_BASE64
							 : MIME_FAULT_QUOTED;
	return 0;
}

void
mime_read_clear(struct mime_data *d)
{
	free(d->memory);
	memset(d, 0, sizeof(*d));
}

enum mime_look
mime_read_look(const char *data, size_t n)
{
	const unsigned char *s = (const unsigned char *)data;

	if (n >= 2 && s[0] == 0x1f && s[1] == 0x8b)
		return MIME_LOOK_GZIP;
	if (n >= 4 && memcmp(s, "PK", 2) == 0 &&
	    ((s[2] == 3 && s[3] == 4) || (s[2] == 5 && s[3] == 6)))
		return MIME_LOOK_ZIP;
	if (n >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0) {
		s += 3;
		n -= 3;
	}
	for (; n > 0 && is_blank((char)*s); n--)
		s++;
	if (n == 0)
		return MIME_LOOK_EMPTY;
	if (*s == '{')
		return MIME_LOOK_JSON;
	return *s == '<' ? MIME_LOOK_XML : MIME_LOOK_OTHER;
}
