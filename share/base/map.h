/*
 * map: a hash table of nodes that live inside the caller's structs.
 *
 * Keys come from the network, so the hash is keyed (SipHash-1-3 with a
 * random key per table): nobody can choose names that collide. The table
 * knows hashes only; the caller compares keys. What hashes a part of the key
 * finds every entry that shares that part.
 *
 * Thread safety: none. Tests: t/unit/map.c
 */
#ifndef MAP_H
#define MAP_H

#include <stddef.h>
#include <stdint.h>

struct map_node {
	struct map_node *next;
	uint64_t hash;
};

struct map {
	struct map_node **bucket;
	size_t nbuckets; /* a power of two, or 0 before the first insert */
	size_t n;
	uint64_t key[2];
};

/* The struct of type that holds node as member. */
#define MAP_ENTRY(node, type, member) \
	((type *)(void *)((char *)(node)-offsetof(type, member)))

/* Makes an empty table with a random key. */
void map_init(struct map *m);

/* Frees the buckets; the nodes are the caller's. */
void map_clear(struct map *m);

/* The hash of len octets. */
uint64_t map_hash(const struct map *m, const void *data, size_t len);

/* Adds a node under hash. */
void map_insert(struct map *m, struct map_node *node, uint64_t hash);

/* Removes a node that is in the table. */
void map_remove(struct map *m, struct map_node *node);

/* The first node with that hash, or NULL. */
struct map_node *map_first(const struct map *m, uint64_t hash);

/* The next node with the same hash, or NULL. */
struct map_node *map_next(const struct map_node *node);

/*
 * Calls each(arg, node) for every node; each may remove (and free) the node
 * it was given, no other.
 */
void map_each(struct map *m, void (*each)(void *arg, struct map_node *node),
    void *arg);

#endif
