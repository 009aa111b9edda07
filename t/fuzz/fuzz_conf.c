/*
 * Fuzz share/conf/conf.h and toml_doc.h: any text is refused with mistakes or
 * accepted, and what is accepted comes back the same from its dump.
 */
#include "config.h"

#include "share/conf/conf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Dumps c, which the caller still owns; gives the text. */
static char *
dumped(const struct conf *c, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	if (out == NULL)
		abort();
	conf_dump(c, out);
	if (fclose(out) != 0)
		abort();
	return text;
}

static void
check_dump(const struct conf *c)
{
	struct conf_mistakes mistakes, notices;
	struct conf *again;
	size_t n, m;
	char *first = dumped(c, &n), *second;

	again = conf_parse("dump", first, n, &mistakes, &notices);
	if (again == NULL) {
		fprintf(stderr, "%s\n%s\n", mistakes.line[0], first);
		abort();
	}
	second = dumped(again, &m);
	if (n != m || memcmp(first, second, n) != 0)
		abort();
	conf_mistakes_clear(&notices);
	conf_unref(again);
	free(first);
	free(second);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf_mistakes mistakes, notices;
	struct conf *c =
	    conf_parse("fuzz", (const char *)data, size, &mistakes, &notices);

	if ((c == NULL) != (mistakes.n > 0))
		abort();
	if (c != NULL)
		check_dump(c);
	conf_unref(c);
	conf_mistakes_clear(&mistakes);
	conf_mistakes_clear(&notices);
	return 0;
}
