/* keygen: makes a DKIM key and tells its record - see keygen.h */
#include "config.h"

#include "reportgen/keygen.h"

#include "reportgen/cli.h"
#include "share/app/control_json.h"
#include "share/base/hostname.h"
#include "share/base/secret.h"
#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/mail/dkim_key.h"
#include "share/mail/dkim_sign.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define STRING_MAX 255
#define USAGE                                                           \
	"keygen SELECTOR [--domain DOMAIN] [--algorithm rsa|ed25519]\n" \
	"           [--bits N] [--service tlsrpt] [--file PATH] [--json]"

/* Writes all of text to a file that is not there yet, for its owner alone. */
static int
write_file(const char *path, const struct buf *text, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	size_t done = 0;
	ssize_t n;

	if (fd == -1)
		return err_sys(e, "%s", path);
	while (done < text->len) {
		n = write(fd, text->data + done, text->len - done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			goto fail;
		done += (size_t)n;
	}
	if (fsync(fd) == -1)
		goto fail;
	close(fd);
	return 0;
fail:
	(void)err_sys(e, "%s", path);
	close(fd);
	(void)unlink(path);
	return -1;
}

int
keygen_make(const struct keygen *k, struct buf *record, struct err *e)
{
	struct dkim_key *key = dkim_key_generate(k->algorithm, k->bits, e);
	struct buf pem;
	int rc = -1;

	buf_init(&pem, SECRET_MAX);
	if (key != NULL && dkim_key_write(key, &pem, e) == 0 &&
	    dkim_sign_record(key, k->service, record, e) == 0)
		rc = write_file(k->path, &pem, e);
	secret_clear(&pem);
	dkim_key_free(key);
	return rc;
}

void
keygen_zone_line(const struct keygen *k, const char *record, struct buf *out)
{
	size_t n = strlen(record);

	buf_printf(out, "%s._domainkey.%s. IN TXT (", k->selector, k->domain);
	while (n > 0) {
		size_t piece = n < STRING_MAX ? n : STRING_MAX;

		buf_printf(out, " \"%.*s\"", (int)piece, record);
		record += piece;
		n -= piece;
	}
	buf_puts(out, " )");
}

/* ---- the command ---- */

/* The signature of the config that uses this selector, or NULL. */
static const struct conf_signature *
configured(const struct conf *c, const char *selector, const char *domain)
{
	size_t i;

	for (i = 0; i < c->nsignatures; i++)
		if (text_equal_nocase(c->signatures[i].selector, selector) &&
		    (domain == NULL ||
			text_equal_nocase(c->signatures[i].domain, domain)))
			return &c->signatures[i];
	return NULL;
}

/* After the "@", or NULL. */
static const char *
domain_of(const char *address)
{
	const char *at = strrchr(address, '@');

	return at != NULL && at[1] != '\0' ? at + 1 : NULL;
}

/* A selector is names with dots between them (RFC 6376 section 3.1). */
static bool
is_selector(const char *s)
{
	char name[HOSTNAME_SIZE];
	struct err e;

	return hostname_normalize(s, strlen(s), name, &e) == 0 &&
	    text_equal_nocase(s, name);
}

struct order {
	struct keygen k;
	const char *file;
	bool json, algorithm_given;
	char *path; /* freed */
};

/* What is wrong, above the usage; false. */
static bool
wrong(const char *what)
{
	fprintf(stderr, CLI_PROGRAM ": keygen: %s\n", what);
	return false;
}

/* Reads one option; false: usage. */
static bool
read_option(int option, struct order *o)
{
	char *end;

	switch (option) {
	case 'd':
		o->k.domain = optarg;
		return true;
	case 'a':
		o->algorithm_given = true;
		o->k.algorithm = strcmp(optarg, "ed25519") == 0
		    ? DKIM_ED25519_SHA256
		    : DKIM_RSA_SHA256;
		return o->k.algorithm == DKIM_ED25519_SHA256 ||
		    strcmp(optarg, "rsa") == 0 ||
		    wrong("--algorithm is rsa or ed25519");
	case 'b':
		o->k.bits = (int)strtol(optarg, &end, 10);
		return (*end == '\0' && o->k.bits >= DKIM_RSA_BITS_MIN &&
			   o->k.bits <= DKIM_RSA_BITS_MAX) ||
		    wrong("--bits is out of range");
	case 's':
		o->k.service = optarg;
		return strcmp(optarg, "tlsrpt") == 0 ||
		    strcmp(optarg, "email") == 0 ||
		    wrong("--service is tlsrpt or email");
	case 'f':
		o->file = optarg;
		return true;
	case 'j':
		o->json = true;
		return true;
	default:
		return false;
	}
}

static bool
read_options(int argc, char **argv, struct order *o)
{
	static const struct option options[] = { { "domain", required_argument,
						     NULL, 'd' },
		{ "algorithm", required_argument, NULL, 'a' },
		{ "bits", required_argument, NULL, 'b' },
		{ "service", required_argument, NULL, 's' },
		{ "file", required_argument, NULL, 'f' },
		{ "json", no_argument, NULL, 'j' }, { NULL, 0, NULL, 0 } };
	int option;

	optind = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!read_option(option, o))
			return false;
	if (optind + 1 != argc)
		return wrong("it takes one selector");
	if (!is_selector(argv[optind]))
		return wrong("the selector is no name for the DNS");
	o->k.selector = argv[optind];
	return true;
}

