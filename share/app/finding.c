/* finding: what check found out about a host - see finding.h */
#include "config.h"

#include "share/app/finding.h"
#include "share/base/xmem.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define INDENT 8

PRINTF_LIKE(1, 0)
static char *
format(const char *fmt, va_list ap)
{
	char *s;

	if (vasprintf(&s, fmt, ap) < 0)
		abort();
	return s;
}

struct finding *
findings_add(struct findings *f, const char *id, enum finding_severity severity,
    const char *what, ...)
{
	struct finding *x;
	va_list ap;

	f->at = xreallocarray(f->at, f->n + 1, sizeof(*f->at));
	x = &f->at[f->n++];
	memset(x, 0, sizeof(*x));
	x->id = id;
	x->severity = severity;
	va_start(ap, what);
	x->what = format(what, ap);
	va_end(ap);
	return x;
}

struct finding *
finding_why(struct finding *f, const char *fmt, ...)
{
	va_list ap;

	free(f->why);
	va_start(ap, fmt);
	f->why = format(fmt, ap);
	va_end(ap);
	return f;
}

struct finding *
finding_fix(struct finding *f, const char *fmt, ...)
{
	char *line, *old = f->fix;
	va_list ap;

	va_start(ap, fmt);
	line = format(fmt, ap);
	va_end(ap);
	if (old == NULL) {
		f->fix = line;
		return f;
	}
	f->fix = xasprintf("%s\n%s", old, line);
	free(old);
	free(line);
	return f;
}

size_t
findings_count(const struct findings *f, enum finding_severity severity)
{
	size_t i, n = 0;

	for (i = 0; i < f->n; i++)
		n += f->at[i].severity == severity;
	return n;
}

const char *
finding_severity_name(enum finding_severity severity)
{
	static const char *const names[] = { "ok", "warn", "error" };

	return names[severity];
}

/* Commands stay on lines of their own, whole, to be copied. */
static void
print_fix(struct term *t, const char *fix)
{
	while (*fix != '\0') {
		int n = (int)strcspn(fix, "\n");

		fprintf(t->out, "%*s", INDENT + 4, "");
		term_print(t, TERM_PLAIN, "%.*s", n, fix);
		fputc('\n', t->out);
		fix += n;
		fix += *fix == '\n';
	}
}

static void
print_one(const struct finding *f, struct term *t)
{
	static const enum term_tone tones[] = { TERM_GOOD, TERM_WARN,
		TERM_BAD };
	const char *name = finding_severity_name(f->severity);

	term_print(t, tones[f->severity], "%s", name);
	fprintf(t->out, "%*s", INDENT - (int)strlen(name), "");
	term_print(t, f->severity == FINDING_OK ? TERM_PLAIN : TERM_HEAD, "%s",
	    f->id);
	fputc('\n', t->out);
	term_fill(t, INDENT, "", f->what);
	if (f->why != NULL)
		term_fill(t, INDENT, "", f->why);
	if (f->fix != NULL)
		print_fix(t, f->fix);
}

void
findings_print(const struct findings *f, struct term *t)
{
	int severity;
	size_t i;

	for (severity = FINDING_ERROR; severity >= FINDING_OK; severity--)
		for (i = 0; i < f->n; i++)
			if ((int)f->at[i].severity == severity)
				print_one(&f->at[i], t);
}

static json_t *
fix_json(const char *fix)
{
	json_t *lines = json_array();

	while (fix != NULL && *fix != '\0') {
		size_t n = strcspn(fix, "\n");

		json_array_append_new(lines, json_stringn(fix, n));
		fix += n;
		fix += *fix == '\n';
	}
	return lines;
}

json_t *
findings_json(const struct findings *f)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < f->n; i++) {
		const struct finding *x = &f->at[i];

		json_array_append_new(list,
		    json_pack("{s:s, s:s, s:s, s:s, s:o}", "id", x->id,
			"severity", finding_severity_name(x->severity), "what",
			x->what, "why", x->why != NULL ? x->why : "", "fix",
			fix_json(x->fix)));
	}
	return list;
}

void
findings_clear(struct findings *f)
{
	size_t i;

	for (i = 0; i < f->n; i++) {
		free(f->at[i].what);
		free(f->at[i].why);
		free(f->at[i].fix);
	}
	free(f->at);
	f->at = NULL;
	f->n = 0;
}
