/* keyring: the keys of the config, in its order, or none and why */
#include "config.h"

#include "reportgen/keyring.h"
#include "share/base/xmem.h"
#include "t/unit/dkim_samples.h"
#include "t/unit/tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/keyring.XXXXXX";

static void
put_file(const char *name, const char *text, mode_t mode)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "we");
	if (f == NULL || fputs(text, f) == EOF || fclose(f) == EOF ||
	    chmod(path, mode) == -1)
		abort();
}

/* A config that signs as said, with four keys of which some are no good. */
static struct conf *
make_conf(const char *sign)
{
	struct conf_mistakes m;
	struct conf *c;
	char *text;

	text = xasprintf(
	    "[report]\ndomain = 'example.org'\n"
	    "[report.tls.aggregate]\nfrom-address = 'tls@example.org'\n"
	    "org-name = 'Example'\ncontact-info = 'jane@example.org'\n"
	    "sign = %s\n"
	    "[signature.rsa]\nalgorithm = 'rsa-sha256'\n"
	    "domain = 'example.org'\nselector = 'mail'\n"
	    "private-key = 'file:%s/rsa'\n"
	    "[signature.ed]\nalgorithm = 'ed25519-sha256'\n"
	    "domain = 'example.org'\nselector = 'ed'\n"
	    "private-key = 'cmd:cat %s/ed'\n"
	    "[signature.open]\nalgorithm = 'rsa-sha256'\n"
	    "domain = 'example.org'\nselector = 'open'\n"
	    "private-key = 'file:%s/open'\n"
	    "[signature.wrong]\nalgorithm = 'ed25519-sha256'\n"
	    "domain = 'example.org'\nselector = 'wrong'\n"
	    "private-key = 'file:%s/rsa'\n",
	    sign, dir, dir, dir, dir);
	c = conf_parse("test", text, strlen(text), &m, NULL);
	for (size_t i = 0; i < m.n; i++)
		diag("%s", m.line[i]);
	conf_mistakes_clear(&m);
	free(text);
	if (c == NULL)
		abort();
	return c;
}

static void
test_good(void)
{
	struct conf *c = make_conf("['ed', 'rsa']");
	struct keyring k;
	struct err e;

	is_int(keyring_load(&k, c, &e), 0, "two keys");
	conf_unref(c); /* the ring has its own reference */
	is_int(k.n, 2, "both are there");
	is_str(k.signer[0].selector, "ed", "in the order of sign");
	is_str(k.signer[1].selector, "mail", "the second");
	is_str(k.signer[1].domain, "example.org", "its domain");
	is_int(dkim_key_algorithm(k.signer[0].key), DKIM_ED25519_SHA256,
	    "the first's algorithm");
	is_int(dkim_key_bits(k.signer[1].key), 2048, "the second's size");
	keyring_clear(&k);
	is_int(k.n, 0, "a cleared ring is empty");
	keyring_clear(&k);
	pass("and may be cleared again");
}

static void
test_bad(const char *sign, enum err_code code, const char *why)
{
	struct conf *c = make_conf(sign);
	struct keyring k;
	struct err e;

	is_int(keyring_load(&k, c, &e), -1, "sign = %s: refused", sign);
	is_int(e.code, code, "its code");
	has_str(e.text, why, "says why");
	is_int(k.n, 0, "none is loaded");
	ok(strstr(e.text, "PRIVATE") == NULL, "nothing of a key is told");
	keyring_clear(&k);
	conf_unref(c);
}

int
main(void)
{
	if (mkdtemp(dir) == NULL)
		abort();
	put_file("rsa", rsa2048_pkcs8, 0600);
	put_file("ed", ed25519_pkcs8, 0600);
	put_file("open", rsa2048_pkcs8, 0644);
	test_good();
	test_bad("[]", ERR_NOENT, "names no signature");
	test_bad("['rsa', 'open']", ERR_PERM, "[signature.open]");
	test_bad("['wrong']", ERR_PERM, "[signature.wrong]");
	put_file("rsa", "no key\n", 0600);
	test_bad("['rsa']", ERR_SYNTAX, "[signature.rsa]");
	if (chdir(dir) == -1 || unlink("rsa") == -1 || unlink("ed") == -1 ||
	    unlink("open") == -1 || rmdir(dir) == -1)
		diag("left behind: %s", dir);
	return done_testing();
}
