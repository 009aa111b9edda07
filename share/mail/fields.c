/* fields: the header fields of a message as they stand there - see fields.h */
#include "config.h"

#include "share/base/xmem.h"
#include "share/mail/fields.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* How long the line at s is without its end; *next with it. */
static size_t
line_len(const char *s, size_t n, size_t *next)
{
	const char *lf = memchr(s, '\n', n);
	size_t len = lf != NULL ? (size_t)(lf - s) : n;

	*next = lf != NULL ? len + 1 : n;
	if (lf != NULL && len > 0 && s[len - 1] == '\r')
		len--;
	return len;
}

/* As line_len(), with the lines that continue it. (RFC 5322 section 2.2.3) */
static size_t
folded_len(const char *s, size_t n, size_t *next)
{
	size_t len = line_len(s, n, next);

	/* nothing continues an empty line: the body begins */
	while (len > 0 && *next < n && (s[*next] == ' ' || s[*next] == '\t')) {
		size_t from = *next;

		len = from + line_len(s + from, n - from, next);
		*next += from;
	}
	return len;
}

/* The parts of one field; false when it has no name. */
static bool
split(const char *text, size_t len, struct field *field)
{
	const char *colon = memchr(text, ':', len);
	size_t name = colon != NULL ? (size_t)(colon - text) : 0;

	field->text = text;
	field->len = len;
	field->value = name + 1;
	while (name > 0 && (text[name - 1] == ' ' || text[name - 1] == '\t'))
		name--;
	field->name_len = name;
	for (size_t i = 0; i < name; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	return name > 0;
}

int
fields_parse(const char *msg, size_t len, struct fields *f, struct err *e)
{
	size_t room = 0, i = 0, next;

	memset(f, 0, sizeof(*f));
	for (; i < len; i += next) {
		size_t n = folded_len(msg + i, len - i, &next);
		struct field field;

		/* a line of blanks is none, and continues nothing here */
		if (n == 0) {
			i += next;
			break;
		}
		if (!split(msg + i, n, &field))
			continue;
		if (f->n == FIELDS_MAX)
			return err_set(e, ERR_LIMIT,
			    "a message with over %d header fields", FIELDS_MAX);
		if (f->n == room) {
			room = room > 0 ? 2 * room : 32;
			f->field =
			    xreallocarray(f->field, room, sizeof(f->field[0]));
		}
		f->field[f->n++] = field;
	}
	f->body = msg + i;
	f->body_len = len - i;
	return 0;
}

void
fields_clear(struct fields *f)
{
	free(f->field);
	memset(f, 0, sizeof(*f));
}

bool
field_is(const struct field *field, const char *name, size_t n)
{
	/* strncasecmp() in the C locale; names are ASCII */
	return field->name_len == n && strncasecmp(field->text, name, n) == 0;
}

size_t
fields_count(const struct fields *f, const char *name)
{
	size_t count = 0, n = strlen(name);

	for (size_t i = 0; i < f->n; i++)
		count += field_is(&f->field[i], name, n);
	return count;
}
