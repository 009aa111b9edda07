/* buf: growing, the maximum, taking and dropping */
#include "config.h"

#include "share/base/buf.h"
#include "t/unit/tap.h"

#include <stdlib.h>

static void
test_growing(void)
{
	struct buf b;
	char *s;

	buf_init(&b, 1000);
	is_str(buf_str(&b), "", "empty is \"\"");
	buf_puts(&b, "one ");
	buf_printf(&b, "%d ", 2);
	buf_add(&b, "three", 2);
	buf_add(&b, NULL, 0);
	is_str(buf_str(&b), "one 2 th", "appended");
	is_int(b.len, 8, "its length");
	for (int i = 0; i < 100; i++)
		buf_puts(&b, "0123456");
	is_int(b.len, 708, "grown");
	ok(!buf_full(&b), "not full");
	buf_drop(&b, 4);
	ok(strncmp(buf_str(&b), "2 th0123", 8) == 0, "dropped from the front");
	buf_drop(&b, 100000);
	is_str(buf_str(&b), "", "dropped all and no more");
	buf_puts(&b, "x");
	s = buf_take(&b);
	is_str(s, "x", "taken");
	free(s);
	is_int(b.len, 0, "and gone");
	s = buf_take(&b);
	is_str(s, "", "an empty one is taken as \"\"");
	free(s);
	buf_clear(&b);
}

static void
test_maximum(void)
{
	struct buf b;

	buf_init(&b, 10);
	buf_puts(&b, "12345678");
	buf_puts(&b, "9ab");
	is_str(buf_str(&b), "12345678", "left out whole");
	ok(buf_full(&b), "full");
	buf_puts(&b, "9a");
	is_str(buf_str(&b), "123456789a", "exactly the maximum");
	buf_printf(&b, "%s", "x");
	is_int(b.len, 10, "not one octet more");
	buf_reset(&b);
	ok(!buf_full(&b), "reset forgets it");
	is_str(buf_str(&b), "", "and the content");
	buf_printf(&b, "%s", "0123456789a");
	ok(buf_full(&b) && b.len == 0, "printf too is left out whole");
	buf_clear(&b);
	buf_puts(&b, "0123456789");
	is_int(b.len, 10, "the maximum outlives clear");
	buf_clear(&b);
	buf_init(&b, 0);
	buf_puts(&b, "");
	ok(!buf_full(&b), "nothing fits into nothing");
	buf_puts(&b, "x");
	ok(buf_full(&b), "something does not");
	buf_clear(&b);
}

int
main(void)
{
	test_growing();
	test_maximum();
	return done_testing();
}
