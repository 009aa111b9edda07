/*
 * mime_parts: the parts of mails as our walker sees them, for mime-others.t.
 *
 * For each file named: a line with its name, then for each part a line of type
 * and decoded octets in base64.
 */
#include "config.h"

#include "share/base/buf.h"
#include "share/mail/base64.h"
#include "share/mail/mime_read.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

static bool
print(void *arg, const struct mime_part *part)
{
	struct mime_data d;
	struct buf out;
	unsigned faults = 0;

	(void)arg;
	buf_init(&out, 64u << 20);
	if (mime_read_decode(part, &d, &faults) == 0)
		base64_encode(&out, d.data, d.len);
	printf("%s %s\n", *part->type != '\0' ? part->type : "text/plain",
	    buf_str(&out));
	mime_read_clear(&d);
	buf_clear(&out);
	return true;
}

static void
print_mail(const char *path)
{
	static char mail[8u << 20];
	FILE *in = fopen(path, "re");
	struct fields fields;
	struct err e;
	size_t n;

	if (in == NULL)
		err(1, "%s", path);
	n = fread(mail, 1, sizeof(mail), in);
	(void)fclose(in);
	printf("%s\n", path);
	if (fields_parse(mail, n, &fields, &e) == -1)
		errx(1, "%s: %s", path, e.text);
	(void)mime_read(&fields, print, NULL);
	fields_clear(&fields);
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		print_mail(argv[i]);
	return 0;
}
