/* log_set: a few short words - see log_set.h */
#include "config.h"

#include "reportgen/log_set.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>

void
log_set_init(struct log_set *s, size_t max)
{
	s->item = NULL;
	s->n = 0;
	s->max = max;
}

void
log_set_clear(struct log_set *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->item[i]);
	free(s->item);
	s->item = NULL;
	s->n = 0;
}

static size_t
find(const struct log_set *s, const char *word)
{
	size_t i = 0;

	while (i < s->n && strcmp(s->item[i], word) != 0)
		i++;
	return i;
}

bool
log_set_has(const struct log_set *s, const char *word)
{
	return find(s, word) < s->n;
}

static void
remove_at(struct log_set *s, size_t i)
{
	free(s->item[i]);
	s->n--;
	memmove(s->item + i, s->item + i + 1, (s->n - i) * sizeof(s->item[0]));
}

void
log_set_add(struct log_set *s, const char *word)
{
	if (log_set_has(s, word))
		return;
	if (s->n == s->max)
		remove_at(s, 0);
	s->item = xreallocarray(s->item, s->n + 1, sizeof(s->item[0]));
	s->item[s->n++] = xstrdup(word);
}

void
log_set_remove(struct log_set *s, const char *word)
{
	size_t i = find(s, word);

	if (i < s->n)
		remove_at(s, i);
}
