/*
 * dkim_sample: what t/system/dkim.t does with our DKIM.
 *
 *	dkim_sample mail DOMAIN NOW SIGNER...	a signed report, on stdout
 *	dkim_sample record ALGORITHM SERVICE REF	its key record
 *	dkim_sample verify KEYS NOW		verdicts on the mail on stdin
 *
 * SIGNER is SELECTOR,ALGORITHM,HEADER/BODY,REF; SERVICE "" is none; KEYS a file
 * of lines "NAME RECORD".
 */
#include "config.h"

#include "share/mail/dkim_sign.h"
#include "share/mail/dkim_verify.h"
#include "share/mail/header.h"
#include "share/mail/mime_write.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAIL_MAX (1 << 20)
#define SIGNERS_MAX 4

static void
die(const struct err *e)
{
	fprintf(stderr, "dkim_sample: %s\n", e->text);
	exit(1);
}

static enum dkim_algorithm
algorithm(const char *s)
{
	struct err e;
	enum dkim_algorithm a;

	if (dkim_algorithm_parse(s, strlen(s), &a))
		return a;
	err_set(&e, ERR_SYNTAX, "algorithm %s", s);
	die(&e);
	return DKIM_RSA_SHA256;
}

static void
read_stream(FILE *f, struct buf *b)
{
	char piece[4096];
	size_t n;

	buf_init(b, MAIL_MAX);
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(b, piece, n);
}

/* A report as reportgen will send it, with what is hard to write in it. */
static int
write_report(struct buf *b, const char *domain, time_t now, struct err *e)
{
	static const char text[] =
	    "Sessions to recipient.example: 5,326 good, 303 not.\n"
	    "From here on Gr\xc3\xbc\xc3\x9f"
	    "e, a blank \n.\nFrom Jane\n";
	struct address from = { .local = "noreply-tls" };
	struct address to = { .local = "tlsrpt" };
	struct mime_writer w;
	unsigned char data[3000];

	(void)snprintf(from.domain, sizeof(from.domain), "%s", domain);
	(void)snprintf(to.domain, sizeof(to.domain), "recipient.example");
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(i * i >> 3);
	if (header_add_mailbox(b, "From",
		"B\xc3\xbc"
		"cher, Report",
		&from, e) == -1 ||
	    header_add_mailbox(b, "To", NULL, &to, e) == -1 ||
	    header_add_text(b, "Subject",
		"Report Domain: recipient.example Submitter: example.org "
		"Report-ID: <2026-11-21.1@example.org>",
		e) == -1 ||
	    header_add_date(b, now, e) == -1 ||
	    header_add_message_id(b, "2026-11-21.1", domain, e) == -1 ||
	    header_add_tokens(b, "TLS-Report-Domain", "recipient.example", e) ==
		-1 ||
	    header_add_tokens(b, "TLS-Report-Submitter", domain, e) == -1 ||
	    header_add_tokens(b, "TLS-Required", "No", e) == -1 ||
	    header_add_tokens(b, "Auto-Submitted", "auto-generated", e) == -1 ||
	    mime_write_begin(&w, b, "tlsrpt", "20261121", e) == -1 ||
	    mime_write_text(&w, text, sizeof(text) - 1, e) == -1 ||
	    mime_write_data_begin(&w, "application/tlsrpt+gzip",
		"example.org!recipient.example!1!2!001.json.gz", e) == -1)
		return -1;
	mime_write_data(&w, data, sizeof(data));
	return mime_write_end(&w, e);
}

/* Reads SELECTOR,ALGORITHM,HEADER/BODY,REF; its parts stay in the argument. */
static void
read_signer(char *arg, const char *domain, struct dkim_signer *s)
{
	const char *part[4];
	struct err e;

	for (int i = 0; i < 4; i++) {
		part[i] = arg;
		arg += strcspn(arg, ",");
		if (*arg != '\0' && i < 3)
			*arg++ = '\0';
	}
	s->domain = domain;
	s->selector = part[0];
	s->header =
	    strncmp(part[2], "simple/", 7) == 0 ? DKIM_SIMPLE : DKIM_RELAXED;
	s->body =
	    strstr(part[2], "/simple") != NULL ? DKIM_SIMPLE : DKIM_RELAXED;
	s->key = dkim_key_load(part[3], algorithm(part[1]), &e);
	if (s->key == NULL)
		die(&e);
}

