/* anchors: the names a trust anchor file has, and which one probes ask for */
#include "config.h"

#include "share/dns/anchors.h"
#include "t/unit/tap.h"

#include <err.h>
#include <stdlib.h>
#include <unistd.h>

#define KEY(name)                    \
	name                         \
	    " 3600 IN DS 20326 8 2 " \
	    "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n"

static char path[] = "/tmp/tlsherald-anchors.XXXXXX";

static void
write_file(const char *content)
{
	FILE *f = fopen(path, "w");

	if (f == NULL)
		err(1, "%s", path);
	fputs(content, f);
	fclose(f);
}

/* Reads content: how many names, or -1. */
static int
count(const char *content, struct anchors *a, struct err *e)
{
	err_clear(e);
	write_file(content);
	return anchors_list(path, a, e) == 0 ? (int)a->n : -1;
}

static void
test_names(void)
{
	struct anchors a;
	struct err e = { 0 };
	char name[HOSTNAME_SIZE];

	is_int(count("; nothing but these\n" KEY(".") KEY("Corp.Test."), &a,
		   &e),
	    2, "two names: %s", e.text);
	is_str(a.name[0], "", "the root is empty");
	is_str(a.name[1], "corp.test", "lower case, no final dot");
	anchors_clear(&a);
	is_int(anchors_read(path, name, &e), 0, "a name to probe by");
	is_str(name, ".", "the root");

	is_int(count(KEY("b.test.") KEY("a.test.") KEY("b.test."), &a, &e), 2,
	    "a name with two keys is one name");
	anchors_clear(&a);
	is_int(anchors_read(path, name, &e), 0, "without the root");
	is_str(name, "b.test", "the first");
}

static void
test_failures(void)
{
	struct anchors a;
	struct err e = { 0 };

	is_int(count("a.test. 3600 IN A 192.0.2.1\n", &a, &e), -1, "no anchor");
	has_str(e.text, path, "the file is named");
	has_str(e.text, "no DS or DNSKEY", "and what is missing");
	anchors_clear(&a);
	is_int(count(KEY(".") "a.test. IN DS rubbish\n", &a, &e), -1,
	    "rubbish");
	has_str(e.text, "line 2", "the line is named");
	anchors_clear(&a);
	is_int(anchors_list("/nonexistent/root.key", &a, &e), -1, "no file");
	has_str(e.text, "dns-root-data", "the package is named");
	is_int(e.code, ERR_NOENT, "as missing");
	anchors_clear(&a);
}

int
main(void)
{
	int fd = mkstemp(path);

	if (fd == -1)
		err(1, "%s", path);
	close(fd);
	test_names();
	test_failures();
	unlink(path);
	return done_testing();
}
