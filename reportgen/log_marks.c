/* log_marks: places where reading can begin again - see log_marks.h */
#include "config.h"

#include "reportgen/log_marks.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>

#define EVERY_MS 1000
#define EVERY_LINES 500

void
log_marks_init(struct log_marks *m)
{
	memset(m, 0, sizeof(*m));
	m->item = xcalloc(LOG_MARKS_MAX, sizeof(m->item[0]));
}

void
log_marks_clear(struct log_marks *m)
{
	free(m->item);
	memset(m, 0, sizeof(*m));
}

bool
log_marks_due(struct log_marks *m, int64_t ms)
{
	m->since++;
	return m->n == 0 || m->since >= EVERY_LINES ||
	    ms - m->last_ms >= EVERY_MS || ms < m->last_ms;
}

/* The first and the last stay. */
static void
thin(struct log_marks *m)
{
	size_t n = 1;

	for (size_t i = 2; i < m->n; i += 2)
		m->item[n++] = m->item[i];
	m->n = n;
}

void
log_marks_add(struct log_marks *m, const struct log_mark *mark, int64_t ms)
{
	if (m->n == LOG_MARKS_MAX)
		thin(m);
	m->item[m->n++] = *mark;
	m->last_ms = ms;
	m->since = 0;
}

const struct log_mark *
log_marks_find(const struct log_marks *m, const struct side_position *position)
{
	size_t i = 0;

	while (i + 1 < m->n &&
	    side_position_compare(&m->item[i + 1].position, position) <= 0)
		i++;
	return m->n > 0 ? &m->item[i] : NULL;
}

const struct log_mark *
log_marks_before(struct log_marks *m, const struct side_position *position)
{
	const struct log_mark *found = log_marks_find(m, position);

	if (found == NULL)
		return NULL;
	m->n -= (size_t)(found - m->item);
	memmove(m->item, found, m->n * sizeof(m->item[0]));
	return m->item;
}
