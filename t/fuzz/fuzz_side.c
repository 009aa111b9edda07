/* fuzz_side: side records; what is read is written as the same again */
#include "config.h"

#include "reportgen/side.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
same(const struct side_record *a, const struct side_record *b)
{
	return a->kind == b->kind && a->ms == b->ms &&
	    strcmp(a->source, b->source) == 0 &&
	    side_position_compare(&a->position, &b->position) == 0 &&
	    a->len == b->len &&
	    (a->len == 0 || memcmp(a->text, b->text, a->len) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct side_record r, again;
	struct err e;
	struct buf b;

	if (side_parse((const char *)data, size, &r, &e) == -1)
		return 0;
	buf_init(&b, 2 * SIDE_MAX + size);
	side_write(&r, &b);
	if (side_parse(b.data, b.len, &again, &e) == -1 || !same(&r, &again))
		abort();
	buf_clear(&b);
	return 0;
}
