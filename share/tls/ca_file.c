/* ca_file: does a file hold root certificates? - see ca_file.h */
#include "config.h"

/* options.h must be the first of wolfSSL's headers */
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>

#include "share/base/buf.h"
#include "share/tls/ca_file.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define BEGIN "-----BEGIN CERTIFICATE-----"
#define END "-----END CERTIFICATE-----"

static bool
is_root(const char *pem, size_t len)
{
	WOLFSSL_X509 *x =
	    wolfSSL_X509_load_certificate_buffer((const unsigned char *)pem,
		(int)len, WOLFSSL_FILETYPE_PEM);
	bool root;

	if (x == NULL)
		return false;
	root = wolfSSL_X509_NAME_cmp(wolfSSL_X509_get_subject_name(x),
		   wolfSSL_X509_get_issuer_name(x)) == 0;
	wolfSSL_X509_free(x);
	return root;
}

size_t
ca_file_count(const char *pem, size_t len)
{
	const char *end = pem + len, *begin, *stop;
	size_t roots = 0;

	while ((begin = memmem(pem, (size_t)(end - pem), BEGIN,
		    sizeof(BEGIN) - 1)) != NULL) {
		stop =
		    memmem(begin, (size_t)(end - begin), END, sizeof(END) - 1);
		if (stop == NULL)
			break;
		pem = stop + sizeof(END) - 1;
		roots += is_root(begin, (size_t)(pem - begin));
	}
	return roots;
}

int
ca_file_roots(const char *path, size_t *roots, struct err *e)
{
	char piece[8192];
	struct buf b;
	FILE *f = fopen(path, "re");
	size_t n;
	int rc = 0;

	if (f == NULL)
		return err_sys(e, "%s", path);
	buf_init(&b, CA_FILE_MAX);
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0 && !buf_full(&b))
		buf_add(&b, piece, n);
	if (ferror(f))
		rc = err_sys(e, "%s", path);
	else if (buf_full(&b))
		rc = err_set(e, ERR_LIMIT, "%s is over %d octets", path,
		    CA_FILE_MAX);
	else
		*roots = ca_file_count(buf_str(&b), b.len);
	fclose(f);
	buf_clear(&b);
	return rc;
}
