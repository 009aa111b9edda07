/*
 * tally: sums under names, while a view reads the store.
 *
 * Thread safety: none. Limits: TALLY_MAX names, what is more counts as
 * "(others)". Tests: t/unit/views.c
 */
#ifndef TALLY_H
#define TALLY_H

#include "share/base/map.h"

#include <stddef.h>
#include <stdint.h>

#define TALLY_MAX 100000
#define TALLY_POINTS 30

/* Sums of one name. */
struct tally_item {
	struct map_node node;
	char *name;
	int64_t success, failure, reports;
	int64_t old_success, old_failure; /* of the period before */
	int64_t point[TALLY_POINTS];      /* failures; below 0: no reports */
	size_t place;                     /* among the items, once sorted */
};

struct tally {
	struct map map;
	struct tally_item **item; /* in the order they came, then as sorted */
	size_t n, cap;
};

/* Makes an empty one. */
void tally_init(struct tally *t);

/* Frees what it holds. */
void tally_clear(struct tally *t);

/* The item of a name, made where it is new. Borrowed. */
struct tally_item *tally_get(struct tally *t, const char *name);

/* The item of a name, or NULL. Borrowed. */
const struct tally_item *tally_find(const struct tally *t, const char *name);

/* Sorts: the most sessions first, then by name. */
void tally_sort(struct tally *t);

#endif
