/* fuzz_mime_read: a mail; parts lie within it, decoding stays within bounds */
#include "config.h"

#include "share/mail/mime_decode.h"
#include "share/mail/mime_read.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	const char *from, *to;
	unsigned parts;
};

static bool
check(void *arg, const struct mime_part *part)
{
	struct seen *seen = arg;
	struct mime_data d;
	unsigned faults = 0;

	if (++seen->parts > MIME_PARTS_MAX || part->depth > MIME_DEPTH_MAX ||
	    (part->len > 0 &&
		(part->body < seen->from || part->body > seen->to ||
		    part->len > (size_t)(seen->to - part->body))) ||
	    strlen(part->type) >= sizeof(part->type) ||
	    strlen(part->name) >= sizeof(part->name))
		abort();
	if (mime_read_decode(part, &d, &faults) == 0) {
		if (d.len > part->len)
			abort();
		(void)mime_read_look(d.data, d.len);
	}
	mime_read_clear(&d);
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* a copy of its own size, so that reading beyond it is seen */
	char *mail = malloc(size > 0 ? size : 1);
	struct seen seen = { mail, mail + size, 0 };
	struct fields fields;
	struct err e;

	if (mail == NULL)
		abort();
	memcpy(mail, data, size);
	if (fields_parse(mail, size, &fields, &e) == 0)
		(void)mime_read(&fields, check, &seen);
	fields_clear(&fields);
	free(mail);
	return 0;
}