/* Fills in what was not said: from the config, or what is usual. */
static int
complete(const struct conf *c, const char *conf_path,
    const struct conf_signature *s, struct order *o, struct err *e)
{
	char *copy;

	if (o->k.domain == NULL && s != NULL)
		o->k.domain = s->domain;
	if (o->k.domain == NULL)
		o->k.domain = domain_of(c->report_from_address);
	if (o->k.domain == NULL)
		return err_set(e, ERR_SYNTAX,
		    "for which domain? --domain, or from-address in the "
		    "config, says it");
	if (!hostname_is_normal(o->k.domain))
		return err_set(e, ERR_SYNTAX, "--domain \"%s\" is no domain",
		    o->k.domain);
	if (s != NULL && !o->algorithm_given)
		o->k.algorithm = s->algorithm == CONF_ED25519_SHA256
		    ? DKIM_ED25519_SHA256
		    : DKIM_RSA_SHA256;
	if (o->file != NULL) {
		o->path = xstrdup(o->file);
	} else if (s != NULL && strncmp(s->private_key, "file:", 5) == 0) {
		o->path = xstrdup(s->private_key + 5);
	} else {
		copy = xstrdup(conf_path);
		o->path = xasprintf("%s/%s.pem", dirname(copy), o->k.selector);
		free(copy);
	}
	o->k.path = o->path;
	return 0;
}

static void
print_json(const struct order *o, const char *record)
{
	json_t *j = control_object();
	char *name = xasprintf("%s._domainkey.%s", o->k.selector, o->k.domain);
	char *text;

	control_put_str(j, "selector", o->k.selector);
	control_put_str(j, "domain", o->k.domain);
	control_put_str(j, "algorithm", dkim_algorithm_name(o->k.algorithm));
	if (o->k.algorithm == DKIM_RSA_SHA256)
		control_put_int(j, "bits", o->k.bits);
	control_put_str(j, "service", o->k.service);
	control_put_str(j, "file", o->k.path);
	control_put_str(j, "name", name);
	control_put_str(j, "record", record);
	text = control_text(j);
	puts(text);
	free(text);
	free(name);
}

static void
print_text(const struct order *o, const struct conf_signature *s,
    const char *record)
{
	struct buf line;

	buf_init(&line, 65536);
	keygen_zone_line(&o->k, record, &line);
	printf("The private key is in %s.\nPublish this record:\n\n%s\n",
	    o->k.path, buf_str(&line));
	if (s == NULL)
		printf("\nand let the config name the key, and sign name the "
		       "signature:\n\n"
		       "[signature.%s]\nalgorithm = \"%s\"\n"
		       "domain = \"%s\"\nselector = \"%s\"\n"
		       "private-key = \"file:%s\"\n",
		    o->k.selector, dkim_algorithm_name(o->k.algorithm),
		    o->k.domain, o->k.selector, o->k.path);
	printf("\nThen: " CLI_PROGRAM " check\n");
	buf_clear(&line);
}

int
keygen_main(const struct conf *c, const char *conf_path, int argc, char **argv)
{
	struct order o = { .k = { .algorithm = DKIM_RSA_SHA256,
			       .bits = KEYGEN_BITS } };
	const struct conf_signature *s;
	struct buf record;
	struct err e;
	int status = EX_OK;

	if (!read_options(argc, argv, &o))
		return cli_usage(USAGE);
	buf_init(&record, 65536);
	s = configured(c, o.k.selector, o.k.domain);
	if (complete(c, conf_path, s, &o, &e) == -1)
		status = EX_USAGE;
	else if (keygen_make(&o.k, &record, &e) == -1)
		status = e.code == ERR_SYS ? EX_CANTCREAT : EX_SOFTWARE;
	if (status != EX_OK)
		fprintf(stderr, CLI_PROGRAM ": keygen: %s\n", e.text);
	else if (o.json)
		print_json(&o, buf_str(&record));
	else
		print_text(&o, s, buf_str(&record));
	buf_clear(&record);
	free(o.path);
	return status;
}
