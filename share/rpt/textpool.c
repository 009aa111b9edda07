/* textpool: texts that are freed together - see textpool.h */
#include "config.h"

#include "share/rpt/textpool.h"
#include "share/base/xmem.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE 4096

struct textpool_chunk {
	struct textpool_chunk *next;
	size_t size;
	alignas(max_align_t) char data[];
};

struct interned {
	struct map_node node;
	size_t n;
	char s[];
};

void
textpool_init(struct textpool *p, size_t max)
{
	memset(p, 0, sizeof(*p));
	p->max = max;
}

static void
forget_interned(struct textpool *p)
{
	if (p->interning)
		map_clear(&p->map);
	p->interning = false;
}

static void
free_chunks(struct textpool_chunk *c)
{
	while (c != NULL) {
		struct textpool_chunk *next = c->next;

		free(c);
		c = next;
	}
}

void
textpool_clear(struct textpool *p)
{
	size_t max = p->max;

	forget_interned(p);
	free_chunks(p->chunk);
	textpool_init(p, max);
}

void
textpool_reset(struct textpool *p)
{
	forget_interned(p);
	if (p->chunk != NULL) {
		free_chunks(p->chunk->next);
		p->chunk->next = NULL;
		if (p->chunk->size > 16 * CHUNK_SIZE) {
			textpool_clear(p);
			return;
		}
	}
	p->used = 0;
	p->total = 0;
	p->full = false;
}

/* Chunks double up to 16 times the first, so that few texts cost little. */
static void
add_chunk(struct textpool *p, size_t need)
{
	size_t size = p->size == 0 ? CHUNK_SIZE : p->size * 2;
	struct textpool_chunk *c;

	if (size > 16 * CHUNK_SIZE)
		size = 16 * CHUNK_SIZE;
	if (size < need)
		size = need;
	c = xmalloc(sizeof(*c) + size);
	c->next = p->chunk;
	c->size = size;
	p->chunk = c;
	p->size = size;
	p->used = 0;
}

/* n octets at an alignment that is a power of two. */
static void *
take(struct textpool *p, size_t n, size_t align)
{
	size_t at = (p->used + align - 1) & ~(align - 1);
	char *place;

	if (n > p->max || p->total > p->max - n) {
		p->full = true;
		return NULL;
	}
	if (p->chunk == NULL || at > p->size || p->size - at < n) {
		add_chunk(p, n);
		at = 0;
	}
	place = p->chunk->data + at;
	p->used = at + n;
	p->total += n;
	return place;
}

void *
textpool_alloc(struct textpool *p, size_t size)
{
	return take(p, size, alignof(max_align_t));
}

const char *
textpool_add(struct textpool *p, const char *s, size_t n)
{
	char *place = n < SIZE_MAX ? take(p, n + 1, 1) : NULL;

	if (place == NULL)
		return NULL;
	if (n > 0)
		memcpy(place, s, n);
	place[n] = '\0';
	return place;
}

const char *
textpool_intern(struct textpool *p, const char *s, size_t n)
{
	struct interned *in;
	uint64_t hash;

	if (!p->interning) {
		map_init(&p->map);
		p->interning = true;
	}
	hash = map_hash(&p->map, s, n);
	for (struct map_node *at = map_first(&p->map, hash); at != NULL;
	     at = map_next(at)) {
		in = MAP_ENTRY(at, struct interned, node);
		if (in->n == n && memcmp(in->s, s, n) == 0)
			return in->s;
	}
	if (n > p->max ||
	    (in = textpool_alloc(p, sizeof(*in) + n + 1)) == NULL) {
		p->full = true;
		return NULL;
	}
	in->n = n;
	memcpy(in->s, s, n);
	in->s[n] = '\0';
	map_insert(&p->map, &in->node, hash);
	return in->s;
}

bool
textpool_full(const struct textpool *p)
{
	return p->full;
}
