/* tally: sums under names - see tally.h */
#include "config.h"

#include "analyzer/tally.h"

#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>

void
tally_init(struct tally *t)
{
	memset(t, 0, sizeof(*t));
	map_init(&t->map);
}

void
tally_clear(struct tally *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->item[i]->name);
		free(t->item[i]);
	}
	free(t->item);
	map_clear(&t->map);
	memset(t, 0, sizeof(*t));
}

static struct tally_item *
find(const struct tally *t, const char *name, uint64_t hash)
{
	for (struct map_node *n = map_first(&t->map, hash); n != NULL;
	     n = map_next(n)) {
		struct tally_item *it = MAP_ENTRY(n, struct tally_item, node);

		if (strcmp(it->name, name) == 0)
			return it;
	}
	return NULL;
}

const struct tally_item *
tally_find(const struct tally *t, const char *name)
{
	return find(t, name, map_hash(&t->map, name, strlen(name)));
}

struct tally_item *
tally_get(struct tally *t, const char *name)
{
	uint64_t hash = map_hash(&t->map, name, strlen(name));
	struct tally_item *it = find(t, name, hash);

	if (it != NULL)
		return it;
	if (t->n == TALLY_MAX && strcmp(name, "(others)") != 0)
		return tally_get(t, "(others)");
	it = xcalloc(1, sizeof(*it));
	it->name = xstrdup(name);
	for (size_t i = 0; i < TALLY_POINTS; i++)
		it->point[i] = -1;
	if (t->n == t->cap) {
		t->cap = t->cap == 0 ? 32 : 2 * t->cap;
		t->item = xreallocarray(t->item, t->cap, sizeof(*t->item));
	}
	t->item[t->n++] = it;
	map_insert(&t->map, &it->node, hash);
	return it;
}

static int
compare(const void *pa, const void *pb)
{
	const struct tally_item *a = *(struct tally_item *const *)pa;
	const struct tally_item *b = *(struct tally_item *const *)pb;
	int64_t na = a->success + a->failure, nb = b->success + b->failure;

	if (na != nb)
		return na < nb ? 1 : -1;
	return strcmp(a->name, b->name);
}

void
tally_sort(struct tally *t)
{
	if (t->n > 1)
		qsort(t->item, t->n, sizeof(*t->item), compare);
	for (size_t i = 0; i < t->n; i++)
		t->item[i]->place = i;
}
