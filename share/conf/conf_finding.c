/* conf_finding: what the config's reader has to say - see conf_finding.h */
#include "config.h"

#include "share/conf/conf_finding.h"

#include "share/base/text.h"
#include "share/base/xmem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
conf_finding_add(struct conf_findings *f, struct toml_doc_place at,
    const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;

	if (f == NULL)
		return;
	if (f->n == CONF_MISTAKES_MAX) {
		f->more++;
		return;
	}
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	f->item = xreallocarray(f->item, f->n + 1, sizeof(*f->item));
	f->item[f->n].at = at;
	f->item[f->n++].text = xstrdup(text);
}

void
conf_finding_unknown(struct conf_findings *f, struct toml_doc_place at,
    const char *what, const char *word, const char *const *known, size_t n)
{
	const char *near = text_nearest(word, known, n);
	char shown[80];

	(void)text_escape(shown, sizeof(shown), word, strlen(word));
	if (near == NULL)
		conf_finding_add(f, at, "%s \"%s\"", what, shown);
	else
		conf_finding_add(f, at, "%s \"%s\" (did you mean \"%s\"?)",
		    what, shown, near);
}

static int
by_place(const void *a, const void *b)
{
	const struct conf_finding *x = a, *y = b;

	if (x->at.line != y->at.line)
		return x->at.line < y->at.line ? -1 : 1;
	if (x->at.column != y->at.column)
		return x->at.column < y->at.column ? -1 : 1;
	return strcmp(x->text, y->text);
}

void
conf_finding_give(struct conf_findings *f, const char *name,
    struct conf_mistakes *out)
{
	if (f->n > 1)
		qsort(f->item, f->n, sizeof(*f->item), by_place);
	if (out != NULL && f->n > 0)
		out->line = xcalloc(f->n + 1, sizeof(*out->line));
	for (size_t i = 0; i < f->n; i++) {
		const struct conf_finding *x = &f->item[i];

		if (out != NULL)
			out->line[out->n++] = xasprintf("%s:%u:%u: %s", name,
			    x->at.line, x->at.column, x->text);
		free(x->text);
	}
	if (out != NULL && f->more > 0)
		out->line[out->n++] =
		    xasprintf("%s: and %zu more", name, f->more);
	free(f->item);
	*f = (struct conf_findings){ .item = NULL };
}

void
conf_mistakes_clear(struct conf_mistakes *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->line[i]);
	free(m->line);
	*m = (struct conf_mistakes){ .line = NULL };
}