static int
make_mail(char **arg, int n)
{
	struct dkim_signer s[SIGNERS_MAX];
	struct buf b, fields;
	struct err e;
	time_t now = (time_t)strtoll(arg[1], NULL, 10);

	if (n - 2 > SIGNERS_MAX)
		return 64;
	for (int i = 2; i < n; i++)
		read_signer(arg[i], arg[0], &s[i - 2]);
	buf_init(&b, MAIL_MAX);
	buf_init(&fields, MAIL_MAX);
	if (write_report(&b, arg[0], now, &e) == -1 ||
	    dkim_sign(s, (size_t)n - 2, b.data, b.len, now, now + 86400 * 7,
		&fields, &e) == -1)
		die(&e);
	fwrite(buf_str(&fields), 1, fields.len, stdout);
	fwrite(buf_str(&b), 1, b.len, stdout);
	buf_clear(&b);
	buf_clear(&fields);
	for (int i = 2; i < n; i++)
		dkim_key_free(s[i - 2].key);
	return 0;
}

static int
make_record(char **arg)
{
	struct dkim_key *key;
	struct buf b;
	struct err e;

	key = dkim_key_load(arg[2], algorithm(arg[0]), &e);
	buf_init(&b, MAIL_MAX);
	if (key == NULL ||
	    dkim_sign_record(key, arg[1][0] != '\0' ? arg[1] : NULL, &b, &e) ==
		-1)
		die(&e);
	puts(buf_str(&b));
	buf_clear(&b);
	dkim_key_free(key);
	return 0;
}

/* The record of a name in text of lines "NAME RECORD". */
static enum dkim_lookup
lookup(void *ctx, const char *name, struct buf *record)
{
	const char *line = buf_str(ctx);
	size_t n = strlen(name);

	for (; *line != '\0'; line += strcspn(line, "\n")) {
		line += *line == '\n';
		if (strncmp(line, name, n) == 0 && line[n] == ' ') {
			buf_add(record, line + n + 1,
			    strcspn(line + n + 1, "\n"));
			return DKIM_LOOKUP_FOUND;
		}
	}
	return DKIM_LOOKUP_NONE;
}

static int
verify_mail(char **arg)
{
	struct dkim_verdict d[DKIM_VERIFY_MAX];
	struct buf keys, mail;
	struct err e;
	struct dkim_verifier v = { .lookup = lookup,
		.ctx = &keys,
		.now = strtoll(arg[1], NULL, 10),
		.services = DKIM_SERVICE_EMAIL };
	FILE *f = fopen(arg[0], "re");
	int n;

	if (f == NULL)
		return 66;
	read_stream(f, &keys);
	fclose(f);
	read_stream(stdin, &mail);
	n = dkim_verify(&v, buf_str(&mail), mail.len, d, &e);
	if (n == -1)
		die(&e);
	for (int i = 0; i < n; i++)
		printf("%s %s %s %d %s\n", dkim_result_name(d[i].result),
		    d[i].domain, dkim_algorithm_name(d[i].algorithm), d[i].bits,
		    d[i].reason);
	buf_clear(&keys);
	buf_clear(&mail);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc >= 5 && strcmp(argv[1], "mail") == 0)
		return make_mail(argv + 2, argc - 2);
	if (argc == 5 && strcmp(argv[1], "record") == 0)
		return make_record(argv + 2);
	if (argc == 4 && strcmp(argv[1], "verify") == 0)
		return verify_mail(argv + 2);
	fprintf(stderr, "dkim_sample: see its first lines\n");
	return 64;
}
