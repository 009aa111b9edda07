/*
 * keygen: makes a DKIM key for reports and tells the DNS record for it: the
 * sub-command "keygen SELECTOR". (RFC 6376 section 3.6.1, RFC 8460 section 3)
 *
 * What the config says of a [signature.*] with that selector (algorithm,
 * domain, file) is what is made, so that config, key and record agree; without
 * one, the lines for the config are told too. No file is ever overwritten. An
 * RSA key has 2048 bits: the most that fits one UDP answer comfortably, and
 * what every verifier takes.
 *
 * Thread safety: a command of its own. Tests: t/unit/keygen.c,
 * t/system/reportgen-commands.t
 */
#ifndef KEYGEN_H
#define KEYGEN_H

#include "share/base/buf.h"
#include "share/conf/conf.h"
#include "share/mail/dkim.h"

#define KEYGEN_BITS 2048

/* What is to be made; borrowed texts. */
struct keygen {
	const char *selector;
	const char *domain;
	enum dkim_algorithm algorithm;
	int bits;            /* of RSA */
	const char *service; /* s= of the record; NULL: none */
	const char *path;    /* of the private key */
};

/*
 * Makes the key and its file (mode 0600) and appends the record's text.
 * ERR_SYS when the file cannot be made, also because it is there.
 */
int keygen_make(const struct keygen *k, struct buf *record,
    struct err *e) MUST_CHECK;

/*
 * Appends the record as a line of a zone's master file: strings of at most
 * 255 octets (RFC 1035 section 3.3).
 */
void keygen_zone_line(const struct keygen *k, const char *record,
    struct buf *out);

/* Runs the command; returns the exit status (64 usage, 73 no file made). */
int keygen_main(const struct conf *c, const char *conf_path, int argc,
    char **argv);

#endif
