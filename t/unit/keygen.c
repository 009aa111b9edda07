/* keygen: key, file and record belong together */
#include "config.h"

#include "reportgen/keygen.h"
#include "share/base/xmem.h"
#include "share/mail/dkim_key.h"
#include "share/mail/dkim_public.h"
#include "share/mail/dkim_record.h"
#include "t/unit/tap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/keygen-XXXXXX";

/* Whether what the file signs is what the record verifies. */
static bool
belong(const char *path, enum dkim_algorithm a, const struct dkim_record *r)
{
	char *ref = xasprintf("file:%s", path);
	unsigned char sum[DKIM_SHA256_LEN] = { 1, 2, 3 }, sig[DKIM_SIG_MAX];
	struct dkim_key *key;
	struct err e;
	size_t n;
	bool good = false;
	int bits;

	key = dkim_key_load(ref, a, &e);
	free(ref);
	if (key != NULL && dkim_key_sign(key, sum, sig, &n, &e) == 0)
		good = dkim_public_verify(a, r->key, r->key_len, sum, sig, n,
			   &bits) == DKIM_PUBLIC_GOOD;
	dkim_key_free(key);
	return good;
}

static void
test_make(enum dkim_algorithm a, const char *service, unsigned services)
{
	const char *name = dkim_algorithm_name(a);
	char *path = xasprintf("%s/%s.pem", dir, name);
	struct keygen k = { "tlsrpt", "example.org", a, 1024, service, path };
	struct dkim_record r;
	struct stat st;
	struct buf record;
	struct err e;

	buf_init(&record, 65536);
	is_int(keygen_make(&k, &record, &e), 0, "%s: made", name);
	ok(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600,
	    "%s: for its owner alone", name);
	is_int(dkim_record_parse(record.data, record.len, &r, &e), 0,
	    "%s: the record is one", name);
	is_int(r.services, services, "%s: for its service", name);
	ok(belong(path, a, &r), "%s: it verifies what the key signs", name);
	buf_reset(&record);
	is_int(keygen_make(&k, &record, &e), -1,
	    "%s: a key that is there stays", name);
	is_int(e.code, ERR_SYS, "%s: said", name);
	ok(belong(path, a, &r), "%s: as it was", name);
	buf_clear(&record);
	unlink(path);
	free(path);
}

static void
test_zone_line(void)
{
	struct keygen k = { .selector = "s", .domain = "example.org" };
	char record[301];
	const char *line;
	struct buf out;

	memset(record, 'x', 300);
	record[300] = '\0';
	buf_init(&out, 1000);
	keygen_zone_line(&k, record, &out);
	line = buf_str(&out);
	is_int(strncmp(line, "s._domainkey.example.org. IN TXT ( \"x", 36), 0,
	    "a line of a master file");
	is_int(strspn(strchr(line, '"') + 1, "x"), 255,
	    "no string has more than 255 octets");
	is_int(strspn(strrchr(line, '"') - 45, "x"), 45, "and none is lost");
	buf_clear(&out);
}

int
main(void)
{
	if (mkdtemp(dir) == NULL)
		return 1;
	test_make(DKIM_RSA_SHA256, NULL, DKIM_SERVICE_ANY);
	test_make(DKIM_ED25519_SHA256, "tlsrpt", DKIM_SERVICE_TLSRPT);
	test_zone_line();
	rmdir(dir);
	return done_testing();
}
