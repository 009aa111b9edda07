/* map: a hash table of nodes inside the caller's structs - see map.h */
#include "config.h"

#include "share/base/map.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define FIRST_BUCKETS 16

void
map_init(struct map *m)
{
	memset(m, 0, sizeof(*m));
	if (getrandom(m->key, sizeof(m->key), 0) != sizeof(m->key))
		abort(); /* cannot happen for so few octets */
}

void
map_clear(struct map *m)
{
	free(m->bucket);
	m->bucket = NULL;
	m->nbuckets = 0;
	m->n = 0;
}

static uint64_t
rotate(uint64_t x, int n)
{
	return x << n | x >> (64 - n);
}

static void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

/* SipHash-1-3: Aumasson and Bernstein, 2012, with fewer rounds. */
uint64_t
map_hash(const struct map *m, const void *data, size_t len)
{
	const unsigned char *p = data;
	uint64_t v[4] = { 0x736f6d6570736575 ^ m->key[0],
		0x646f72616e646f6d ^ m->key[1], 0x6c7967656e657261 ^ m->key[0],
		0x7465646279746573 ^ m->key[1] };
	uint64_t last = (uint64_t)len << 56, word;

	for (; len >= 8; len -= 8, p += 8) {
		memcpy(&word, p, 8);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	for (size_t i = 0; i < len; i++)
		last |= (uint64_t)p[i] << (8 * i);
	v[3] ^= last;
	sip_round(v);
	v[0] ^= last;
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static void
grow(struct map *m)
{
	size_t nbuckets = m->nbuckets > 0 ? m->nbuckets * 2 : FIRST_BUCKETS;
	struct map_node **bucket = xcalloc(nbuckets, sizeof(*bucket));

	for (size_t i = 0; i < m->nbuckets; i++) {
		struct map_node *node = m->bucket[i];

		while (node != NULL) {
			struct map_node *next = node->next;
			size_t at = node->hash & (nbuckets - 1);

			node->next = bucket[at];
			bucket[at] = node;
			node = next;
		}
	}
	free(m->bucket);
	m->bucket = bucket;
	m->nbuckets = nbuckets;
}

void
map_insert(struct map *m, struct map_node *node, uint64_t hash)
{
	struct map_node **head;

	if (m->n >= m->nbuckets)
		grow(m);
	head = &m->bucket[hash & (m->nbuckets - 1)];
	node->hash = hash;
	node->next = *head;
	*head = node;
	m->n++;
}

void
map_remove(struct map *m, struct map_node *node)
{
	struct map_node **p = &m->bucket[node->hash & (m->nbuckets - 1)];

	while (*p != node)
		p = &(*p)->next;
	*p = node->next;
	m->n--;
}

static struct map_node *
same(struct map_node *node, uint64_t hash)
{
	while (node != NULL && node->hash != hash)
		node = node->next;
	return node;
}

struct map_node *
map_first(const struct map *m, uint64_t hash)
{
	if (m->nbuckets == 0)
		return NULL;
	return same(m->bucket[hash & (m->nbuckets - 1)], hash);
}

struct map_node *
map_next(const struct map_node *node)
{
	return same(node->next, node->hash);
}

void
map_each(struct map *m, void (*each)(void *arg, struct map_node *node),
    void *arg)
{
	for (size_t i = 0; i < m->nbuckets; i++) {
		struct map_node *node = m->bucket[i];

		while (node != NULL) {
			struct map_node *next = node->next;

			each(arg, node);
			node = next;
		}
	}
}
