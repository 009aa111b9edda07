/* fuzz_header: a text from a report in a subject, a name, a value, a part */
#include "config.h"

#include "share/mail/header.h"
#include "share/mail/mime_write.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One field: printable ASCII, CRLF before a blank or at the end, no long line.
 */
static void
check_field(const struct buf *b, size_t longest)
{
	const char *line = buf_str(b);

	while (*line != '\0') {
		size_t n = strcspn(line, "\r\n");

		if (n > longest || strncmp(line + n, "\r\n", 2) != 0)
			abort();
		for (size_t i = 0; i < n; i++)
			if (line[i] < ' ' || line[i] > '~')
				abort();
		line += n + 2;
		if (*line != '\0' && *line != ' ')
			abort();
	}
	if (b->len != (size_t)(line - buf_str(b)))
		abort();
}

static void
test_fields(const char *text, struct buf *b)
{
	struct address a = { .local = "jane", .domain = "example.org" };

	if (header_add_text(b, "Subject", text, NULL) == 0)
		check_field(b, HEADER_LINE_MAX);
	buf_reset(b);
	if (header_add_mailbox(b, "From", text, &a, NULL) == 0)
		check_field(b, HEADER_LINE_MAX);
	buf_reset(b);
	if (header_add_tokens(b, "X", text, NULL) == 0)
		check_field(b, HEADER_LINE_MAX);
	buf_reset(b);
	if (header_add_message_id(b, text, "example.org", NULL) == 0)
		check_field(b, HEADER_LINE_MAX);
	buf_reset(b);
}

/* The boundary is at the begin and at the end, nowhere else. */
static void
test_part(const char *text, size_t n, struct buf *b)
{
	struct mime_writer w;
	const char *p;
	int found = 0;

	if (mime_write_begin(&w, b, "tlsrpt", "fuzz", NULL) == -1)
		abort();
	if (mime_write_text(&w, text, n, NULL) == -1)
		return;
	if (mime_write_data_begin(&w, "a/b", "c", NULL) == -1)
		abort();
	mime_write_data(&w, text, n);
	if (mime_write_end(&w, NULL) == -1)
		return;
	for (p = buf_str(b); (p = strstr(p, w.boundary)) != NULL; p++)
		found++;
	/* boundary=, two parts, the end */
	if (found != 4)
		abort();
	for (p = buf_str(b); *p != '\0'; p += strcspn(p, "\n") + 1)
		if (strcspn(p, "\r") > 78 || p[strcspn(p, "\r") + 1] != '\n')
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct buf b;

	if (text == NULL)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	buf_init(&b, 1 << 20);
	test_fields(text, &b);
	test_part(text, size, &b);
	buf_clear(&b);
	free(text);
	return 0;
}
