/* tag: the text of the header X-TLS-Requirement - see tag.h */
#include "config.h"

#include "milter/tag.h"

#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>

/* What of an entry the header may say. */
static struct tag_entry
allowed(const struct tag_entry *entry, bool one_domain)
{
	struct tag_entry e = *entry;

	if (!one_domain) {
		e.domain = NULL;
		if (e.by_domain)
			e.strategy = NULL;
	}
	if (!e.known) {
		e.level = LEVELS; /* before the strongest */
		e.source = SOURCE_NONE;
	}
	e.by_domain = false;
	return e;
}

static int
compare_text(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

/* Pending first, then the stronger one; total, so that equals meet. */
static int
compare(const void *va, const void *vb)
{
	const struct tag_entry *a = va, *b = vb;
	int c;

	if (a->level != b->level)
		return a->level > b->level ? -1 : 1;
	if (a->source != b->source)
		return a->source < b->source ? -1 : 1;
	c = compare_text(a->domain, b->domain);
	return c != 0 ? c : compare_text(a->strategy, b->strategy);
}

static void
write_level(const struct tag_entry *e, struct buf *out)
{
	if (!e->known) {
		buf_puts(out, "level=pending");
		return;
	}
	buf_printf(out, "level=%s; source=%s", decision_level_name(e->level),
	    decision_source_name(e->source));
}

static void
write_full(const struct tag_entry *e, struct buf *out)
{
	if (e->domain != NULL)
		buf_printf(out, "domain=%s; ", e->domain);
	write_level(e, out);
	if (e->strategy != NULL)
		buf_printf(out, "; strategy=%s", e->strategy);
}

void
tag_compose(enum conf_tag how, const struct tag_entry *entry, size_t n,
    bool one_domain, bool observe, struct buf *out)
{
	const char *mode = observe ? "; mode=observe" : "";
	struct tag_entry *e;
	size_t i, distinct = 0;

	if (how == CONF_TAG_NONE || n == 0)
		return;
	e = xcalloc(n, sizeof(*e));
	for (i = 0; i < n; i++)
		e[i] = allowed(&entry[i], one_domain);
	qsort(e, n, sizeof(*e), compare);
	if (how == CONF_TAG_SUMMARY) {
		write_level(&e[0], out);
		buf_puts(out, mode);
		free(e);
		return;
	}
	for (i = 0; i < n; i++) {
		if (i > 0 && compare(&e[i - 1], &e[i]) == 0)
			continue;
		if (++distinct > TAG_ENTRIES_MAX)
			continue;
		if (distinct > 1)
			buf_puts(out, ",\n\t");
		write_full(&e[i], out);
		buf_puts(out, mode);
	}
	if (distinct > TAG_ENTRIES_MAX)
		buf_printf(out, ",\n\tmore=%zu", distinct - TAG_ENTRIES_MAX);
	free(e);
}
