/* fuzz_log_entry: entries of the journal; what comes out fits and is printable */
#include "config.h"

#include "reportgen/log_entry.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_word(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s > '~')
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct log_entry en;

	log_entry_init(&en);
	if (log_entry_read(&en, (const char *)data, size)) {
		check_word(en.cursor);
		check_word(en.line.program);
		if (en.line.len > LOG_LINE_OCTETS || en.line.ms < 0 ||
		    (en.line.len > 0 && memchr(en.line.text, 0, en.line.len)))
			abort();
	}
	log_entry_clear(&en);
	return 0;
}
