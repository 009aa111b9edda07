/* textpool: texts stay where they are, equal ones once, never beyond max */
#include "config.h"

#include "share/rpt/textpool.h"
#include "t/unit/tap.h"

#include <stdint.h>
#include <stdio.h>

static void
test_many(void)
{
	static const char *kept[20000];
	struct textpool p;
	unsigned wrong = 0;
	char s[32];

	textpool_init(&p, 1 << 20);
	for (size_t i = 0; i < 20000; i++) {
		int n = snprintf(s, sizeof(s), "text %zu", i);

		kept[i] = textpool_add(&p, s, (size_t)n);
	}
	for (size_t i = 0; i < 20000; i++) {
		(void)snprintf(s, sizeof(s), "text %zu", i);
		if (kept[i] == NULL || strcmp(kept[i], s) != 0)
			wrong++;
	}
	is_int(wrong, 0, "20,000 texts stay as they were");
	textpool_reset(&p);
	is_int(p.total, 0, "a reset forgets them");
	is_str(textpool_add(&p, "x", 1), "x", "and the pool goes on");
	textpool_clear(&p);
	textpool_clear(&p);
	pass("cleared twice");
}

static void
test_intern(void)
{
	struct textpool p;
	const char *a, *b;

	textpool_init(&p, 10000);
	a = textpool_intern(&p, "one", 3);
	b = textpool_intern(&p, "oneself", 3);
	ok(a == b, "equal texts are one");
	ok(textpool_intern(&p, "two", 3) != a, "others are not");
	is_str(textpool_intern(&p, "", 0), "", "the empty text");
	ok(textpool_add(&p, "one", 3) != a, "an added text is its own");
	textpool_reset(&p);
	is_str(textpool_intern(&p, "one", 3), "one", "anew after a reset");
	textpool_clear(&p);
}

static void
test_limit(void)
{
	struct textpool p;

	textpool_init(&p, 10);
	is_str(textpool_add(&p, "123456789", 9), "123456789", "up to max");
	ok(!textpool_full(&p), "it is not full yet");
	ok(textpool_add(&p, "", 0) == NULL, "no octet more");
	ok(textpool_full(&p), "now it is full");
	ok(textpool_intern(&p, "x", 1) == NULL, "nor interned");
	ok(textpool_alloc(&p, SIZE_MAX) == NULL, "nor very much");
	textpool_reset(&p);
	ok(!textpool_full(&p), "a reset empties it");
	ok((uintptr_t)textpool_alloc(&p, 8) % sizeof(void *) == 0, "aligned");
	textpool_clear(&p);
}

int
main(void)
{
	test_many();
	test_intern();
	test_limit();
	return done_testing();
}
