/* map: what is put in is found, by hash, and can be taken out in any order */
#include "config.h"

#include "share/base/map.h"
#include "t/unit/tap.h"

#include <stdlib.h>

#define MANY 5000

struct thing {
	int value;
	struct map_node node;
};

static struct thing *
find(const struct map *m, int value)
{
	struct map_node *n = map_first(m, map_hash(m, &value, sizeof(value)));

	for (; n != NULL; n = map_next(n)) {
		struct thing *t = MAP_ENTRY(n, struct thing, node);

		if (t->value == value)
			return t;
	}
	return NULL;
}

static void
count_one(void *arg, struct map_node *node)
{
	(void)node;
	++*(int *)arg;
}

static void
remove_odd(void *arg, struct map_node *node)
{
	if (MAP_ENTRY(node, struct thing, node)->value % 2 != 0)
		map_remove(arg, node);
}

static void
test_many(void)
{
	static struct thing things[MANY];
	struct map m;
	int n = 0, found = 0;

	map_init(&m);
	ok(find(&m, 1) == NULL, "nothing in an empty one");
	map_each(&m, count_one, &n);
	for (int i = 0; i < MANY; i++) {
		things[i].value = i;
		map_insert(&m, &things[i].node, map_hash(&m, &i, sizeof(i)));
	}
	is_int(m.n, MANY, "all in");
	for (int i = 0; i < MANY; i++)
		found += find(&m, i) == &things[i];
	is_int(found, MANY, "all found");
	ok(find(&m, MANY) == NULL, "no other");
	map_each(&m, remove_odd, &m);
	is_int(m.n, MANY / 2, "half removed");
	map_each(&m, count_one, &n);
	is_int(n, MANY / 2, "each half is seen once");
	ok(find(&m, 2) != NULL && find(&m, 3) == NULL, "the right half");
	map_clear(&m);
	is_int(m.n, 0, "cleared");
	map_insert(&m, &things[7].node, 1);
	ok(map_first(&m, 1) == &things[7].node, "usable again");
	map_clear(&m);
}

static void
test_same_hash(void)
{
	struct thing a = { .value = 1 }, b = { .value = 2 }, c = { .value = 3 };
	struct map m;

	map_init(&m);
	map_insert(&m, &a.node, 42);
	map_insert(&m, &b.node, 42);
	map_insert(&m, &c.node, 42 + 16); /* the same bucket, another hash */
	ok(map_next(map_first(&m, 42)) != NULL, "two of one hash");
	ok(map_next(map_next(map_first(&m, 42))) == NULL, "not three");
	ok(map_first(&m, 58) == &c.node, "the other hash");
	map_remove(&m, &a.node);
	ok(map_first(&m, 42) == &b.node && map_next(&b.node) == NULL,
	    "one removed");
	map_clear(&m);
}

static void
test_hash(void)
{
	static const char text[] = "0123456789abcdefghi";
	struct map m, other;
	int differ = 0;

	map_init(&m);
	map_init(&other);
	ok(map_hash(&m, text, 19) == map_hash(&m, text, 19), "stable");
	ok(map_hash(&m, text, 19) != map_hash(&other, text, 19),
	    "keyed: another table hashes otherwise");
	for (size_t n = 0; n < 19; n++)
		differ += map_hash(&m, text, n) != map_hash(&m, text, n + 1);
	is_int(differ, 19, "every octet counts");
	m.key[0] = UINT64_C(0x0706050403020100);
	m.key[1] = UINT64_C(0x0f0e0d0c0b0a0908);
	ok(map_hash(&m, "", 0) == UINT64_C(0xabac0158050fc4dc),
	    "SipHash-1-3 of nothing under the reference key");
}

int
main(void)
{
	test_many();
	test_same_hash();
	test_hash();
	return done_testing();
}
