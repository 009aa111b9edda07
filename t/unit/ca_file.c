/* ca_file: roots among leaves, text and broken blocks */
#include "config.h"

#include "share/base/buf.h"
#include "share/tls/ca_file.h"
#include "t/unit/tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* made with openssl; the private key was thrown away */
static const char root[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBhjCCASugAwIBAgIURu1Pu6wsWYBQU4Ung3FdIb0zhakwCgYIKoZIzj0EAwIw\n"
    "FzEVMBMGA1UEAwwMRXhhbXBsZSBSb290MCAXDTI2MTEyMTIzMDkzOFoYDzIxMjYx\n"
    "MDI4MjMwOTM4WjAXMRUwEwYDVQQDDAxFeGFtcGxlIFJvb3QwWTATBgcqhkjOPQIB\n"
    "BggqhkjOPQMBBwNCAATGZmV3prT2/foHfySd3KvlymBY8LsILlRyZlpVe3ANDmIx\n"
    "JeVgmZUwjFxQ08TEK6O/KnxhAlkf8q4nNMlJ4YfSo1MwUTAdBgNVHQ4EFgQUyaZ3\n"
    "9617PPim2KszZU2FX9lsMykwHwYDVR0jBBgwFoAUyaZ39617PPim2KszZU2FX9ls\n"
    "MykwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAoZYdfJw5t9Og\n"
    "DwrNKS6shkZPZcY1MtuSE93ZQmwCpWwCIQDiDUAsRNOwwtds+qGCL2qWZFm5XWtF\n"
    "8H0QSe+j29QB+A==\n"
    "-----END CERTIFICATE-----\n";

static const char leaf[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBLzCB1QIUZbxel7cApBh82KbCLNUTUvbTsK4wCgYIKoZIzj0EAwIwFzEVMBMG\n"
    "A1UEAwwMRXhhbXBsZSBSb290MCAXDTI2MTEyMTIzMDkzOFoYDzIxMjYxMDI4MjMw\n"
    "OTM4WjAbMRkwFwYDVQQDDBBsZWFmLmV4YW1wbGUub3JnMFkwEwYHKoZIzj0CAQYI\n"
    "KoZIzj0DAQcDQgAExmZld6a09v36B38kndyr5cpgWPC7CC5UcmZaVXtwDQ5iMSXl\n"
    "YJmVMIxcUNPExCujvyp8YQJZH/KuJzTJSeGH0jAKBggqhkjOPQQDAgNJADBGAiEA\n"
    "hLgu+0cL8zZ2YqkiPXptBI0Ra9VJfGcfKl3VDxUuM5gCIQDGOrQT7/tVwuvp9SOX\n"
    "bauL/g3+b5ETaeraMne49/W5yw==\n"
    "-----END CERTIFICATE-----\n";

static size_t
count(const char *pem)
{
	return ca_file_count(pem, strlen(pem));
}

static void
test_text(void)
{
	struct buf b;

	is_int(count(""), 0, "nothing");
	is_int(count(root), 1, "a root");
	is_int(count(leaf), 0, "a leaf is no root");
	buf_init(&b, 65536);
	buf_puts(&b, "# Example Root\n");
	buf_puts(&b, root);
	buf_puts(&b,
	    "-----BEGIN CERTIFICATE-----\nAAAA\n"
	    "-----END CERTIFICATE-----\n");
	buf_puts(&b, leaf);
	buf_puts(&b, root);
	is_int(count(buf_str(&b)), 2, "two among text, junk and a leaf");
	buf_reset(&b);
	buf_add(&b, root, sizeof(root) - 40);
	is_int(count(buf_str(&b)), 0, "one without its end");
	buf_clear(&b);
}

static void
test_file(void)
{
	char path[] = "/tmp/ca_file.XXXXXX";
	int fd = mkstemp(path);
	size_t roots = 99;
	struct err e;

	ok(fd >= 0 &&
		write(fd, root, sizeof(root) - 1) == (ssize_t)sizeof(root) - 1,
	    "a file");
	close(fd);
	is_int(ca_file_roots(path, &roots, &e), 0, "is read");
	is_int(roots, 1, "and holds a root");
	unlink(path);
	err_clear(&e);
	is_int(ca_file_roots(path, &roots, &e), -1, "a file that is gone");
	is_int(e.code, ERR_SYS, "is the system's word");
	has_str(e.text, path, "and named");
	is_int(ca_file_roots("/", &roots, &e), -1, "a directory");
}

int
main(void)
{
	test_text();
	test_file();
	return done_testing();
}
